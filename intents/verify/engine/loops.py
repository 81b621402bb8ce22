"""Whether any packet at all can go round in a network of switches, destination by destination.

Destinations that no entry of the network tells apart are a class. For each class there is a graph: a switch leads to
another if any of its tables, looked up by itself, sends any packet to the class's destinations there, whatever else the
packet is, by whichever port it came and whatever the tables before would have done with it. That is more than switches
do, so where no graph has a cycle there is no loop (a class stays the same on the way, as long as nothing writes the
destination). Only classes whose graph has one are followed as predicates, from every edge of the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final

from intents.model.switch import PORT_IN_PORT
from intents.verify.engine.follow import Port, follow
from intents.verify.engine.pipeline import Look, Pipeline
from intents.verify.engine.rewrite import single_tagged, untagged
from intents.verify.engine.space import Part, Predicate, space

_IPV4: Final = 0x0800
_FULL: Final = 0xFFFFFFFF


def loops(switches: Mapping[str, Pipeline], cables: Mapping[Port, Port], edges: Iterable[Port]) -> tuple[Port, ...]:
    """Ports at which packets come again that came before, sorted; none if there is no loop, for all packets with no tag
    or one that enter at the edges. Packets whose way cannot be told are followed no further."""
    doubtful = list(_cyclic(switches, cables))
    found: set[Port] = set()
    if doubtful:
        tags = untagged() | single_tagged()
        for edge in edges:
            for packets, value, mask in doubtful:
                for port, passage in follow(switches, cables, edge, Look(0, packets & tags, value, mask)):
                    if passage is None:
                        found.add(port)
    return tuple(sorted(found))


def _cyclic(switches: Mapping[str, Pipeline], cables: Mapping[Port, Port]) -> Iterator[tuple[Predicate, int, int]]:
    """The packets of each class whose graph has a cycle, with the bits that they have in common."""
    starts = _borders(switches)
    if starts is None or any(pipeline.writes("ipv4_dst", "eth_type") for pipeline in switches.values()):
        yield space().true, 0, 0
        return
    for first, end in zip(starts, [*starts[1:], _FULL + 1], strict=True):
        parts: tuple[Part, ...] = (("eth_type", _IPV4, 0xFFFF), ("ipv4_dst", first, _FULL))
        one = space().match(parts)  # stands for the class
        if not _acyclic(switches, cables, one.yes, one.value, one.mask):
            kind = space().match(parts[:1])
            yield kind.yes & space().interval("ipv4_dst", first, end), kind.value, kind.mask
    other = space().match([("eth_type", _IPV4, 0xFFFF)]).no
    if not _acyclic(switches, cables, other, 0, 0):
        yield other, 0, 0


def _borders(switches: Mapping[str, Pipeline]) -> list[int] | None:
    """Where classes begin, ascending; None where a mask on the destination is no prefix."""
    at, _ = space().bits_of([("ipv4_dst", 1, 1)])
    found, seen = {0}, set()
    for pipeline in switches.values():
        for rule in pipeline.rules():
            value, mask = rule.match.value // at & _FULL, rule.match.mask // at & _FULL
            if (value, mask) in seen:
                continue
            seen.add((value, mask))
            size = (mask ^ _FULL) + 1
            if size & (size - 1):
                return None
            found |= {value, value + size} if mask else set()
    return sorted(found - {_FULL + 1})


def _acyclic(
    switches: Mapping[str, Pipeline], cables: Mapping[Port, Port], packets: Predicate, value: int, mask: int
) -> bool:
    graph: dict[str, set[str]] = {}
    for name, pipeline in switches.items():
        ports = pipeline.sends(packets, value, mask)
        if PORT_IN_PORT in ports:
            return False  # back to where it came from, wherever that was
        ends = {cables[name, port][0] for port in ports if (name, port) in cables}
        if ends:
            graph[name] = ends
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return False
    return True
