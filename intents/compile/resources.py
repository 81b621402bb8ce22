"""What a promise takes its rate from: ports, T-CONTs under a PON, queues under a PON and under a UNI.

A resource says how much is free for an intent, given what others already have. Rates in bit/s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from intents.compile.pon_profiles import WEIGHT_UNIT_BPS, round_up, weight
from intents.model.campus import Endpoint, ServiceClass
from intents.model.units import format_rate

PORT: Final = "port"
PON: Final = "pon"

# One share of a resource: who takes it (a T-CONT's or queue's name; empty where it does not matter).
Shares = Mapping[str, int]


@dataclass(slots=True, kw_only=True)
class Plain:
    """A port or PON on which promises only add up. rounded: every share is a profile of its own, in whole Mbit/s."""

    label: Callable[[], str]  # in words, for a refusal
    capacity_bps: int
    port: Endpoint | None = None  # the port itself, where moving to another may help
    rounded: bool = False
    shares: dict[str, int] = field(default_factory=dict)
    used_bps: int = 0

    def _cost(self, bps: int) -> int:
        return round_up(bps) if self.rounded else bps

    def fits(self, wanted: Shares) -> bool:
        """Whether all of it still fits."""
        more = sum(self._cost(self.shares.get(k, 0) + v) - self._cost(self.shares.get(k, 0)) for k, v in wanted.items())
        return self.used_bps + more <= self.capacity_bps

    def free_bps(self, _wanted: Shares) -> int:
        """What is left."""
        return max(self.capacity_bps - self.used_bps, 0)

    def spare_bps(self) -> int:
        """What nobody was promised."""
        return max(self.capacity_bps - self.used_bps, 0)

    has_slack: ClassVar[bool] = True  # promises only add up, in any order

    def take(self, wanted: Shares, sign: int = 1) -> None:
        """Note it as promised; sign -1: as promised no longer."""
        for key, bps in wanted.items():
            before = self.shares.get(key, 0)
            after = before + sign * bps
            if after:
                self.shares[key] = after
            else:
                self.shares.pop(key, None)
            self.used_bps += self._cost(after) - self._cost(before)

    def clear(self) -> None:
        """Nothing is promised."""
        self.shares.clear()
        self.used_bps = 0


@dataclass(slots=True, kw_only=True)
class Scheduled:
    """Queues served by strict priority, those of one priority by weight: a PON downstream, or one UNI of it.

    What capped classes may take goes off first; the promises of uncapped classes share the rest by weight, together
    with the queues of the shared priority that are promised nothing (weight 1). Sums are kept as queues come and go.
    """

    label: Callable[[], str]  # in words, for a refusal
    capacity_bps: int
    top: int  # the shared priority
    port: Endpoint | None = None
    classes: dict[str, ServiceClass] = field(default_factory=dict)  # by queue
    promised: dict[str, int] = field(default_factory=dict)
    _capped_bps: int = 0
    _weights: int = 0

    def set_class(self, queue: str, cls: ServiceClass | None) -> None:
        """A queue comes, changes its class, or goes (None)."""
        before = self.classes.get(queue)
        if before is cls:
            return
        if before is not None:
            self._count(queue, -1)
            del self.classes[queue]
        if cls is not None:
            self.classes[queue] = cls
            self._count(queue, 1)

    def _count(self, queue: str, sign: int) -> None:
        capped_bps, share = self._part(queue, self.promised.get(queue, 0))
        self._capped_bps += sign * capped_bps
        self._weights += sign * share

    def _part(self, queue: str, promised_bps: int) -> tuple[int, int]:
        """What a queue takes off the top, and its weight in the rest."""
        cls = self.classes[queue]
        if cls.cap_bps is not None:
            return max(cls.cap_bps, promised_bps), 0
        return 0, weight(promised_bps) if promised_bps or cls.priority >= self.top else 0

    def _with(self, wanted: Shares) -> tuple[int, int]:
        capped_bps, weights = self._capped_bps, self._weights
        for queue, bps in wanted.items():
            before = self.promised.get(queue, 0)
            old, new = self._part(queue, before), self._part(queue, before + bps)
            capped_bps += new[0] - old[0]
            weights += new[1] - old[1]
        return capped_bps, weights

    def fits(self, wanted: Shares) -> bool:
        """Whether every promise holds in the worst case."""
        capped_bps, weights = self._with(wanted)
        left_bps = self.capacity_bps - capped_bps
        if left_bps < 0:
            return False
        if left_bps >= weights * WEIGHT_UNIT_BPS:  # a unit of weight is worth what it stands for
            return True
        promised = self.promised | {key: self.promised.get(key, 0) + bps for key, bps in wanted.items()}
        shares = ((q, self._part(q, promised.get(q, 0))[1]) for q in self.classes)
        return all(left_bps * share >= promised.get(q, 0) * weights for q, share in shares if share)

    @property
    def has_slack(self) -> bool:
        """Whether all promises fit with room, so that they would have fitted in any order."""
        return self.capacity_bps - self._capped_bps >= self._weights * WEIGHT_UNIT_BPS

    def free_bps(self, wanted: Shares) -> int:
        """The most that the queues wanted could be promised together, in the proportion wanted; found by halving."""
        total = sum(wanted.values())
        low, high = 0, total
        while low < high:
            middle = (low + high + 1) // 2
            if self.fits({key: bps * middle // total for key, bps in wanted.items()}):
                low = middle
            else:
                high = middle - 1
        return low

    def spare_bps(self) -> int:
        """What nobody was promised, and no capped class may take."""
        uncapped = sum(bps for q, bps in self.promised.items() if self.classes[q].cap_bps is None)
        return max(self.capacity_bps - self._capped_bps - uncapped, 0)

    def take(self, wanted: Shares, sign: int = 1) -> None:
        """Note it as promised; sign -1: as promised no longer."""
        for queue, bps in wanted.items():
            known = queue in self.classes
            if known:
                self._count(queue, -1)
            left = self.promised.get(queue, 0) + sign * bps
            if left:
                self.promised[queue] = left
            else:
                self.promised.pop(queue, None)
            if known:
                self._count(queue, 1)

    def clear(self) -> None:
        """Nothing is promised."""
        self.take(dict(self.promised), -1)


Resource = Plain | Scheduled


def port_label(endpoint: Endpoint, rate_bps: int) -> str:
    """`onu-ct:2 is a 1 Gbit/s port`."""
    return f"{endpoint} is a {format_rate(rate_bps)} port"


def pon_label(pon: object, capacity_bps: int, way: str) -> str:
    """`olt-1/pon-1 carries 8.67 Gbit/s upstream`."""
    return f"{pon} carries {format_rate(capacity_bps)} {way}"
