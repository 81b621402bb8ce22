"""The service's one worker: every plan, change and verdict goes through it, one at a time, on the same operations
as the command line. Statuses get a revision number and are kept for watchers to resume from.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from controller import operations
from controller.adoption import adopt
from controller.audit.log import AuditLog
from controller.breakglass import BreakGlass, Ending
from controller.calendar import now
from controller.events import STOPPED, Event, Progress, Stopped, silent
from controller.explain import Explained
from controller.explain import explain as explain_intent
from controller.operations import Applied, Connect, Permit, Planned
from controller.project import Project
from controller.proofs import Proofs
from controller.repair import end_unfinished, restore
from controller.service.source import Snapshot, Source
from controller.state.database import LeaseLost
from controller.state.store import Store
from controller.telemetry.observer import Observers
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.evidence import Verdict
from intents.model.plan import Plan

log: Final = logging.getLogger("clearway.engine")
KEPT_STATUSES: Final = 256
_DUE: Final = "due"
_NETWORK: Final = "network"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent:
    """The network's status as of one revision. cause: what led to it; of what the reconciler sees: `drift`, `repaired`,
    `degraded`, `back`, `onu`, `held`, `poll`."""

    revision: int
    time: datetime
    cause: str
    verdict: Verdict | None
    commit: str
    faults: tuple[Diagnostic, ...] = ()
    details: tuple[str, ...] = ()  # what happened, in sentences

    @property
    def holds(self) -> bool:
        """Whether all intents are known to hold."""
        return self.verdict is not None and self.verdict.holds


def about(by: str, cause: str) -> dict[str, str]:
    """Who makes a change, when and from what, for the journal."""
    return {"by": by, "at": datetime.now(UTC).isoformat(timespec="seconds"), "from": cause}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a change is to be made. permit: beyond what the settings permit. base: the fingerprints of the plan that was
    looked at. still_wanted: asked all along; where it says no, the change is undone (`stopped`). progress: is told of
    each step. planned: as of `operations.Request`, where the texts are written. refusal_is_news: a refusal is published
    as the network's status, for what was to be in force is not."""

    permit: Permit = field(default_factory=Permit)
    base: Mapping[str, str] | None = None
    still_wanted: Callable[[], bool] = lambda: True
    progress: Progress = silent
    planned: Callable[[Planned], object] = lambda _: None
    refusal_is_news: bool = True


def _refuse_unwanted(terms: Terms) -> None:
    """Raise ClearwayError where nobody wants the change any more."""
    if not terms.still_wanted():
        raise ClearwayError(STOPPED)


def first_revision() -> int:
    """Where a service that starts begins to count: above all that one before it gave, for as long as the clock does not
    go back and there were less than a thousand in a second; so a watcher who resumes after a restart is told to."""
    return int(datetime.now(UTC).timestamp() * 1000)


