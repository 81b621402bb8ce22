"""One all-or-nothing change over every device.

    prepare all -> commit all (with a timer where the device has one) -> read back -> verify -> confirm all
         |              |                                                 |         |
         +--------------+---------------- revert all <--------------------+---------+

Each phase is in the journal before it begins. A change is committed in rounds (intents/compile/rounds.py): side by side
within a round, one round after the other, so that no packet is lost that is delivered before and after.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from controller.events import STOPPED, Cause, Progress, Stopped, Teller, silent, unstoppable
from controller.fleet import Fleet, blame
from controller.recovery import CONFIRM_TIMEOUT_S, HOLD_S, Job, bring_back, holds, jobs_of, recover
from controller.state.database import LeaseLost
from controller.state.journal import Journal, Phase, Unfinished
from intents.compile import rounds
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.plan import Asker, Plan, Round
from intents.model.state import DeviceState, Difference, ObjectKey, Operational, diff, patch
from southbound.driver import DeviceRefused, Driver

SETTLE_S: Final = 3.0
SETTLE_STEP_S: Final = 0.3
OBJECTS_IN_A_SECOND: Final = 200  # proven at least, on a machine that does much else
Check = Callable[[Operational], tuple[Diagnostic, ...]]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a transaction needs to know of a change: its name, what to do where in which order, who asked, and what it
    is about."""

    token: str
    rounds: tuple[Round, ...]
    askers: Mapping[tuple[str, ObjectKey], tuple[Asker, ...]]
    about: Mapping[str, Any]

    @cached_property
    def differences(self) -> Mapping[str, tuple[Difference, ...]]:
        """All rounds as one: each object from what it is before to what it is after. Of what is there only in between
        both are None."""
        found: dict[str, dict[ObjectKey, Difference]] = {}
        for round_ in self.rounds:
            for device, differences in round_.items():
                by_key = found.setdefault(device, {})
                for d in differences:
                    first = by_key.get(d.key, d)
                    by_key[d.key] = Difference(key=d.key, before=first.before, after=d.after)
        return {device: tuple(by_key.values()) for device, by_key in sorted(found.items())}


def change_of(plan: Plan, campus: Campus, before: Operational, token: str, about: Mapping[str, Any]) -> Change:
    """The change that carries out a plan; before: what it was made against."""
    askers = {(c.device, c.difference.key): c.askers for c in plan.changes}
    return Change(token=token, rounds=rounds(plan, campus, before), askers=askers, about=about)


def carry_out(
    fleet: Fleet, journal: Journal, change: Change, before: Operational, check: Check, progress: Progress = silent
) -> Operational:
    """Make the change on every device, or on none.

    `check` judges the state read back; any diagnostic that it returns undoes the change. Returns the operational
    state after. Raises ClearwayError; then every device holds what it held before, or the diagnostics say which not.
    """
    jobs = jobs_of(fleet, change.differences)
    teller = Teller(change.token, progress)
    journal.begin(change.token, change.differences, change.about)
    try:
        _commit_in_rounds(fleet, journal, change, patience_s(change, before), teller)
        journal.reach(change.token, Phase.CHECK)
        after = _settled(fleet, change, before, check, teller)
        journal.reach(change.token, Phase.CONFIRM)
    except LeaseLost:
        raise  # whoever leads now takes it back or finishes it, and must not be disturbed
    except ClearwayError as error:
        left = _undo(fleet, journal, change, progress, Cause.FAULT)
        raise ClearwayError(*error.diagnostics, *left) from error
    except (KeyboardInterrupt, Stopped) as stop:
        left = _undo(fleet, journal, change, progress, Cause.STOPPED)
        raise ClearwayError(*(left or (STOPPED,))) from stop
    try:
        teller.begin(Phase.CONFIRM, [d.device for d, _ in jobs])
        _run(fleet, journal, jobs, change, lambda d, _: d.confirm(change.token), teller)
        _noted(journal, change.token, Phase.DONE)
    except LeaseLost:
        raise
    except ClearwayError as error:
        _confirm_again(fleet, journal, change, error, progress)
    except (KeyboardInterrupt, Stopped):  # a device may have been told to keep it: on is as short as back
        _confirm_again(fleet, journal, change, ClearwayError(STOPPED), progress)
    else:
        Teller(change.token, unstoppable(progress)).begin(Phase.DONE)
    return after


