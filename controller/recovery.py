"""What an earlier process or a silent device left half done: finished or taken back, and nothing between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from controller.events import Cause, Progress, Teller, silent
from controller.fleet import Fleet
from controller.state.journal import Journal, Phase, Unfinished
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.state import Difference, Operational
from southbound.driver import DeviceError, DeviceRefused, Driver, Fencing

CONFIRM_TIMEOUT_S: Final = 120
HOLD_S: Final = 1.0  # of the lease must be left before a device is told anything
Job = tuple[Driver, tuple[Difference, ...]]


def recover(fleet: Fleet, journal: Journal, unfinished: Unfinished, progress: Progress = silent) -> str:
    """Finish or revert a change that an earlier process left behind. Returns `finished` or `reverted`.

    From CONFIRM on everything had been verified: confirm what is still waiting, and if every device then holds the
    new state it is finished. In all other cases each device is brought back to what it held before. Raises
    ClearwayError; then the journal stays open.
    """
    _refuse_unnamed(fleet, unfinished)
    teller = Teller(unfinished.token, progress)
    drivers = [d for d, _ in jobs_of(fleet, unfinished.differences)]
    fence(fleet, unfinished)
    if unfinished.phase is Phase.CONFIRM:
        teller.begin(Phase.CONFIRM, [d.device for d in drivers])
        for driver in drivers:
            journal.hold(HOLD_S)
            with suppress(DeviceRefused):  # nothing waits there: kept already, or timed out, as reading back will tell
                driver.confirm(unfinished.token)
        if holds(fleet.observe(), unfinished.differences, after=True):
            journal.reach(unfinished.token, Phase.DONE)
            teller.begin(Phase.DONE)
            return "finished"
    teller.begin(Phase.REVERT, [d.device for d in drivers], cause=Cause.UNFINISHED)
    journal.reach(unfinished.token, Phase.REVERT)
    for driver in drivers:
        journal.hold(HOLD_S)
        _try(lambda d=driver: d.revert(unfinished.token))  # type: ignore[misc]
        teller.through(driver.device)
    bring_back(fleet, journal, unfinished)
    if not holds(fleet.observe(), unfinished.differences, after=False):
        raise ClearwayError(
            Diagnostic(
                code="recovery-failed",
                message=f"the unfinished change {unfinished.token} could not be undone on every device",
                hint="`clearway status` shows what each device holds; run the command again when all devices answer",
            )
        )
    journal.reach(unfinished.token, Phase.REVERTED)
    teller.begin(Phase.REVERTED)
    return "reverted"


def recover_all(fleet: Fleet, journal: Journal, progress: Progress = silent) -> tuple[str, ...]:
    """End every change that was left behind, oldest first: its name and how it ended. Raises ClearwayError."""
    return tuple(f"{u.token} {recover(fleet, journal, u, progress)}" for u in journal.unfinished())


def _refuse_unnamed(fleet: Fleet, unfinished: Unfinished) -> None:
    unnamed = sorted(set(unfinished.differences) - set(fleet.drivers))
    if unnamed:
        raise ClearwayError(
            Diagnostic(
                code="recovery-unnamed",
                message=f"the unfinished change {unfinished.token} is also on {', '.join(unnamed)}, which the campus "
                "does not name any more",
                hint="put it back into the campus, run `clearway apply`, and take it out then",
            )
        )


def jobs_of(fleet: Fleet, differences: Mapping[str, tuple[Difference, ...]]) -> list[Job]:
    """Each driver with what it has to do, in the order of the fleet; those with nothing to do are left out."""
    jobs = []
    for driver in fleet.all():
        own = tuple(d for d in differences.get(driver.device, ()) if d.key[0] in driver.kinds)
        if own:
            jobs.append((driver, own))
    return jobs


def fence(fleet: Fleet, unfinished: Unfinished) -> None:
    """Keep whoever began the change from its devices, before they are read: he may stand still, and wake up later.
    Raises ClearwayError."""
    concerned = [d for d in fleet.all() if d.device in unfinished.differences and isinstance(d, Fencing)]
    fleet.each(lambda d: d.fence(unfinished.sessions.get(d.device, ())), concerned)  # type: ignore[attr-defined]


def claim(fleet: Fleet) -> None:
    """The same of every device, as far as it answers: of those that do not, nothing is changed without it."""

    def one(driver: Driver) -> None:
        with suppress(DeviceError):
            driver.fence(())  # type: ignore[attr-defined]

    fleet.each(one, [d for d in fleet.all() if isinstance(d, Fencing)])


def bring_back(fleet: Fleet, journal: Journal, unfinished: Unfinished) -> None:
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
        journal.hold(HOLD_S)
        driver.commit(token, CONFIRM_TIMEOUT_S)
        driver.confirm(token)


def holds(seen: Operational, differences: Mapping[str, tuple[Difference, ...]], *, after: bool) -> bool:
    """Whether every device holds what the change makes (after), or what there was before it."""
    return all(
        seen.devices[device].state.objects.get(d.key) == (d.after if after else d.before)
        for device, changes in differences.items()
        for d in changes
    )


def _try(job: Callable[[], None]) -> None:
    try:
        job()
    except ClearwayError:
        return  # judged by reading back, not by what the device answers
