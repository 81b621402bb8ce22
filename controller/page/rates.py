"""Measured rates: from two countings of the same bytes, kept for an hour. Pure; times are seconds since 1970."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, Generic, NamedTuple, TypeVar

Key = TypeVar("Key")
KEPT_S: Final = 3600.0
_BITS: Final = 8


class Pair(NamedTuple):
    """Who sends to whom; port: of the server, where the entry that counts speaks of one, else 0."""

    source: str
    destination: str
    port: int = 0


class Rates(Generic[Key]):
    """Bit/s by what is counted. Of each moment only what was not idle is kept."""

    def __init__(self, step_s: float) -> None:
        self._before: tuple[float, Mapping[Key, int]] | None = None
        self._kept: deque[tuple[float, Mapping[Key, float]]] = deque(maxlen=int(KEPT_S / step_s))

    def counted(self, at: float, counts: Mapping[Key, int]) -> None:
        """Bytes since each began to count. What counts less than before began anew."""
        before, self._before = self._before, (at, counts)
        if before is None or at <= before[0]:
            return
        then, seconds = before[1], at - before[0]
        moved = {
            key: count - then[key] if count >= then[key] else count for key, count in counts.items() if key in then
        }
        self._kept.append((at, {key: _BITS * count / seconds for key, count in moved.items() if count}))

    def lost(self) -> None:
        """Nobody could count: the time until the next counting is not known."""
        self._before = None

    def between(self, since: float, until: float) -> list[tuple[float, Mapping[Key, float]]]:
        """What was measured from one moment to another."""
        return [(at, rates) for at, rates in list(self._kept) if since <= at <= until]

    def now(self, key: Key) -> float | None:
        """The newest of one; None where it is not counted."""
        if not self._kept or self._before is None or key not in self._before[1]:
            return None
        return self._kept[-1][1].get(key, 0.0)


def average(measured: list[tuple[float, Mapping[Key, float]]]) -> dict[Key, float]:
    """Over some moments; what was idle in one counts as 0 there."""
    total: dict[Key, float] = {}
    for _, rates in measured:
        for key, rate in rates.items():
            total[key] = total.get(key, 0.0) + rate
    return {key: rate / len(measured) for key, rate in total.items()}
