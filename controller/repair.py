"""Mending drift: every device back to what was applied last, and nothing else.

What the texts say meanwhile is not carried out, so a repair needs no review: it restores what was reviewed. Objects of
others are left alone, as ever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from controller.audit.change import ChangeLog
from controller.breakglass import BreakGlass
from controller.events import Progress, silent
from controller.fleet import Fleet
from controller.held import notices
from controller.joined import recall, refuse_lacking
from controller.operations import Applied, Connect, Request, changing, judge_network, refuse_wide
from controller.owners import with_owners
from controller.project import Project
from controller.recovery import recover, recover_all
from controller.state.store import Store
from controller.transaction import carry_out, change_of
from intents.compile import compile_intended, make_plan
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.plan import Asker, Intended, Plan
from intents.model.state import DeviceObject, DeviceState, Operational


def repair(project: Project, connect: Connect, store: Store, request: Request, progress: Progress = silent) -> Applied:
    """Put back what drifted, all or nothing. Raises ClearwayError; then nothing has changed."""
    campus = project.checked_campus()
    with changing(campus, connect, store, request, progress) as (fleet, audit, told):
        recall(fleet, store.records)
        recovered = recover_all(fleet, store.journal, told)
        holds = BreakGlass(store).holds()
        applied = _applied(store, {*campus.switches, *campus.olts} - {*holds})
        plan, after = _put_back(project, fleet, store, applied, request, audit, told)
        return Applied(
            plan=plan,
            verdict=with_owners(judge_network(project, after, applied), project, after),
            token=request.token,
            warnings=(*project.diagnostics, *notices(holds)),
            recovered=recovered,
        )


def restore(
    project: Project,
    connect: Connect,
    store: Store,
    request: Request,
    devices: Collection[str],
    progress: Progress = silent,
    *,
    held_too: bool = False,
) -> Plan:
    """The same on these devices alone: no other is asked, and nothing is judged. What is not applied to them, or is not
    of the campus, is left alone, and so is who is held, unless held_too. Raises ClearwayError; then nothing has
    changed."""
    campus = project.checked_campus()
    with (
        changing(campus, connect, store, request, progress) as (whole, audit, told),
        whole.only(devices) as fleet,
    ):
        recall(fleet, store.records)
        held = {} if held_too else BreakGlass(store).holds()
        applied = _applied(store, {*campus.switches, *campus.olts} & {*devices} - {*held})
        plan, _ = _put_back(project, fleet, store, applied, request, audit, told)
        return plan


def end_unfinished(
    project: Project, connect: Connect, store: Store, request: Request, progress: Progress = silent
) -> tuple[str, ...]:
    """Finish or undo every change that was left behind, each on its devices alone. Raises ClearwayError where one of
    them does not answer."""
    with changing(project.checked_campus(), connect, store, request, progress) as (whole, _, told):
        ended = []
        for unfinished in store.journal.unfinished():
            with whole.only(unfinished.differences) as fleet:
                recall(fleet, store.records)
                ended.append(f"{unfinished.token} {recover(fleet, store.journal, unfinished, told)}")
        return tuple(ended)


def _put_back(
    project: Project,
    fleet: Fleet,
    store: Store,
    applied: Mapping[str, DeviceState],
    request: Request,
    audit: ChangeLog,
    progress: Progress,
) -> tuple[Plan, Operational]:
    """What was changed on the devices of the fleet, and what they hold after."""
    campus = project.checked_campus()
    before = fleet.observe()
    plan = make_plan(Intended(states=applied, who=_who(project, campus, before)), campus, before)
    refuse_lacking(plan, before, fleet)
    refuse_wide(plan, before, campus, request.permit)
    if not plan.changes:
        return plan, before
    change = change_of(plan, campus, before, request.token, audit.planned(plan))
    return plan, carry_out(fleet, store.journal, change, before, lambda _: (), progress)


def _applied(store: Store, devices: Collection[str]) -> Mapping[str, DeviceState]:
    """What was applied to these devices."""
    applied = store.load_applied()
    if applied is None:
        raise ClearwayError(
            Diagnostic(
                code="nothing-applied",
                message="what was applied last is not known here, so there is nothing to go back to",
                hint="make the network as the texts say: `clearway apply`",
            )
        )
    return {name: state for name, state in applied.items() if name in devices}


def _who(project: Project, campus: Campus, seen: Operational) -> _Who:
    compiled = compile_intended(campus, project.intents, seen)
    return _Who(compiled.intended)


class _Who:
    """Who asks for an object, as far as today's texts still ask for the same."""

    def __init__(self, intended: Intended | None) -> None:
        self._intended = intended

    def __call__(self, device: str, thing: DeviceObject) -> tuple[tuple[Asker, ...], tuple[str, ...]]:
        """Askers and places; none where the texts have moved on."""
        state = self._intended.states.get(device) if self._intended is not None else None
        today = state.objects.get(thing.key) if state is not None else None
        if self._intended is None or today != thing or today is None:
            return (), ()
        return self._intended.who(device, today)
