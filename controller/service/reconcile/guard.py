"""Who repairs the same thing again and again fights somebody: after some times it is left alone, and said."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from intents.model.evidence import Drift
from intents.model.state import ObjectKey

Thing = tuple[str, ObjectKey]


class Guard:
    """Counts repairs of each object. most: within `within_s`; times are of a clock that does not jump."""

    def __init__(self, most: int, within_s: float) -> None:
        self._most, self._within_s = most, within_s
        self._repairs: dict[Thing, deque[float]] = {}
        self._left: set[Thing] = set()

    def left(self, device: str, drifts: Iterable[Drift], now: float) -> tuple[Drift, ...]:
        """Those of a device's drifts that are left alone: repaired too often lately. Until they are gone, for whatever
        reason: then it begins from the start."""
        listed = tuple(drifts)
        things = {(device, d.key) for d in listed}
        for thing in [t for t in self._left if t[0] == device and t not in things]:
            self._left.discard(thing)
            self._repairs.pop(thing, None)
        self._left |= {thing for thing in things if self._lately(thing, now) >= self._most}
        return tuple(d for d in listed if (device, d.key) in self._left)

    def repaired(self, device: str, drifts: Iterable[Drift], now: float) -> None:
        """These were repaired."""
        self._repairs = {thing: times for thing, times in self._repairs.items() if self._lately(thing, now)}
        for drift in drifts:
            self._repairs.setdefault((device, drift.key), deque()).append(now)

    def _lately(self, thing: Thing, now: float) -> int:
        times = self._repairs.get(thing, deque())
        while times and now - times[0] > self._within_s:
            times.popleft()
        return len(times)