class Engine:
    """Serialises all work on one network."""

    def __init__(self, source: Source, connect: Connect, store: Store, observers: Observers | None = None) -> None:
        self.source = source
        self.observers = observers or Observers()
        self._connect = connect
        self.store = store
        self._audit = AuditLog(store.folder)
        self._work = threading.RLock()
        self._news = threading.Lock()
        self._events: deque[StatusEvent] = deque(maxlen=KEPT_STATUSES)
        self._listeners: list[Callable[[StatusEvent], None]] = []
        self._next = first_revision()
        self._ready = True
        self.in_force: Snapshot | None = None
        self._reign = 0
        self.permit = Permit()  # of every change that the service makes by itself or for somebody
        self.now: Callable[[], datetime] = now
        self.proofs = Proofs()
        self._epoch = 0
        self._after: list[Callable[[], None]] = []

    @property
    def epoch(self) -> int:
        """Odd while a change is under way; moves when one begins and when it ends, however it ends."""
        return self._epoch

    def after_change(self, listener: Callable[[], None]) -> None:
        """Call this after each change, from the thread that made it."""
        self._after.append(listener)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Work that may change devices: alone, and in an epoch of its own."""
        try:
            with self._work:
                self._epoch += 1
                try:
                    yield
                finally:
                    self._epoch += 1
        finally:
            for listener in self._after:
                listener()

    @property
    def leads(self) -> bool:
        """Whether this controller changes the network and has taken over whatever another left; the only one does."""
        return self._ready and self._holds()

    def _holds(self) -> bool:
        try:
            self.store.database.hold(0)
        except LeaseLost:
            return False
        return True

    def stand_by(self) -> None:
        """Another may have changed the network: nothing is known of what is in force until this one took over."""
        self._reign += 1
        self._ready = False
        self.in_force = None

    @property
    def reign(self) -> int:
        """Another whenever this controller began or ceased to lead: what was known before is to be looked up again."""
        return self._reign

    def take_over(self) -> tuple[str, ...]:
        """Be the master of every device, and end what another controller left behind: what became of each change.
        Raises ClearwayError; then it is to be tried again."""
        with self.changing():
            project = self.source.snapshot().project
            recovered = operations.take_over(project, self._connect, self.store)
            self._ready = True
            return recovered

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Nobody else works meanwhile: for who reads what is written and changes it."""
        with self._work:
            yield

    def note(self, kind: str, **fields: str) -> None:
        """Write something that was decided into the audit log; what cannot be written there goes to the service's."""
        try:
            self._audit.append(kind, {key: value for key, value in fields.items() if value})
        except ClearwayError as error:
            log.warning("not in the audit log", extra={"record": kind, "fault": str(error), **fields})

    def plan(self, project: Project, permit: Permit | None = None) -> Planned:
        """Plan the project against the network."""
        with self._work:
            return operations.plan(project.at(self.now()), self._connect, permit, store=self.store)

    def apply(self, snapshot: Snapshot, *, by: str, cause: str, terms: Terms | None = None) -> Applied:
        """Make the network as the snapshot says, and publish the verdict."""
        terms = terms or Terms()
        token = operations.new_token()

        def progress(event: Event) -> None:
            terms.progress(event)
            if event.token == token and not terms.still_wanted():
                raise Stopped

        def planned(plan: Planned) -> None:
            _refuse_unwanted(terms)
            terms.planned(plan)

        with self.changing():
            self.store.database.hold(0)  # refused here, it is no news of the network
            project = snapshot.project.at(self.now())
            try:
                _refuse_unwanted(terms)
                with self.observers.change(
                    token, project=project, by=by, cause=cause, commit=snapshot.revision
                ) as told:
                    done = told.done(
                        operations.apply(
                            project,
                            self._connect,
                            self.store,
                            operations.Request(
                                token=token,
                                about=about(by, cause) | ({"commit": snapshot.revision} if snapshot.revision else {}),
                                permit=self._permitted(terms.permit),
                                expected_base=terms.base,
                                planned=planned,
                            ),
                            told.progress(progress),
                            self.proofs.judge,
                        )
                    )
            except ClearwayError as error:
                if terms.refusal_is_news:
                    self.publish(cause, None, snapshot.revision, error.diagnostics)
                raise
            self.in_force = snapshot
            self._remember_due(project)
            self.publish(cause, done.verdict, snapshot.revision)
            return done

    def _permitted(self, asked: Permit) -> Permit:
        """What is asked for, and what the settings permit anyway."""
        return replace(asked, absent_onus=asked.absent_onus or self.permit.absent_onus)

    def restore(self, project: Project, devices: Collection[str], *, cause: str) -> Plan:
        """Put back on these devices alone what was applied to them. Raises ClearwayError; then nothing has changed."""
        with self.changing():
            return restore(project, self._connect, self.store, self._request(cause), devices)

    def _request(self, cause: str) -> operations.Request:
        """For what nobody but the service wants."""
        return operations.Request(token=operations.new_token(), about=about("Clearway", cause), permit=self.permit)

    def end_break_glass(self, device: str, ending: Ending) -> int:
        """Put back what was applied, or take what is there for it: see controller/adoption.py. How many objects. Raises
        ClearwayError; then the hold goes on."""
        glass = BreakGlass(self.store)
        hold = glass.of(device)
        project = self.current().project.at(self.now())
        with self.changing():
            if ending is Ending.ADOPT:
                objects = adopt(project, self._connect, self.store, device)
            else:
                request = self._request(f"end of the break-glass of {hold.owner}")
                plan = restore(project, self._connect, self.store, request, [device], held_too=True)
                objects = len(plan.changes)
            glass.close(device, ending, by="Clearway")
        return objects

    def recover(self, project: Project) -> tuple[str, ...]:
        """End what an earlier change left undone, once every device of it answers: what, and how it ended. Raises
        ClearwayError."""
        with self.changing():
            return end_unfinished(project, self._connect, self.store, self._request("unfinished change"))

    def verify(self, cause: str = "verify") -> Verdict:
        """Judge the network now; publish when that is news."""
        with self._work:
            snapshot = self.in_force or self.source.snapshot()
            project = snapshot.project.at(self.now())
            try:
                with self.observers.judgement(project, snapshot.revision) as judged:
                    verdict, seen = operations.verify(project, self._connect, self.store, judge=self.proofs.judge)
                    judged(verdict, seen)
            except ClearwayError as error:
                self.publish_if_news(cause, None, snapshot.revision, error.diagnostics)
                raise
            self.publish_if_news(cause, verdict, snapshot.revision, ())
            return verdict

    def _remember_due(self, project: Project) -> None:
        """Which intents were due, for whoever leads next too. What cannot be written is found to have moved, and the
        same is applied once more."""
        due = {"intents": sorted(r.name for r in project.intents)}
        with suppress(ClearwayError):
            known = self.store.records.get(_DUE, _NETWORK)
            if known is None or known.body != due:
                self.store.records.put(_DUE, _NETWORK, due)

    def move_windows(self) -> Applied | None:
        """Apply again what is in force, if since it was applied a calendar window has opened or closed. Looked at and
        done in one: a commit that is applied in between must not be taken back. Raises ClearwayError."""
        with self._work:
            if not self.leads or self.in_force is None:
                return None
            due = sorted(r.name for r in self.in_force.project.at(self.now()).intents)
            known = self.store.records.get(_DUE, _NETWORK)
            if known is not None and known.body["intents"] == due:
                return None
            return self.apply(self.in_force, by="calendar", cause="calendar")

    def explain(self, name: str, language: str = "en") -> Explained:
        """Explain one intent in force."""
        with self._work:
            return explain_intent(self.judged().at(self.now()), name, self._connect, self.store, language)

    def judged(self) -> Project:
        """What the network is judged by: what is in force, else what is written."""
        return (self.in_force or self.source.snapshot()).project

    def current(self) -> Snapshot:
        """What is written now."""
        return self.source.snapshot()

    def publish(
        self,
        cause: str,
        verdict: Verdict | None,
        commit: str,
        faults: tuple[Diagnostic, ...] = (),
        details: tuple[str, ...] = (),
    ) -> StatusEvent:
        """Give the status a revision and wake the watchers."""
        with self._news:
            event = StatusEvent(
                revision=self._next,
                time=datetime.now(UTC),
                cause=cause,
                verdict=verdict,
                commit=commit,
                faults=faults,
                details=details,
            )
            self._next += 1
            self._events.append(event)
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(event)
        return event

    def publish_if_news(self, cause: str, verdict: Verdict | None, commit: str, faults: tuple[Diagnostic, ...]) -> None:
        """The same, where anything is otherwise than in the status before."""
        with self._news:
            last = self._events[-1] if self._events else None
        if last is None or last.verdict != verdict or last.faults != faults or last.commit != commit:
            self.publish(cause, verdict, commit, faults)

    @property
    def revision(self) -> int:
        """Of the newest status; of none yet, the one before the first."""
        return self._next - 1

    def listen(self, listener: Callable[[StatusEvent], None]) -> None:
        """Call the listener at each status, in the thread that publishes: it must not wait."""
        with self._news:
            self._listeners.append(listener)

    def after(self, revision: int) -> list[StatusEvent]:
        """The statuses after a revision that there are, oldest first; of revision 0, the present one.

        Raises ClearwayError (code revision-compacted) when the revision is not kept: too old, or of before a restart.
        """
        with self._news:
            if not revision:
                return list(self._events)[-1:]
            first = self._events[0].revision if self._events else self._next
            if not first - 1 <= revision < self._next:
                raise ClearwayError(
                    Diagnostic(
                        code="revision-compacted",
                        message=f"revision {revision} is not kept; the oldest is {first}",
                        hint="list again and watch from the present",
                    )
                )
            return [e for e in self._events if e.revision > revision]
