"""Who loads the network while a study is fetched or stored: 80 greedy flows, dealt to the places of a campus. Pure.

The same pairs in every arm, downwards (server to place) or upwards (place to server), each pair one that the labs'
intents allow. The room that is measured, the monitor and the phone carry nothing else (labs/notes/0002).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from intents.model.campus import Campus


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A kind of bulk traffic: between a server and the places of groups."""

    name: str
    server: str
    groups: tuple[str, ...]
    flows: int


JOBS: Final = (
    Job(name="prefetch", server="archive", groups=("viewers",), flows=30),
    Job(name="backup", server="backup", groups=("desks",), flows=20),
    Job(name="guest", server="internet", groups=("guest-wifi",), flows=20),
    Job(name="update", server="updates", groups=("pumps", "cameras"), flows=10),
)


def deal(flows: int, places: tuple[str, ...]) -> Mapping[str, int]:
    """Flows by place, as evenly as can be, the first places first."""
    return {p: flows // len(places) + (n < flows % len(places)) for n, p in enumerate(places)}


def members(campus: Campus, name: str) -> tuple[str, ...]:
    """The places of a group (and of what is in it) or of a segment, or the place of that name. Raises KeyError."""
    if name in campus.places:
        return (name,)
    if name in campus.segments:
        return tuple(p.name for p in campus.places.values() if p.segment == name)
    return tuple(place for member in campus.groups[name].members for place in members(campus, member))


def flows_of(campus: Campus, netns: Callable[[str], str], *, upwards: bool) -> list[dict[str, Any]]:
    """All flows, in the form that `labs.bench.load` reads. Raises KeyError where the campus lacks a group or server."""
    found = []
    for job in JOBS:
        places = tuple(dict.fromkeys(p for g in job.groups for p in members(campus, g)))
        for place, count in deal(job.flows, places).items():
            pair = (place, job.server) if upwards else (job.server, place)
            sender, receiver = (campus.places[name] for name in pair)
            if count:
                found.append(
                    {
                        "name": job.name,
                        "from": netns(sender.name),
                        "address": str(sender.address),
                        "to": netns(receiver.name),
                        "to_address": str(receiver.address),
                        "flows": count,
                    }
                )
    return found