def _confirm_again(fleet: Fleet, journal: Journal, change: Change, error: ClearwayError, progress: Progress) -> None:
    """A device could not be told to keep the change: tell it again, or take it back everywhere. Raises ClearwayError
    where the change does not stay, or where it is not known yet whether it does."""
    unfinished = Unfinished(token=change.token, phase=Phase.CONFIRM, differences=change.differences)
    try:
        outcome = recover(fleet, journal, unfinished, unstoppable(progress))
    except LeaseLost:
        raise
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


def _settled(fleet: Fleet, change: Change, before: Operational, check: Check, teller: Teller) -> Operational:
    """The state read back, once it is as it must be. An ONU takes a moment to range and a switch to apply, so the
    judgement is repeated for SETTLE_S before it is final. Raises ClearwayError with what is wrong then."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        teller.begin(Phase.CHECK, [driver.device for driver in fleet.all()])
        after = fleet.observe(teller.through)
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
    except LeaseLost:
        raise
    except ClearwayError:
        return False
    return True


def patience_s(change: Change, before: Operational) -> int:
    """For how long devices keep a change that nobody confirms: to prove it takes the longer the more they hold."""
    held = sum(len(seen.state.objects) for seen in before.devices.values())
    sent = sum(len(differences) for differences in change.differences.values())
    return CONFIRM_TIMEOUT_S + (held + sent) // OBJECTS_IN_A_SECOND


def _commit_in_rounds(fleet: Fleet, journal: Journal, change: Change, timeout_s: int, teller: Teller) -> None:
    """Commit round by round. What each device is to do first, all devices check before any does it; what a device does
    in a later round besides, it can check only when that is its turn."""
    todo = [jobs_of(fleet, round_) for round_ in change.rounds]
    first: dict[int, Job] = {}
    for job in (job for jobs in todo for job in jobs):
        first.setdefault(id(job[0]), job)
    teller.begin(Phase.PREPARE, [driver.device for driver, _ in first.values()])
    journal.reach(change.token, Phase.PREPARE, fleet.sessions())
    _run(fleet, journal, list(first.values()), change, lambda d, diffs: d.prepare(diffs), teller)
    for number, jobs in enumerate(todo, 1):
        teller.round(number, len(todo), [driver.device for driver, _ in jobs], total=sum(map(len, todo)))
        journal.reach(change.token, Phase.COMMIT, fleet.sessions())
        _run(fleet, journal, [j for j in jobs if first[id(j[0])] is not j], change, lambda d, diffs: d.prepare(diffs))
        _run(fleet, journal, jobs, change, lambda d, _: d.commit(change.token, timeout_s), teller)


def _run(
    fleet: Fleet,
    journal: Journal,
    jobs: list[Job],
    change: Change,
    job: Callable[[Driver, tuple[Difference, ...]], None],
    teller: Teller | None = None,
) -> None:
    of = {id(d): diffs for d, diffs in jobs}

    def one(driver: Driver) -> None:
        journal.hold(HOLD_S)
        try:
            job(driver, of[id(driver)])
        except DeviceRefused as error:
            error.diagnostics = blame(error, driver.device, change.askers)
            raise

    fleet.each(one, [d for d, _ in jobs], teller.through if teller is not None else lambda _: None)


def _undo(fleet: Fleet, journal: Journal, change: Change, progress: Progress, cause: Cause) -> tuple[Diagnostic, ...]:
    """Revert everywhere; what could not be reverted, as diagnostics (then the journal stays open for `recover`)."""
    drivers = _last_first(fleet, change)
    teller = Teller(change.token, unstoppable(progress))
    teller.begin(Phase.REVERT, [d.device for d in drivers], cause=cause)
    _noted(journal, change.token, Phase.REVERT)
    faults: list[Diagnostic] = []
    for driver in drivers:
        journal.hold(HOLD_S)
        try:
            driver.revert(change.token)
            teller.through(driver.device)
        except ClearwayError as error:
            faults += [fleet.located(d, driver.device) for d in error.diagnostics]
    try:
        unfinished = Unfinished(token=change.token, phase=Phase.REVERT, differences=change.differences)
        bring_back(fleet, journal, unfinished)
        left = not holds(fleet.observe(), change.differences, after=False)
    except LeaseLost:
        raise
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
    teller.begin(Phase.REVERTED)
    return ()


def _last_first(fleet: Fleet, change: Change) -> list[Driver]:
    """The drivers that a change is on, whoever committed last first: so what goes is no longer used."""
    order = {id(driver): driver for round_ in reversed(change.rounds) for driver, _ in jobs_of(fleet, round_)}
    return list(order.values())


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
