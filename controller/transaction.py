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
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.plan import Asker, Plan
from intents.model.state import DeviceState, Difference, ObjectKey, Operational, diff, patch
from southbound.driver import DeviceRefused, Driver

CONFIRM_TIMEOUT_S: Final = 120
SETTLE_S: Final = 3.0
SETTLE_STEP_S: Final = 0.3
Check = Callable[[Operational], tuple[Diagnostic, ...]]
Progress = Callable[[str], None]


def _silent(_: str) -> None:
    """No progress wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a transaction needs to know of a change: its name, what to do where, who asked, and how to judge it."""

    token: str
    differences: Mapping[str, tuple[Difference, ...]]
    askers: Mapping[tuple[str, ObjectKey], tuple[Asker, ...]]
    about: Mapping[str, Any]


def change_of(
    plan: Plan, token: str, askers: Mapping[tuple[str, ObjectKey], tuple[Asker, ...]], about: Mapping[str, Any]
) -> Change:
    """The change that carries out a plan."""
    return Change(token=token, differences={d: plan.for_device(d) for d in plan.devices}, askers=askers, about=about)


def carry_out(
    fleet: Fleet, journal: Journal, change: Change, before: Operational, check: Check, progress: Progress = _silent
) -> Operational:
    """Make the change on every device, or on none.

    `check` judges the state read back; any diagnostic that it returns undoes the change. Returns the operational
    state after. Raises ClearwayError; then every device holds what it held before, or the diagnostics say which not.
    """
    jobs = _jobs(fleet, change)
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
        left = _undo(fleet, journal, change, progress)
        raise ClearwayError(*error.diagnostics, *left) from error
    progress("confirming")
    _run(fleet, jobs, change, lambda d, _: d.confirm(change.token))
    journal.reach(change.token, Phase.DONE)
    return after


def recover(fleet: Fleet, journal: Journal, unfinished: Unfinished, progress: Progress = _silent) -> str:
    """Finish or revert a change that an earlier process left behind. Returns `finished` or `reverted`.

    From CONFIRM on everything had been verified: confirm what is still waiting, and if every device then holds the
    new state it is finished. In all other cases each device is brought back to what it held before.
    """
    change = Change(token=unfinished.token, differences=unfinished.differences, askers={}, about={})
    drivers = [d for d, _ in _jobs(fleet, change)]
    if unfinished.phase is Phase.CONFIRM:
        for driver in drivers:
            _try(lambda d=driver: d.confirm(unfinished.token))  # type: ignore[misc]
        if _holds(fleet.observe(), unfinished.differences, after=True):
            journal.reach(unfinished.token, Phase.DONE)
            return "finished"
    progress(f"an earlier change ({unfinished.token}) did not finish: reverting it")
    journal.reach(unfinished.token, Phase.REVERT)
    for driver in drivers:
        _try(lambda d=driver: d.revert(unfinished.token))  # type: ignore[misc]
    _bring_back(fleet, unfinished)
    if not _holds(fleet.observe(), unfinished.differences, after=False):
        raise ClearwayError(
            Diagnostic(
                code="recovery-failed",
                message=f"the unfinished change {unfinished.token} could not be undone on every device",
                hint="`clearway status` shows what each device holds; run the command again when all devices answer",
            )
        )
    journal.reach(unfinished.token, Phase.REVERTED)
    return "reverted"


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


def _try(job: Callable[[], None]) -> None:
    try:
        job()
    except ClearwayError:
        return  # judged by reading back, not by what the device answers


def _jobs(fleet: Fleet, change: Change) -> list[tuple[Driver, tuple[Difference, ...]]]:
    jobs = []
    for driver in fleet.all():
        own = tuple(d for d in change.differences.get(driver.device, ()) if d.key[0] in driver.kinds)
        if own:
            jobs.append((driver, own))
    return jobs


def _commit_order(
    jobs: list[tuple[Driver, tuple[Difference, ...]]],
) -> list[list[tuple[Driver, tuple[Difference, ...]]]]:
    flows = [j for j in jobs if "flow" in j[0].kinds]
    others = [j for j in jobs if "flow" not in j[0].kinds]
    return [g for g in (others, flows) if g]


def _run(
    fleet: Fleet,
    jobs: list[tuple[Driver, tuple[Difference, ...]]],
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


def _undo(fleet: Fleet, journal: Journal, change: Change, progress: Progress) -> tuple[Diagnostic, ...]:
    """Revert everywhere; what could not be reverted, as diagnostics (then the journal stays open for `recover`)."""
    progress("something is not as it must be: reverting every device")
    journal.reach(change.token, Phase.REVERT)
    faults: list[Diagnostic] = []
    for driver, _ in reversed(_jobs(fleet, change)):
        try:
            driver.revert(change.token)
        except ClearwayError as error:
            faults += [fleet.located(d, driver.device) for d in error.diagnostics]
    try:
        unfinished = Unfinished(token=change.token, phase=Phase.REVERT, differences=change.differences)
        _bring_back(fleet, unfinished)
        left = not _holds(fleet.observe(), change.differences, after=False)
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
    journal.reach(change.token, Phase.REVERTED)
    return ()


def _bring_back(fleet: Fleet, unfinished: Unfinished) -> None:
    """Where a device still holds what the change made (kill -9, no timer), write back what it held before."""
    seen = fleet.observe()
    for driver in fleet.all():
        wanted = unfinished.differences.get(driver.device, ())
        held = seen.devices[driver.device].state.objects
        back = tuple(
            Difference(key=d.key, before=held.get(d.key), after=d.before)
            for d in reversed(wanted)
            if d.key[0] in driver.kinds and held.get(d.key) != d.before
        )
        if not back:
            continue
        token = f"{unfinished.token}-undo"
        driver.prepare(back)
        driver.commit(token, CONFIRM_TIMEOUT_S)
        driver.confirm(token)


def _holds(seen: Operational, differences: Mapping[str, tuple[Difference, ...]], *, after: bool) -> bool:
    return all(
        seen.devices[device].state.objects.get(d.key) == (d.after if after else d.before)
        for device, changes in differences.items()
        for d in changes
    )


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
