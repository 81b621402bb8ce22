"""The branch, looked at again and again: what is new is judged, and carried out when the policy lets it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dulwich.repo import Repo

from controller.events import STOPPED
from controller.git.notes import write_note
from controller.git.objects import author_of, commit_at, descends, subject_of
from controller.git.writing import Signer
from controller.operations import Applied, Planned, refuse_wide
from controller.service.engine import Engine, Terms
from controller.service.errors import momentary, of_leading
from controller.service.rollout import inspect
from controller.service.rollout.entry import APPLIED, OPEN, Entry, State, of_plan, of_verdict
from controller.service.rollout.ledger import Ledger, Standing
from controller.service.rollout.note import note_text
from controller.service.rollout.policy import AUTOMATIC, Policy
from controller.service.rollout.texts import GitSource
from controller.service.source import Snapshot
from intents.model.diagnostic import ClearwayError, Diagnostic, Severity

LOG: Final = logging.getLogger("clearway.rollout")
ABSENT: Final = "unknown-onu"
AGAIN_AFTER: Final = timedelta(seconds=30)  # until a commit is tried again that a device could not take just now


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """policy: when a commit is carried out. signers: whose signatures count, None: none is needed. signer: signs what
    Clearway itself commits."""

    policy: Policy = AUTOMATIC
    signers: Path | None = None
    signer: Signer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A commit that is on the branch. done: None, it was not carried out to its end, as its entry says."""

    planned: Planned
    done: Applied | None


