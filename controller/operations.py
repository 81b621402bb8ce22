"""What Clearway does, once, for every door: the command line, gRPC and git call these and nothing else.

Each takes a project and a way to reach its devices, and returns values; printing is the caller's.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from controller import calendar
from controller.audit.change import ChangeLog, audited
from controller.breakglass import BreakGlass, Hold
from controller.events import Progress, silent
from controller.fleet import Fleet
from controller.held import is_by_hand, notices, without_held
from controller.joined import join, recall, refuse_lacking
from controller.left import left_in
from controller.left import told as told_of
from controller.onus import cut_off
from controller.owners import with_owners
from controller.project import Project
from controller.recovery import claim, recover_all
from controller.state.store import Store
from controller.transaction import carry_out, change_of
from intents.compile import (
    Compiled,
    Survey,
    WhatIf,
    absent_onus,
    blast_radius,
    compile_intended,
    fingerprints,
    is_blank,
    make_plan,
    mass_delete,
)
from intents.compile import survey as find_survey
from intents.compile import what_if as find_what_if
from intents.compile.failure import Failure
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError, Diagnostic, Position, Severity, has_errors
from intents.model.evidence import Finding, Verdict
from intents.model.plan import Intended, Plan
from intents.model.state import DeviceState, Operational

Connect = Callable[[Campus], AbstractContextManager[Fleet]]


class Judge(Protocol):
    """See `judge_network`."""

    def __call__(
        self,
        project: Project,
        operational: Operational,
        applied: Mapping[str, DeviceState] | None,
        shown: Collection[str] = (),
    ) -> Verdict:
        """The verdict on a state already read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan with what it came from. `warnings` do not stop it."""

    plan: Plan
    intended: Intended
    operational: Operational
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What an apply did. `verdict` judges the network after it."""

    plan: Plan
    verdict: Verdict
    token: str
    warnings: tuple[Diagnostic, ...] = ()
    recovered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What the operator allows beyond the ordinary."""

    mass_delete: bool = False
    absent_onus: bool = False
    disruption: bool = False


def new_token() -> str:
    """A name for a change: sorts by time, unique."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who wants a change made, and under what terms.

    token: names the change, must be new. about: who, when and from what, for the journal. expected_base: the
    fingerprints of a saved plan; the change is refused when the network has moved since. planned: is told the plan once
    nothing is left that refuses it, and before any device is changed; where it raises ClearwayError none is.
    """

    token: str
    about: Mapping[str, Any]
    permit: Permit = Permit()
    expected_base: Mapping[str, str] | None = None
    planned: Callable[[Planned], object] = lambda _: None


def judge_network(
    project: Project,
    operational: Operational,
    applied: Mapping[str, DeviceState] | None,
    shown: Collection[str] = (),
) -> Verdict:
    """The verdict on a state already read."""
    from controller.proving import prove  # noqa: PLC0415 - plans without devices need no verifier
    from intents.verify import Task  # noqa: PLC0415 - the same

    return prove(Task(project.checked_campus(), project.intents, operational, applied), shown)


def check(project: Project, since: datetime) -> tuple[Diagnostic, ...]:
    """Everything that can be said without a device: syntax, names, conflicts, admission. Of intents with calendar
    windows every set that holds together in the week from `since`. Raises ClearwayError for an unknown time zone."""
    if project.campus is None or has_errors(project.diagnostics):
        return project.diagnostics
    found: dict[Diagnostic, None] = dict.fromkeys(project.diagnostics)
    for moment in calendar.moments(project.intents, since):
        then = project.at(moment)
        found |= dict.fromkeys(compile_intended(project.campus, then.intents, None).diagnostics)
    return tuple(found)


def plan_on(project: Project, fleet: Fleet, permit: Permit, offline: Compiled | None = None) -> Planned:
    """The plan against what the devices hold now; the project is one that `offline_or_raise` lets pass, which is not
    compiled again where the devices hold nothing that could change it. Raises ClearwayError."""
    campus = project.checked_campus()
    operational = fleet.observe()
    known = offline if offline is not None and is_blank(operational) else None
    compiled = known or compile_intended(campus, project.intents, operational)
    found = tuple(
        replace(d, severity=Severity.WARNING) if permit.absent_onus and d.code == "unknown-onu" else d
        for d in (*project.diagnostics, *compiled.diagnostics)
    )
    if compiled.intended is None or has_errors(found):
        raise ClearwayError(*found)
    plan = make_plan(compiled.intended, campus, operational)
    refuse_lacking(plan, operational, fleet)
    wide = blast_radius(plan, campus) if not permit.disruption else None
    warnings = (*found, replace(wide, severity=Severity.WARNING)) if wide is not None else found
    return Planned(plan=plan, intended=compiled.intended, operational=operational, warnings=warnings)


def offline_or_raise(project: Project) -> tuple[Diagnostic, ...]:
    """Refuse before any device is touched what can be refused without one. Returns the warnings."""
    return (*project.diagnostics, *_offline(project).diagnostics)


def _offline(project: Project) -> Compiled:
    """What a project comes to without a device. Raises as above."""
    compiled = compile_intended(project.checked_campus(), project.intents, None)
    found = (*project.diagnostics, *compiled.diagnostics)
    if has_errors(found):
        raise ClearwayError(*found)
    return compiled


def plan(project: Project, connect: Connect, permit: Permit | None = None, *, store: Store | None = None) -> Planned:
    """Read the devices and plan. store: spares asking them what is on record there. Raises ClearwayError."""
    campus = project.checked_campus()
    offline = _offline(project)
    with connect(campus) as fleet:
        if store is not None:
            recall(fleet, store.records)
        return plan_on(project, fleet, permit or Permit(), offline)


def plan_offline(project: Project) -> Planned:
    """The plan as if the devices held nothing; none is asked. Raises ClearwayError."""
    campus = project.checked_campus()
    compiled = compile_intended(campus, project.intents, None)
    found = (*project.diagnostics, *compiled.diagnostics)
    if compiled.intended is None or has_errors(found):
        raise ClearwayError(*found)
    nothing = Operational(devices={})
    plan = make_plan(compiled.intended, campus, nothing)
    return Planned(plan=plan, intended=compiled.intended, operational=nothing, warnings=found)


def what_if(project: Project, failures: Sequence[Failure]) -> WhatIf:
    """What would be if these failed; no device is asked. Raises ClearwayError where the project is refused as it is."""
    offline_or_raise(project)
    return find_what_if(project.checked_campus(), project.intents, failures)


def survey(project: Project) -> Survey:
    """What would be if any one thing failed; no device is asked. Raises ClearwayError as above."""
    offline_or_raise(project)
    return find_survey(project.checked_campus(), project.intents)


@contextmanager
def changing(
    campus: Campus, connect: Connect, store: Store, request: Request, progress: Progress
) -> Iterator[tuple[Fleet, ChangeLog, Progress]]:
    """The one way to devices that may be changed: nobody else changes them, and what they are sent is in the audit log
    first. The progress is what the log follows as well. Raises ClearwayError."""
    with store.lock(), audited(store, request.token, request.about) as audit, connect(campus) as fleet:
        yield fleet, audit, audit.following(progress)


def apply(
    project: Project,
    connect: Connect,
    store: Store,
    request: Request,
    progress: Progress = silent,
    judge: Judge = judge_network,
) -> Applied:
    """Plan and make the change, all or nothing. Raises ClearwayError; then nothing has changed."""
    permit = request.permit
    campus = project.checked_campus()
    offline = _offline(project)
    with changing(campus, connect, store, request, progress) as (fleet, audit, told):
        recall(fleet, store.records)
        recovered = recover_all(fleet, store.journal, told)
        join(fleet, store.records)
        planned = plan_on(project, fleet, permit, offline)
        _refuse_stale(planned.plan, request.expected_base)
        holds = BreakGlass(store).holds()
        if holds:
            allowed = without_held(planned.plan, planned.operational, store.load_applied(), holds)
            planned = replace(planned, plan=allowed, warnings=(*planned.warnings, *notices(holds)))
        refuse_wide(planned.plan, planned.operational, campus, permit)
        request.planned(planned)
        after = planned.operational
        check = _Check(project, permit, planned.intended.states, holds, judge)
        if planned.plan.changes:
            about = audit.planned(planned.plan)
            change = change_of(planned.plan, campus, planned.operational, request.token, about)
            after = carry_out(fleet, store.journal, change, planned.operational, check, told)
        left = left_in(store.load_applied(), planned.intended.states)
        said = (*told_of(left), *_remember(store, {**left, **planned.intended.states}))
        store.tidy()
        verdict = check.verdict or judge(project, after, planned.intended.states)
        return Applied(
            plan=planned.plan,
            verdict=with_owners(verdict, project, after),
            token=request.token,
            warnings=(*planned.warnings, *said),
            recovered=recovered,
        )


def take_over(project: Project, connect: Connect, store: Store, progress: Progress = silent) -> tuple[str, ...]:
    """Begin to lead: every device that answers takes changes from nobody who led before, and what was left half done is
    finished or taken back. Returns what became of each such change. Raises ClearwayError where one cannot be ended.
    What intents say wrongly at this moment does not keep anybody from it."""
    campus = project.campus or project.checked_campus()
    request = Request(token=f"take-over-{secrets.token_hex(4)}", about={"by": "clearway", "from": "take-over"})
    with changing(campus, connect, store, request, progress) as (fleet, _, told):
        recall(fleet, store.records)
        claim(fleet)
        return recover_all(fleet, store.journal, told)


def _remember(store: Store, states: Mapping[str, DeviceState]) -> tuple[Diagnostic, ...]:
    """Save what is applied, for drift to be found by. The change stands also where the disk is full."""
    try:
        store.save_applied(states)
    except ClearwayError as error:
        return (
            Diagnostic(
                code="applied-not-saved",
                severity=Severity.WARNING,
                message="the change is made, but what was applied could not be written down: "
                f"{error.diagnostics[0].message}",
                hint="drift is judged by an older change until the next `clearway apply`: make room on the disk",
                position=Position(store.database.place),
            ),
        )
    return ()


class _Check:
    """Judges what was read back after a change; keeps the verdict."""

    def __init__(
        self,
        project: Project,
        permit: Permit,
        applied: Mapping[str, DeviceState],
        holds: Mapping[str, Hold],
        judge: Judge,
    ) -> None:
        self._project, self._permit, self._applied, self._holds, self._judge = project, permit, applied, holds, judge
        self.verdict: Verdict | None = None

    def __call__(self, after: Operational) -> tuple[Diagnostic, ...]:
        """Why the change must not stay, or nothing."""
        self.verdict = self._judge(self._project, after, self._applied)
        waiting = self._waiting(after) if self._permit.absent_onus else frozenset()
        project = self._project
        # The cause, not its consequences.
        absent = () if self._permit.absent_onus else absent_onus(project.checked_campus(), project.intents, after)
        return absent or tuple(
            _does_not_hold(intent.position, intent.intent, finding)
            for intent in self.verdict.intents
            if intent.intent not in waiting
            for finding in intent.findings
            if not finding.holds and not is_by_hand(finding, self._holds)
        )

    def _waiting(self, after: Operational) -> frozenset[str]:
        """Intents with a place behind an ONU that is not there yet: they cannot hold before it is."""
        behind = cut_off(self._project.checked_campus(), after.devices)
        return frozenset(
            r.name for r in self._project.intents if any(p.name in behind for p in (*r.sources, *r.destinations))
        )


def _does_not_hold(position: Position, name: str, finding: Finding) -> Diagnostic:
    c = finding.counterexample
    blame = f"look at {c.blame_object} on {c.blame_device}; " if c is not None else ""
    return Diagnostic(
        code="intent-does-not-hold",
        message=f"after the change {name} would not hold: {finding.statement.removeprefix(f'{name}: ')}",
        hint=f"{blame}this is a fault of a device or of Clearway, not of the intent",
        position=position,
    )


def _refuse_stale(plan: Plan, expected: Mapping[str, str] | None) -> None:
    if expected is None:
        return
    now = fingerprints(plan)
    moved = sorted(d for d in set(expected) | set(now) if expected.get(d) != now.get(d))
    if moved:
        raise ClearwayError(
            Diagnostic(
                code="stale-plan",
                message=f"{', '.join(moved)} changed since this plan was made",
                hint="make a new plan and look at it again: `clearway plan DIR --out FILE`",
            )
        )


def refuse_wide(plan: Plan, operational: Operational, campus: Campus, permit: Permit) -> None:
    """Raise ClearwayError where a plan removes or interrupts more than is permitted."""
    if not permit.mass_delete and (refused := mass_delete(plan, operational)) is not None:
        raise ClearwayError(refused)
    if not permit.disruption and (refused := blast_radius(plan, campus)) is not None:
        raise ClearwayError(refused)


def verify(
    project: Project, connect: Connect, store: Store, shown: Collection[str] = (), judge: Judge = judge_network
) -> tuple[Verdict, Operational]:
    """Judge the network as it is. shown: intents of which natural packets are shown on their ways. Raises ClearwayError
    when a device cannot be read."""
    campus = project.checked_campus()
    with connect(campus) as fleet:
        operational = fleet.observe()
    verdict = judge(project, operational, store.load_applied(), shown)
    return with_owners(verdict, project, operational), operational
