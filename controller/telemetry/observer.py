"""What is told of the work on the network: each change as it begins, goes on and ends; each judgement.

Whoever listens (logs, metrics, traces) is an `Observer`. One that fails is written down and passed over: to watch a
change must never change it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from controller.events import Event, Progress
from controller.operations import Applied
from controller.project import Project
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.evidence import IntentVerdict, Verdict
from intents.model.state import Operational

LOG: Final = logging.getLogger("clearway.telemetry")


class Outcome(StrEnum):
    """How a wish to change the network ended."""

    DONE = "done"
    UNCHANGED = "unchanged"  # the network was so already
    REFUSED = "refused"  # before any device was asked to change
    REVERTED = "reverted"
    STOPPED = "stopped"  # whoever asked does not want it any more; nothing stayed
    OPEN = "open"  # a device could not be brought back, or told to keep it: the next change ends it
    FAILED = "failed"  # a bug


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A change is about to be planned. by: who wants it; cause: `api`, `calendar`, `git <commit>`; commit: of the
    texts, empty outside of git."""

    token: str
    by: str
    cause: str
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended. applied: where it did; faults: where it did not. intents: who asked for the changes, sorted."""

    begun: Begun
    outcome: Outcome
    at: datetime
    applied: Applied | None = None
    faults: tuple[Diagnostic, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it took, planning included."""
        return (self.at - self.begun.at).total_seconds()

    @property
    def intents(self) -> tuple[str, ...]:
        """Who asked for what was changed, sorted."""
        changes = self.applied.plan.changes if self.applied is not None else ()
        return tuple(sorted({asker.name for change in changes for asker in change.askers}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judgement of the whole network. project: what it was judged by, of that commit (empty outside of git). seconds:
    of reading and judging; None where it is a by-product of a change.
    verdict, operational: None where no judgement came about, or nothing was kept; then `faults` say why."""

    project: Project
    commit: str
    at: datetime
    verdict: Verdict | None = None
    operational: Operational | None = None
    faults: tuple[Diagnostic, ...] = ()
    seconds: float | None = None


class State(StrEnum):
    """How an intent is."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"  # a device that carries it cannot be read, or holds what nobody can follow


def state_of(verdict: IntentVerdict) -> State:
    """By its findings: what only cannot be proven is not known to be broken."""
    failing = [f for f in verdict.findings if not f.holds]
    if not failing:
        return State.HOLDS
    return State.UNKNOWN if all(f.cannot_prove for f in failing) else State.BROKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Every device was looked at. answers: by device, whether it answers. same: all is as it was judged last."""

    at: datetime
    answers: Mapping[str, bool]
    same: bool


class Observer:
    """Listens to what it overrides; in the thread that works, so it must be quick."""

    def begun(self, begun: Begun) -> None:
        """A change is about to be planned."""

    def heard(self, event: Event) -> None:
        """A change goes on; also one that an earlier process left, under its own token."""

    def ended(self, ended: Ended) -> None:
        """A change has ended."""

    def judged(self, judged: Judged) -> None:
        """The network was judged, or could not be."""

    def looked(self, looked: Looked) -> None:
        """Every device was looked at."""


class Observers:
    """All who listen."""

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._observers = tuple(observers)

    @contextmanager
    def change(self, token: str, *, project: Project, by: str, cause: str, commit: str) -> Iterator[_Told]:
        """Around a change, its planning included."""
        begun = Begun(token=token, by=by, cause=cause, commit=commit, at=datetime.now(UTC))
        self._tell(lambda o: o.begun(begun))
        told = _Told(self, begun)
        try:
            yield told
        except ClearwayError as error:
            self._end(told, _outcome_of(error, touched=told.touched), error.diagnostics)
            raise
        except BaseException:
            self._end(told, Outcome.FAILED)
            raise
        applied = told.applied
        self._end(told, Outcome.DONE if applied is not None and applied.plan.changes else Outcome.UNCHANGED)
        if applied is not None:
            self.judged(Judged(project=project, commit=commit, at=datetime.now(UTC), verdict=applied.verdict))

    @contextmanager
    def judgement(self, project: Project, commit: str) -> Iterator[Callable[[Verdict, Operational | None], None]]:
        """Around reading and judging the network; call what is given with what was found."""
        begun = time.monotonic()
        found: list[tuple[Verdict, Operational | None]] = []

        def done(verdict: Verdict, operational: Operational | None) -> None:
            found.append((verdict, operational))

        try:
            yield done
        except ClearwayError as error:
            self.judged(Judged(project=project, commit=commit, at=datetime.now(UTC), faults=error.diagnostics))
            raise
        for verdict, operational in found:
            took = time.monotonic() - begun
            self.judged(
                Judged(
                    project=project,
                    commit=commit,
                    at=datetime.now(UTC),
                    verdict=verdict,
                    operational=operational,
                    seconds=took,
                )
            )

    def judged(self, judged: Judged) -> None:
        """Tell of a judgement."""
        self._tell(lambda o: o.judged(judged))

    def looked(self, answers: Mapping[str, bool], *, same: bool) -> None:
        """Tell that every device was looked at."""
        looked = Looked(at=datetime.now(UTC), answers=answers, same=same)
        self._tell(lambda o: o.looked(looked))

    def heard(self, event: Event) -> None:
        """Tell of an event of a change."""
        self._tell(lambda o: o.heard(event))

    def _end(self, told: _Told, outcome: Outcome, faults: tuple[Diagnostic, ...] = ()) -> None:
        ended = Ended(begun=told.begun, outcome=outcome, at=datetime.now(UTC), applied=told.applied, faults=faults)
        self._tell(lambda o: o.ended(ended))

    def _tell(self, what: Callable[[Observer], Any]) -> None:
        for observer in self._observers:
            try:
                what(observer)
            except Exception:
                LOG.exception("observer.failed", extra={"observer": type(observer).__name__})


class _Told:
    """One change, for whoever makes it."""

    def __init__(self, observers: Observers, begun: Begun) -> None:
        self.begun = begun
        self.touched = False
        self.applied: Applied | None = None
        self._observers = observers

    def progress(self, inner: Progress) -> Progress:
        """The listener, and all observers before it: it may stop the change."""

        def tell(event: Event) -> None:
            self.touched = self.touched or event.token == self.begun.token
            self._observers.heard(event)
            inner(event)

        return tell

    def done(self, applied: Applied) -> Applied:
        """It was made."""
        self.applied = applied
        return applied


def _outcome_of(error: ClearwayError, *, touched: bool) -> Outcome:
    codes = {d.code for d in error.diagnostics}
    if codes & {"revert-incomplete", "confirm-incomplete"}:
        return Outcome.OPEN
    if "stopped" in codes:
        return Outcome.STOPPED
    return Outcome.REVERTED if touched else Outcome.REFUSED
