"""Fast failover: a cable between two switches that has to be survived, and another beside it that takes over by itself.

The cable is protected as a whole, so that both its ends agree what it means: what leaves by its ports goes to a group,
which outputs to the port while it is up and to the other cable's port from then on; what comes by the other cable is
looked up as though it had come by this one; the other cable's ports have the queues of this one's. That there is room
on it needs no proof of its own: it is at least as fast (topology.py), and no way uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from intents.compile.context import Context
from intents.compile.flows import output
from intents.compile.survive import failures_of
from intents.compile.topology import Cable, OutPort
from intents.model.intent import ResolvedIntent
from intents.model.switch import GROUP_IDS, Action, Bucket, GroupEntry, ToGroup


def protected_ports(context: Context, surviving: Iterable[ResolvedIntent]) -> frozenset[OutPort]:
    """Both ends of the cables that one of these intents goes by and whose failure it is to survive, where another is
    beside them."""
    return frozenset(
        end
        for resolved in surviving
        for cable in _cables(context, resolved)
        if not {f"{end.switch}:{end.port}" for end in cable}.isdisjoint(
            f.name for f in failures_of(context, resolved) if f.kind == "link"
        )
        for end in cable
    )


def _cables(context: Context, resolved: ResolvedIntent) -> Iterator[Cable]:
    ups = {up for p in (*resolved.sources, *resolved.destinations) for up in context.topology.routes[p.name].ups}
    yield from (used for used in context.topology.twins if used.lower in ups)


def group_number(port: int) -> int:
    """The group of a port, numbered by it: nothing to allocate, and the same on every machine."""
    return GROUP_IDS[0] + port


def way_out(context: Context, switch: str, port: int) -> Action:
    """To the port, or to the group that stands for it."""
    return output(port) if context.standby(OutPort(switch, port)) is None else _to_group(port)


@lru_cache(maxsize=4096)
def _to_group(port: int) -> ToGroup:
    return ToGroup(group_number(port))


@lru_cache(maxsize=4096)
def failover_group(port: int, standby: int) -> GroupEntry:
    """To the port while it is up, else to the other. The queue is set before, the same for both."""
    buckets = tuple(Bucket(actions=(output(number),), watch_port=number) for number in (port, standby))
    return GroupEntry(group_id=group_number(port), type="ff", buckets=buckets)
