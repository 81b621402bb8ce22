"""One all-or-nothing change over every device.

    prepare all -> commit all (with a timer where the device has one) -> read back -> verify -> confirm all
         |              |                                                 |         |
         +--------------+---------------- revert all <--------------------+---------+

Each phase is in the journal before it begins. Queues and OLTs are committed before flows: a packet that the new
flows let through finds its queues and T-CONTs ready.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from controller.fleet import Fleet, blame
from controller.journal import Journal, Phase, Unfinished
from controller.recovery import CONFIRM_TIMEOUT_S, Job, Progress, bring_back, holds, jobs_of, recover, silent
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.plan import Asker, Plan
from intents.model.state import DeviceState, Difference, ObjectKey, Operational, diff, patch
from southbound.driver import DeviceRefused, Driver

SETTLE_S: Final = 3.0
SETTLE_STEP_S: Final = 0.3
STOPPED: Final = Diagnostic(
    code="stopped",
    message="stopped by hand: every device holds what it held before",
    hint="run `clearway apply` when it may go on",
)
Check = Callable[[Operational], tuple[Diagnostic, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a transaction needs to know of a change: its name, what to do where, who asked, and how to judge it."""

    token: str
    differences: Mapping[str, tuple[Difference, ...]]
    askers: Mapping[tuple[str, ObjectKey], tuple[Asker, ...]]
    about: Mapping[str, Any]


def change_of(plan: Plan, token: str, about: Mapping[str, Any]) -> Change:
    """The change that carries out a plan."""
    askers = {(c.device, c.difference.key): c.askers for c in plan.changes}
    return Change(token=token, differences={d: plan.for_device(d) for d in plan.devices}, askers=askers, about=about)


def carry_out(
    fleet: Fleet, journal: Journal, change: Change, before: Operational, check: Check, progress: Progress = silent
) -> Operational:
    """Make the change on every device, or on none.

    `check` judges the state read back; any diagnostic that it returns undoes the change. Returns the operational
    state after. Raises ClearwayError; then every device holds what it held before, or the diagnostics say which not.
    """
    jobs = jobs_of(fleet, change.differences)
    journal.begin(change.token, change.differences, change.about)
    try:
        progress(f"preparing {', '.join(sorted(change.differences))}")
        journal.reach(change.token, Phase.PREPARE)
        _run(fleet, jobs, change, lambda d, diffs: d.prepare(diffs))
        progress("committing, to be undone unless confirmed")
        journal.reach(change.token, Phase.COMMIT)
        for group in _commit_order(jobs):
            _run(fleet, group, change, lambda d, _: d.commit(change.token, CONFIRM_TIMEOUT_S))
        progress("reading back and verifying")
        journal.reach(change.token, Phase.CHECK)
        after = _settled(fleet, change, before, check)
        journal.reach(change.token, Phase.CONFIRM)
    except ClearwayError as error:
        progress("something is not as it must be: reverting every device")
        left = _undo(fleet, journal, change)
        raise ClearwayError(*error.diagnostics, *left) from error
    except KeyboardInterrupt as stop:
        progress("stopped: reverting every device")
        left = _undo(fleet, journal, change)
        raise ClearwayError(*(left or (STOPPED,))) from stop
    try:
        progress("confirming")
        _run(fleet, jobs, change, lambda d, _: d.confirm(change.token))
        _noted(journal, change.token, Phase.DONE)
    except ClearwayError as error:
        _confirm_again(fleet, journal, change, error, progress)
    except KeyboardInterrupt:  # a device may have been told to keep it: the way on is as short as the way back
        _confirm_again(fleet, journal, change, ClearwayError(STOPPED), progress)
    return after


def _confirm_again(fleet: Fleet, journal: Journal, change: Change, error: ClearwayError, progress: Progress) -> None:
    """A device could not be told to keep the change: tell it again, or take it back everywhere. Raises ClearwayError
    where the change does not stay, or where it is not known yet whether it does."""
    unfinished = Unfinished(token=change.token, phase=Phase.CONFIRM, differences=change.differences)
    try:
        outcome = recover(fleet, journal, unfinished, progress)
    except ClearwayError as again:
        raise ClearwayError(
            *again.diagnostics,
            Diagnostic(
                code="confirm-incomplete",
                message="not every device could be told to keep the change; one that is not told takes it back",
                hint="run `clearway apply` again when every device answers: it first finishes or undoes this change",
            ),
        ) from error
    if outcome != "finished":
        raise error


