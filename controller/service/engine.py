"""The service's one worker: every plan, change and verdict goes through it, one at a time, on the same operations
as the command line. Statuses get a revision number and are kept for watchers to resume from.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from controller import operations
from controller.calendar import now
from controller.cli.commands.common import new_token
from controller.events import STOPPED, Event, Stopped
from controller.explain import Explained
from controller.explain import explain as explain_intent
from controller.operations import Applied, Connect, Planned
from controller.project import Project
from controller.service.source import Snapshot, Source
from controller.store import Store
from controller.telemetry.observer import Observers
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.evidence import Verdict

KEPT_STATUSES: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent:
    """The network's status as of one revision."""

    revision: int
    time: datetime
    cause: str
    verdict: Verdict | None
    commit: str
    faults: tuple[Diagnostic, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all intents are known to hold."""
        return self.verdict is not None and self.verdict.holds


class Engine:
    """Serialises all work on one network."""

    def __init__(self, source: Source, connect: Connect, store: Store, observers: Observers | None = None) -> None:
        self.source = source
        self._observers = observers or Observers()
        self._connect = connect
        self._store = store
        self._work = threading.RLock()
        self._news = threading.Condition()
        self._events: deque[StatusEvent] = deque(maxlen=KEPT_STATUSES)
        self._closing = False
        self.in_force: Snapshot | None = None
        self._holding: frozenset[str] = frozenset()

    def plan(self, project: Project) -> Planned:
        """Plan the project against the network."""
        with self._work:
            return operations.plan(project.at(now()), self._connect, store=self._store)

    def apply(
        self, snapshot: Snapshot, *, by: str, cause: str, still_wanted: Callable[[], bool] = lambda: True
    ) -> Applied:
        """Make the network as the snapshot says, and publish the verdict. Publishes the fault when that fails.
        still_wanted: asked all along; where it says no, the change is undone (`stopped`)."""
        token = new_token()

        def progress(event: Event) -> None:
            if event.token == token and not still_wanted():
                raise Stopped

        with self._work:
            project = snapshot.project.at(now())
            try:
                if not still_wanted():
                    raise ClearwayError(STOPPED)
                with self._observers.change(
                    token, project=project, by=by, cause=cause, commit=snapshot.revision
                ) as told:
                    done = told.done(
                        operations.apply(
                            project,
                            self._connect,
                            self._store,
                            operations.Request(
                                token=token,
                                about={"by": by, "at": datetime.now(UTC).isoformat(timespec="seconds"), "from": cause},
                            ),
                            told.progress(progress),
                        )
                    )
            except ClearwayError as error:
                self.publish(cause, None, snapshot.revision, error.diagnostics)
                raise
            self.in_force = snapshot
            self._holding = frozenset(r.name for r in project.intents)
            self.publish(cause, done.verdict, snapshot.revision)
            return done

    def verify(self, cause: str = "verify") -> Verdict:
        """Judge the network now; publish when that is news."""
        with self._work:
            snapshot = self.in_force or self.source.snapshot()
            project = snapshot.project.at(now())
            try:
                with self._observers.judgement(project) as judged:
                    verdict, seen = operations.verify(project, self._connect, self._store)
                    judged(verdict, seen)
            except ClearwayError as error:
                self._publish_if_news(cause, None, snapshot.revision, error.diagnostics)
                raise
            self._publish_if_news(cause, verdict, snapshot.revision, ())
            return verdict

    def window_moved(self) -> Snapshot | None:
        """What is in force, if since it was applied a calendar window has opened or closed; else None."""
        with self._work:
            if self.in_force is None:
                return None
            due = frozenset(r.name for r in self.in_force.project.at(now()).intents)
            return self.in_force if due != self._holding else None

    def explain(self, name: str) -> Explained:
        """Explain one intent in force."""
        with self._work:
            snapshot = self.in_force or self.source.snapshot()
            return explain_intent(snapshot.project.at(now()), name, self._connect, self._store)

    def current(self) -> Snapshot:
        """What is written now."""
        return self.source.snapshot()

    def publish(
        self, cause: str, verdict: Verdict | None, commit: str, faults: tuple[Diagnostic, ...] = ()
    ) -> StatusEvent:
        """Give the status a revision and wake the watchers."""
        with self._news:
            revision = self._events[-1].revision + 1 if self._events else 1
            event = StatusEvent(
                revision=revision, time=datetime.now(UTC), cause=cause, verdict=verdict, commit=commit, faults=faults
            )
            self._events.append(event)
            self._news.notify_all()
            return event

    def _publish_if_news(
        self, cause: str, verdict: Verdict | None, commit: str, faults: tuple[Diagnostic, ...]
    ) -> None:
        with self._news:
            last = self._events[-1] if self._events else None
        if last is None or last.verdict != verdict or last.faults != faults or last.commit != commit:
            self.publish(cause, verdict, commit, faults)

    def watch(self, after: int, *, poll_s: float = 1.0) -> Iterator[StatusEvent | None]:
        """Statuses after a revision as they come; None now and then, so that the caller can see its client leave.

        Raises ClearwayError (code revision-compacted) when the revision is no longer kept.
        """
        with self._news:
            if after and self._events and after < self._events[0].revision - 1:
                raise ClearwayError(
                    Diagnostic(
                        code="revision-compacted",
                        message=f"revision {after} is no longer kept; the oldest is {self._events[0].revision}",
                        hint="list again and watch from the present",
                    )
                )
            if not after and self._events:
                after = self._events[-1].revision - 1
        while not self._closing:
            with self._news:
                fresh = [e for e in self._events if e.revision > after]
                if not fresh:
                    self._news.wait(poll_s)
                    fresh = [e for e in self._events if e.revision > after]
            if not fresh:
                yield None
            for event in fresh:
                after = event.revision
                yield event

    def close(self) -> None:
        """Let the watchers go."""
        self._closing = True
        with self._news:
            self._news.notify_all()
