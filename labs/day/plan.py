"""Who of a lab sends what to whom in the course of the day, from its campus and intents. Pure.

A place talks to whom an intent says, in the way of its profile; one of a segment without a profile sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from intents.model.campus import Campus, Place
from intents.model.intent import Permission, ResolvedIntent
from labs.day.profile import HOURS, PROFILES, Greedy, Paced, Studies, busy

HEADERS_BYTES: Final = 18 + 20 + 8  # Ethernet with its checksum, IPv4, UDP


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """From a place to another, by their network namespaces. place: whose service it is; kind: its segment.

    pace: packets a second at the busiest, of `size` bytes; study: bytes carried once an hour, `within` seconds at most;
    flows: of TCP that takes what it gets. promised_bps: at full rate, 0 where nothing is. busy: by hour, from 0 to 1.
    """

    kind: str
    place: str
    sender: str
    address: str
    receiver: str
    to_address: str
    busy: tuple[float, ...]
    size: int = 0
    pace: float = 0.0
    study: int = 0
    within: float = 0.0
    flows: int = 0
    promised_bps: int = 0
    limit_bps: int = 0

    def as_json(self) -> dict[str, Any]:
        """For the program that replays."""
        return asdict(self)


def flows_of(
    campus: Campus,
    intents: Iterable[ResolvedIntent],
    places: Collection[str],
    netns: Callable[[str], str],
    scale: int,
) -> tuple[Flow, ...]:
    """All flows of the places that carry packets. scale: k, by which rates and sizes are divided."""
    found: list[Flow] = []
    served: set[str] = set()
    for resolved in sorted(intents, key=lambda r: r.name):
        intent = resolved.intent
        if intent.permission is not Permission.ALLOW or resolved.services or intent.is_posture:
            continue
        for source, destination in resolved.forward_pairs():
            for own, other in ((source, destination), (destination, source)):
                place = campus.places[own]
                if own in places and own not in served and place.segment in PROFILES:
                    served.add(own)
                    found += _flows(resolved, place, campus.places[other], netns, scale)
    return tuple(found)


def _flows(
    resolved: ResolvedIntent, place: Place, server: Place, netns: Callable[[str], str], scale: int
) -> Iterator[Flow]:
    profile, intent = PROFILES[place.segment], resolved.intent
    hours = tuple(busy(profile.hours, hour) for hour in range(HOURS))
    ways = {"up": ((place, server),), "down": ((server, place),), "both": ((place, server), (server, place))}
    more: dict[str, Any]
    match profile:
        case Paced():
            pairs = ways[profile.way]
            size = profile.payload_bytes
            more = {"size": size, "pace": profile.bps / scale / 8 / (size + HEADERS_BYTES)}
        case Greedy():
            pairs = ways[profile.way]
            more = {"flows": profile.flows}
        case Studies():
            deliver = intent.deliver
            if deliver is None:
                return
            pairs = ways["down" if server in resolved.sources else "up"]
            study = deliver.images * deliver.size_bytes // scale
            more = {"study": study, "within": deliver.within_us / 1e6}
    for sender, receiver in pairs:
        yield Flow(
            kind=place.segment,
            place=place.name,
            sender=netns(sender.name),
            address=str(sender.address),
            receiver=netns(receiver.name),
            to_address=str(receiver.address),
            busy=hours,
            promised_bps=intent.guarantee_bps or 0,
            limit_bps=intent.limit_bps or 0,
            **more,
        )