def _settled(fleet: Fleet, change: Change, before: Operational, check: Check) -> Operational:
    """The state read back, once it is as it must be. An ONU takes a moment to range and a switch to apply, so the
    judgement is repeated for SETTLE_S before it is final. Raises ClearwayError with what is wrong then."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        after = fleet.observe()
        faults = (*_not_as_sent(fleet, change, before, after), *check(after))
        if not faults:
            return after
        if time.monotonic() > deadline:
            raise ClearwayError(*faults)
        time.sleep(SETTLE_STEP_S)


def _noted(journal: Journal, token: str, phase: Phase) -> bool:
    """Whether it could be written down. Where a full disk forbids it the change stays open, and `recover` finds it
    where it is to be."""
    try:
        journal.reach(token, phase)
    except ClearwayError:
        return False
    return True


def _commit_order(
    jobs: list[Job],
) -> list[list[Job]]:
    flows = [j for j in jobs if "flow" in j[0].kinds]
    others = [j for j in jobs if "flow" not in j[0].kinds]
    return [g for g in (others, flows) if g]


def _run(
    fleet: Fleet,
    jobs: list[Job],
    change: Change,
    job: Callable[[Driver, tuple[Difference, ...]], None],
) -> None:
    of = {id(d): diffs for d, diffs in jobs}

    def one(driver: Driver) -> None:
        try:
            job(driver, of[id(driver)])
        except DeviceRefused as error:
            error.diagnostics = blame(error, driver.device, change.askers)
            raise

    fleet.each(one, [d for d, _ in jobs])


def _undo(fleet: Fleet, journal: Journal, change: Change) -> tuple[Diagnostic, ...]:
    """Revert everywhere; what could not be reverted, as diagnostics (then the journal stays open for `recover`)."""
    _noted(journal, change.token, Phase.REVERT)
    faults: list[Diagnostic] = []
    for driver, _ in reversed(jobs_of(fleet, change.differences)):
        try:
            driver.revert(change.token)
        except ClearwayError as error:
            faults += [fleet.located(d, driver.device) for d in error.diagnostics]
    try:
        unfinished = Unfinished(token=change.token, phase=Phase.REVERT, differences=change.differences)
        bring_back(fleet, unfinished)
        left = not holds(fleet.observe(), change.differences, after=False)
    except ClearwayError as error:
        faults += list(error.diagnostics)
        left = True
    if left:
        return (
            *faults,
            Diagnostic(
                code="revert-incomplete",
                message="not every device could be brought back at once; the journal keeps what is still to be undone",
                hint="run `clearway apply` again when every device answers: it first undoes this change",
            ),
        )
    _noted(journal, change.token, Phase.REVERTED)
    return ()


def _not_as_sent(fleet: Fleet, change: Change, before: Operational, after: Operational) -> tuple[Diagnostic, ...]:
    """Devices that said yes and hold something else: one diagnostic per object (the first ten)."""
    faults = []
    for device, differences in sorted(change.differences.items()):
        expected = patch(before.devices[device].state, differences)
        touched = {d.key for d in differences}
        held = after.devices[device].state
        wrong = diff(_only(expected, touched), _only(held, touched))
        for difference in wrong[:10]:
            who = change.askers.get((device, difference.key), ())
            faults.append(
                Diagnostic(
                    code="not-as-sent",
                    message=f"{device} accepted the change but does not hold {_name(difference.key)} as it was sent",
                    hint="the device or another manager changed it at the same time: look at its log",
                    position=who[0].position if who else fleet.position_of(device),
                )
            )
    return tuple(faults)


def _only(state: DeviceState, keys: set[ObjectKey]) -> DeviceState:
    return DeviceState(device=state.device, objects={k: v for k, v in state.objects.items() if k in keys})


def _name(key: ObjectKey) -> str:
    return " ".join(str(part) for part in key[:3])
