"""All devices of a campus behind their drivers: read them side by side, and say whose fault a fault is.

A device may have two drivers (a switch: OpenFlow for flows, OVSDB for queues); their observations are merged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextvars import copy_context
from dataclasses import replace
from typing import Self, TypeVar

from intents.model.campus import Campus
from intents.model.diagnostic import NOWHERE, ClearwayError, Diagnostic, Position
from intents.model.plan import Asker
from intents.model.state import DeviceObject, DeviceState, ObjectKey, Observation, Operational
from intents.model.switch import SwitchFacts
from southbound.driver import DeviceRefused, Driver, Fencing

Result = TypeVar("Result")


class Fleet:
    """Drivers by device. Use as a context manager: closing lets go of every session."""

    def __init__(self, campus: Campus, drivers: Mapping[str, Sequence[Driver]]) -> None:
        self.campus = campus
        self.drivers = drivers
        self._pool = ThreadPoolExecutor(max_workers=max(4, len(drivers) * 2), thread_name_prefix="fleet")

    def each(
        self,
        job: Callable[[Driver], Result],
        drivers: Sequence[Driver] | None = None,
        through: Callable[[str], None] = lambda _: None,
    ) -> list[Result]:
        """Run the job on the drivers side by side, in order of the drivers; through: is told of each device when its
        job has ended well. Raises ClearwayError with all faults, after every job has ended."""
        chosen = self.all() if drivers is None else list(drivers)
        futures = [self._pool.submit(copy_context().run, job, d) for d in chosen]
        device_of = {id(future): driver.device for future, driver in zip(futures, chosen, strict=True)}
        try:
            for future in as_completed(futures):
                if future.exception() is None:
                    through(device_of[id(future)])
            return self._results(chosen, futures)
        finally:
            wait(futures)  # also when somebody presses Ctrl-C: what comes next talks to the same devices

    def _results(self, chosen: Sequence[Driver], futures: Sequence[Future[Result]]) -> list[Result]:
        results: list[Result] = []
        faults: list[Diagnostic] = []
        first: ClearwayError | None = None
        for driver, future in zip(chosen, futures, strict=True):
            try:
                results.append(future.result())
            except ClearwayError as error:
                first = first or error
                faults += [self.located(d, driver.device) for d in error.diagnostics]
        if first is not None:
            first.diagnostics = tuple(faults)
            raise first
        return results

    def only(self, devices: Collection[str]) -> Fleet:
        """These devices by the same drivers: to be closed as well, before this one."""
        return Fleet(self.campus, {name: own for name, own in self.drivers.items() if name in devices})

    def all(self) -> list[Driver]:
        """Every driver, by device name, in the order in which a change is committed."""
        return [d for name in sorted(self.drivers) for d in self.drivers[name]]

    def sessions(self) -> Mapping[str, str]:
        """By device, what it calls the session of now, where somebody may have to end it by that name."""
        return {d.device: d.session for d in self.all() if isinstance(d, Fencing) and d.session}

    def observe(self, through: Callable[[str], None] = lambda _: None) -> Operational:
        """The operational state of every device; through: as of `each`."""
        drivers = self.all()
        observations = self.each(lambda d: d.observe(), drivers, through)
        found: dict[str, list[Observation]] = {}
        for driver, seen in zip(drivers, observations, strict=True):
            found.setdefault(driver.device, []).append(seen)
        return Operational(devices={device: merged(parts) for device, parts in found.items()})

    def observe_one(self, device: str) -> Observation:
        """One device's operational state."""
        return merged([driver.observe() for driver in self.drivers[device]])

    def position_of(self, device: str) -> Position:
        """Where the device is written in the campus."""
        found = self.campus.switches.get(device) or self.campus.olts.get(device)
        return found.position if found else NOWHERE

    def located(self, diagnostic: Diagnostic, device: str) -> Diagnostic:
        """The diagnostic with the device's own place in the campus where it has none better."""
        if diagnostic.position != NOWHERE:
            return diagnostic
        return replace(diagnostic, position=self.position_of(device))

    def close(self) -> None:
        """Close all drivers, each as far as it can be."""
        for driver in self.all():
            driver.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def merged(parts: Sequence[Observation]) -> Observation:
    """What a device holds, from what each of its drivers saw, in their order; at least one."""
    first, *others = parts
    for second in others:
        facts = first.facts
        if isinstance(facts, SwitchFacts) and isinstance(second.facts, SwitchFacts) and second.facts.ports:
            facts = facts if facts.ports else second.facts
        objects: dict[ObjectKey, DeviceObject] = {**first.state.objects, **second.state.objects}
        first = Observation(state=DeviceState(device=first.state.device, objects=objects), facts=facts)
    return first


def blame(
    error: DeviceRefused, device: str, askers: Mapping[tuple[str, ObjectKey], tuple[Asker, ...]]
) -> tuple[Diagnostic, ...]:
    """The refusal with the position of the intent that asked for the refused object, where that is known."""
    wanted = error.object_name
    named = [
        a
        for (d, key), found in askers.items()
        if d == device and wanted and wanted in (repr(key), *map(str, key))
        for a in found
    ]
    if not named:
        return error.diagnostics
    who = min(named)
    return tuple(
        replace(d, position=who.position, message=f"{d.message} (asked for by {who.name})") for d in error.diagnostics
    )
