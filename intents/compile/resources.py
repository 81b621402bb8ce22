"""What a promise takes its rate from: ports, T-CONTs under a PON, queues under a PON and under a UNI.

A resource says how much is free for an intent, given what others already have. Rates in bit/s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from intents.compile.pon_profiles import WEIGHT_UNIT_BPS, round_up, weight
from intents.compile.pon_service import shared_rank
from intents.model.campus import Campus, Endpoint, ServiceClass
from intents.model.units import format_rate

PORT: Final = "port"
PON: Final = "pon"

# One share of a resource: who takes it (a T-CONT's or queue's name; empty where it does not matter).
Shares = Mapping[str, int]


@dataclass(slots=True, kw_only=True)
class Plain:
    """A port or PON on which promises only add up. rounded: every share is a profile of its own, in whole Mbit/s."""

    label: str
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

    def take(self, wanted: Shares) -> None:
        """Note it as promised."""
        for key, bps in wanted.items():
            before = self.shares.get(key, 0)
            self.shares[key] = before + bps
            self.used_bps += self._cost(before + bps) - self._cost(before)


@dataclass(slots=True, kw_only=True)
class Scheduled:
    """Queues served by strict priority, those of one priority by weight: a PON downstream, or one UNI of it.

    What capped classes may take goes off first; the promises of uncapped classes share the rest by weight, together
    with the queues of the shared priority that are promised nothing (weight 1).
    """

    label: str
    capacity_bps: int
    classes: Mapping[str, ServiceClass]  # by queue
    top: int  # the shared priority
    port: Endpoint | None = None
    promised: dict[str, int] = field(default_factory=dict)

    def _with(self, wanted: Shares) -> dict[str, int]:
        return self.promised | {key: self.promised.get(key, 0) + bps for key, bps in wanted.items()}

    def _left_bps(self, promised: Shares) -> int:
        """What is left when every capped class takes all that it may."""
        caps = (max(c.cap_bps, promised.get(q, 0)) for q, c in self.classes.items() if c.cap_bps is not None)
        return self.capacity_bps - sum(caps)

    def _weights(self, promised: Shares) -> dict[str, int]:
        return {
            q: weight(promised.get(q, 0))
            for q, c in self.classes.items()
            if c.cap_bps is None and (promised.get(q, 0) or c.priority >= self.top)
        }

    def fits(self, wanted: Shares) -> bool:
        """Whether every promise holds in the worst case."""
        promised = self._with(wanted)
        left_bps, weights = self._left_bps(promised), self._weights(promised)
        total = sum(weights.values())
        if left_bps < 0:
            return False
        if left_bps >= total * WEIGHT_UNIT_BPS:  # a unit of weight is worth what it stands for
            return True
        return all(left_bps * share >= promised.get(q, 0) * total for q, share in weights.items())

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
        return max(self._left_bps(self.promised) - uncapped, 0)

    def take(self, wanted: Shares) -> None:
        """Note it as promised."""
        self.promised = self._with(wanted)


Resource = Plain | Scheduled


def port_label(endpoint: Endpoint, rate_bps: int) -> str:
    """`onu-ct:2 is a 1 Gbit/s port`."""
    return f"{endpoint} is a {format_rate(rate_bps)} port"


def pon_label(pon: object, capacity_bps: int, way: Literal["upstream", "downstream"]) -> str:
    """`olt-1/pon-1 carries 8.67 Gbit/s upstream`."""
    return f"{pon} carries {format_rate(capacity_bps)} {way}"


def top_priority(campus: Campus) -> int:
    """The priority that promised queues of uncapped classes share."""
    return shared_rank(campus)
