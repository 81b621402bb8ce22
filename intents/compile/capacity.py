"""How much is promised, and how much is free, at every port and PON that intents use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from intents.compile.admit import Where, used
from intents.compile.planner import Planner
from intents.model.campus import Campus
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


def capacity(campus: Campus, intents: Sequence[ResolvedIntent]) -> tuple[Room, ...]:
    """Every resource in use, the fullest first. Raises ClearwayError where what is promised does not fit."""
    planner = Planner(campus)
    faults = planner.update(intents)
    if planner.ledger is None or planner.context is None or has_errors(faults):
        raise ClearwayError(*faults)
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