class Rollout:
    """One thread at a time is in it. now: the instant to go by."""

    def __init__(
        self, source: GitSource, engine: Engine, ledger: Ledger, demands: Demands, now: Callable[[], datetime]
    ) -> None:
        self.source, self.engine, self.ledger, self.demands, self.now = source, engine, ledger, demands, now
        self.lock = threading.RLock()
        self._said: tuple[Diagnostic, ...] = ()
        self._again: tuple[str, datetime] | None = None
        self._reign: int | None = None
        self._recall()

    def _recall(self) -> None:
        """What was applied last, here or by the controller that leads, is in force."""
        standing = self.ledger.standing()
        in_force = self.engine.in_force
        if standing.in_force and (in_force is None or in_force.revision != standing.in_force):
            try:
                with self.source.branch.open() as repo:
                    self.engine.in_force = self.source.at(repo, standing.in_force)
            except ClearwayError as error:
                self.say(error.diagnostics)

    def step(self) -> bool:
        """Look once. Returns whether a commit was applied. Never raises for what somebody committed."""
        with self.lock:
            if not self.engine.leads:
                self._recall()
                return False
            if self._reign != self.engine.reign:
                reign = self.engine.reign
                self._recall()
                self._reign = reign
            faults: tuple[Diagnostic, ...] = ()
            head = None
            try:
                self.source.branch.refresh()
            except ClearwayError as error:
                faults = error.diagnostics
            with self.source.branch.open() as repo:
                try:
                    head = self.source.head(repo)
                except ClearwayError as error:
                    faults = faults or error.diagnostics
                self.say(faults)
                if head is None:
                    return False
                done = self.forward(repo, self.seen(repo, head))
                self.note(repo)
                return done is not None

    def say(self, faults: tuple[Diagnostic, ...]) -> None:
        """Log what keeps the branch from being looked at, once; and when it is over."""
        if faults != self._said:
            self._said = faults
            for d in faults:
                LOG.warning("branch.away", extra={"code": d.code, "at": str(d.position), "fault": d.message})
            if not faults:
                LOG.info("branch.back", extra={"branch": self.source.branch.name})

    @property
    def trouble(self) -> tuple[Diagnostic, ...]:
        """Why the branch cannot be looked at now."""
        return self._said

    def seen(self, repo: Repo, head: str, *, api: bool = False) -> Entry:
        """The newest commit's entry; those before it that were not carried out are superseded."""
        known = self.ledger.get(head)
        if known is not None:
            return self._again_newest(repo, known)
        entries = self.ledger.all()
        number = entries[0].number + 1 if entries else 1
        fresh, _ = inspect.lineage(repo, self.source.branch, head, self.ledger.standing().accepted)
        for commit in fresh:
            name = commit.id.decode()
            if self.ledger.get(name) is None:
                made = Entry(commit=name, number=number, author=author_of(commit), subject=subject_of(commit), api=api)
                self.ledger.put(made.to(State.SEEN, self.now()))
                number += 1
        for entry in self.ledger.all():
            if entry.commit != head and entry.state in OPEN:
                self.ledger.put(entry.to(State.SUPERSEDED, self.now(), superseded=head))
        self.ledger.prune()
        found = self.ledger.get(head)
        if found is None:
            raise RuntimeError("the newest commit is among those that are new")
        return found

    def _again_newest(self, repo: Repo, known: Entry) -> Entry:
        """A known commit at which the branch stands. One that is through, and behind what was accepted since: the
        branch was set back, and that is judged like any other history that was rewritten."""
        accepted = self.ledger.standing().accepted
        if known.state in (*OPEN, State.REFUSED) or not accepted or descends(repo, known.commit, accepted):
            return known
        return self.ledger.put(known.to(State.SEEN, self.now()))

    def forward(self, repo: Repo, entry: Entry, terms: Terms | None = None) -> Applied | None:
        """Take the newest commit as far as it may go now. None: not to its end, as its entry says."""
        if entry.state is State.APPLYING:  # here or elsewhere an attempt was cut off: nobody else is at it
            entry = self.ledger.put(entry.to(State.PLANNED, self.now()))
        if entry.state is State.SEEN:
            entry = self._judge(repo, entry)
        if entry.state in (State.APPROVAL, State.WINDOW) and self._may(entry):
            entry = self.ledger.put(entry.to(State.PLANNED, self.now()))
        if entry.state is State.PLANNED and not self._too_soon(entry) and not self._still_lacks_onu(repo, entry):
            return self._carry_out(repo, entry, terms or Terms())
        return None

    def _may(self, entry: Entry) -> bool:
        return bool(entry.by) or self.demands.policy.is_open(self.now())

    def at_once(self, snapshot: Snapshot) -> bool:
        """Whether a commit of these texts has something to carry out, and need not wait for it."""
        in_force = self.engine.in_force
        news = in_force is None or in_force.project.files != snapshot.project.files
        return news and self.demands.policy.is_open(self.now())

    def _too_soon(self, entry: Entry) -> bool:
        return self._again is not None and self._again[0] == entry.commit and self.now() < self._again[1]

    def _still_lacks_onu(self, repo: Repo, entry: Entry) -> bool:
        """Whether a commit that needed an ONU which was not there still does, or may not be carried out just now. That
        is looked at without touching a device, and written down only when it is over."""
        if not any(f["code"] == ABSENT for f in entry.faults):
            return False
        self._again = (entry.commit, self.now() + AGAIN_AFTER)
        if not self._may(entry):
            return True
        try:
            self.engine.plan(self.source.at(repo, entry.commit).project, inspect.permit(entry.permits))
        except ClearwayError as error:
            return any(d.code == ABSENT for d in error.diagnostics) or momentary(error.diagnostics)
        return False

    def _judge(self, repo: Repo, entry: Entry) -> Entry:
        """Whether it may be carried out, and if it has to wait, what it would do."""
        standing = self.ledger.standing()
        snapshot = self.source.at(repo, entry.commit)
        before = self.engine.in_force
        try:
            self._accept(repo, entry, standing)
            words = (*entry.permits, *inspect.permits_of(commit_at(repo, entry.commit)))
            if before is not None and before.project.files == snapshot.project.files:
                return self._skip(entry, snapshot)
            inspect.wrong(snapshot, before, words, self.now())
            entry = replace(entry, permits=tuple(sorted({*words})))
            if self._may(entry):
                return self.ledger.put(entry.to(State.PLANNED, self.now()))
            permit = inspect.permit(words)
            planned = self.engine.plan(snapshot.project, permit)
            refuse_wide(planned.plan, planned.operational, snapshot.project.checked_campus(), permit)
        except ClearwayError as error:
            return self._not(entry, error.diagnostics)
        waits = State.WINDOW if self.demands.policy.auto else State.APPROVAL
        return self.ledger.put(entry.to(waits, self.now(), **of_plan(planned.plan)))

    def _skip(self, entry: Entry, snapshot: Snapshot) -> Entry:
        """Nothing to carry out; who watches is told how the network is as of this commit."""
        self.in_force(snapshot)
        with suppress(ClearwayError):  # a device that cannot be read is told of by who judges the network
            self.engine.verify(_cause(snapshot))
        return self.ledger.put(entry.to(State.SKIPPED, self.now()))

    def _accept(self, repo: Repo, entry: Entry, standing: Standing) -> None:
        """Raises ClearwayError for history and signatures that are not in order."""
        fresh, rewritten = inspect.lineage(repo, self.source.branch, entry.commit, standing.accepted)
        if rewritten is not None and "rewritten-history" not in entry.permits:
            raise ClearwayError(rewritten)
        faults = inspect.unsigned(fresh, self.demands.signers, self.source.branch.where)
        if faults:
            raise ClearwayError(*faults)
        self.ledger.stand(replace(standing, accepted=entry.commit))

    def _not(self, entry: Entry, faults: tuple[Diagnostic, ...]) -> Entry:
        """Refused; or looked at again later, where a device or somebody else's change is in the way."""
        if momentary(faults):
            return self.ledger.put(replace(entry.to(entry.state, self.now(), faults), noted=True))
        self.engine.publish(f"git {entry.commit[:12]} {entry.subject}", None, entry.commit, faults)
        LOG.warning(
            "commit.refused",
            extra={"commit": entry.commit, "code": faults[0].code, "at": str(faults[0].position)}
            | {"fault": faults[0].message},
        )
        return self.ledger.put(entry.to(State.REFUSED, self.now(), faults))

    def _carry_out(self, repo: Repo, entry: Entry, terms: Terms) -> Applied | None:
        snapshot = self.source.at(repo, entry.commit)
        entry = self.ledger.put(entry.to(State.APPLYING, self.now()))
        by = f"{entry.author}, approved by {entry.by}" if entry.by else entry.author
        try:
            allowed = inspect.permit(entry.permits, terms.permit)
            done = self.engine.apply(snapshot, by=by, cause=_cause(snapshot), terms=replace(terms, permit=allowed))
        except ClearwayError as error:
            self._failed(entry, error.diagnostics)
            return None
        return self._carried_out(entry, snapshot, done)

    def carry_out(self, repo: Repo, snapshot: Snapshot, publish: Callable[[], None], terms: Terms) -> Published:
        """A commit of Clearway's own, planned, then published, then carried out, all on one reading of the devices.
        Raises ClearwayError, also what `publish` raises; then it is not on the branch."""
        allowed = inspect.permit(inspect.permits_of(commit_at(repo, snapshot.revision)), terms.permit)
        begun: list[tuple[Planned, Entry]] = []

        def planned(plan: Planned) -> None:
            publish()
            entry = self._judge(repo, self.seen(repo, snapshot.revision, api=True))
            begun.append((plan, entry))
            if entry.state is not State.PLANNED:
                raise ClearwayError(STOPPED)
            begun[0] = plan, self.ledger.put(entry.to(State.APPLYING, self.now()))

        terms = replace(terms, permit=allowed, planned=planned)
        try:
            done = self.engine.apply(snapshot, by=snapshot.author, cause=_cause(snapshot), terms=terms)
        except ClearwayError as error:
            if not begun:
                raise
            if begun[0][1].state is State.APPLYING:
                self._failed(begun[0][1], error.diagnostics)
            return Published(planned=begun[0][0], done=None)
        plan, entry = begun[0]
        return Published(planned=plan, done=self._carried_out(entry, snapshot, done))

    def _carried_out(self, entry: Entry, snapshot: Snapshot, done: Applied) -> Applied:
        self.in_force(snapshot)
        state = State.HOLDING if done.verdict.holds else State.NOT_HOLDING
        self.ledger.put(entry.to(state, self.now(), **of_plan(done.plan), **of_verdict(done.verdict)))
        LOG.info(
            "commit.applied",
            extra={"commit": entry.commit, "changes": len(done.plan.changes), "holds": done.verdict.holds},
        )
        return done

    def _failed(self, entry: Entry, faults: tuple[Diagnostic, ...]) -> None:
        if momentary(faults) or _lacks_only_onu(faults):
            if not of_leading(faults):
                self._again = (entry.commit, self.now() + AGAIN_AFTER)
            self.ledger.put(entry.to(State.PLANNED, self.now(), faults))
        else:
            asked = any(d.code in ("mass-delete", "blast-radius") for d in faults)
            self.ledger.put(entry.to(State.REFUSED if asked else State.FAILED, self.now(), faults))
        LOG.warning(
            "commit.not-applied",
            extra={"commit": entry.commit, "code": faults[0].code, "at": str(faults[0].position)}
            | {"fault": faults[0].message},
        )

    def in_force(self, snapshot: Snapshot) -> None:
        """This is what the network is to be as from now on."""
        self.engine.in_force = snapshot
        self.ledger.stand(replace(self.ledger.standing(), in_force=snapshot.revision))

    def approve(self, prefix: str, by: str, permits: Sequence[str] = ()) -> Entry:
        """Let a commit pass, and carry it out if it is the newest. Raises ClearwayError."""
        with self.lock:
            entry = self.ledger.approve(prefix, by, permits, self.now())
            self.step()
            return self.ledger.get(entry.commit) or entry

    def note(self, repo: Repo) -> None:
        """Write what is not on the commits yet; what cannot be written is tried at the next look."""
        for entry in self.ledger.all():
            if entry.noted or entry.state in (State.SEEN, State.APPLYING):
                continue
            try:
                write_note(self.source.branch, repo, entry.commit, note_text(entry), self.demands.signer)
            except ClearwayError as error:
                d = error.diagnostics[0]
                LOG.warning("note.not-written", extra={"commit": entry.commit, "code": d.code, "fault": d.message})
                return
            self.ledger.put(replace(entry, noted=True))

    def counts(self) -> Mapping[tuple[str, ...], float]:
        """How many commits are in each state, for a gauge."""
        found: dict[tuple[str, ...], float] = {(str(state),): 0.0 for state in State}
        for entry in self.ledger.all():
            found[str(entry.state),] += 1
        return found

    def applied(self) -> Entry | None:
        """The entry of the commit in force."""
        entry = self.ledger.get(self.ledger.standing().in_force)
        return entry if entry is not None and entry.state in (*APPLIED, State.SKIPPED) else None


def _cause(snapshot: Snapshot) -> str:
    return f"git {snapshot.revision[:12]} {snapshot.subject}"


def _lacks_only_onu(faults: tuple[Diagnostic, ...]) -> bool:
    """Whether it will go well once ONUs are there that are not yet."""
    return {d.code for d in faults if d.severity is Severity.ERROR} == {ABSENT}
