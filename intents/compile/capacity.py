"""How much is promised, and how much is free, at every port and PON that intents use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from intents.compile.admit import Where, used
from intents.compile.planner import Planner
from intents.model.campus import Campus, PonId
from intents.model.diagnostic import ClearwayError, has_errors
from intents.model.intent import ResolvedIntent

_NAMES: Final = {
    "in": "{0}:{1} in",
    "out": "{0}:{1} out",
    "uni": "{0}:{1} out",
    "uplink": "{0}:{1} up",
    "down": "{0}:{1} down",
    "pon-up": "{0}/{1} upstream",
    "pon-down": "{0}/{1} downstream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One resource, bit/s on the wire. free: what could still be promised there; of a queue's port less what its capped
    classes may take. holders: intents with what each is promised, the greatest first."""

    resource: str
    capacity_bps: int
    promised_bps: int
    free_bps: int
    holders: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """How many of something a PON or switch has, and how many are needed. most None: as many as one likes."""

    resource: str
    used: int
    most: int | None


def capacity(campus: Campus, intents: Sequence[ResolvedIntent]) -> tuple[Room, ...]:
    """Every resource in use, the fullest first. Raises ClearwayError where what is promised does not fit."""
    return _rooms(_planned(campus, intents))


def capacity_and_stock(campus: Campus, intents: Sequence[ResolvedIntent]) -> tuple[tuple[Room, ...], tuple[Stock, ...]]:
    """Rates as `capacity` says them, and what is counted: ONUs, T-CONTs, GEM ports, flow entries, meters; the fullest
    first. Raises ClearwayError."""
    planner = _planned(campus, intents)
    return _rooms(planner), _stocks(campus, planner)


def _planned(campus: Campus, intents: Sequence[ResolvedIntent]) -> Planner:
    planner = Planner(campus)
    faults = planner.update(intents)
    if has_errors(faults):
        raise ClearwayError(*faults)
    return planner


def _stocks(campus: Campus, planner: Planner) -> tuple[Stock, ...]:
    limits, states = planner.limits, planner.intended().states
    pons = (PonId(olt.name, pon) for olt in campus.olts.values() for pon in olt.pons)
    found = [(str(pon), count) for pon in pons for count in limits.on_pon(pon)]
    for switch in campus.switches.values():
        found += ((switch.name, count) for count in limits.on_switch(switch, states[switch.name]))
    stocks = [Stock(resource=f"{where} {c.what}", used=c.used, most=c.most) for where, c in found if c.used]
    return tuple(sorted(stocks, key=lambda s: (-s.used / (s.most or s.used * 10**6), s.resource)))


def _rooms(planner: Planner) -> tuple[Room, ...]:
    book = planner.ledger

    def room(where: Where) -> Room:
        resource, held = book.resources.at(where), book.held.get(where, {})
        return Room(
            resource=_NAMES[where[0]].format(*where[1:]),
            capacity_bps=resource.capacity_bps,
            promised_bps=sum(held.values()),
            free_bps=resource.spare_bps(),
            holders=tuple(sorted(held.items(), key=lambda h: (-h[1], h[0]))),
        )

    found = [room(where) for where in used(planner.context)]
    return tuple(sorted(found, key=lambda r: (-r.promised_bps / max(r.capacity_bps, 1), r.resource)))
