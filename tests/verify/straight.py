"""The straightforward way to verdicts: each sender's packets followed by themselves, to every end, one after the other.

Slow, and nothing shared between two senders. It is what the verifier did before it looked at each state once, and what
it has to agree with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from intents.model.campus import Endpoint
from intents.model.intent import Permission, ResolvedIntent
from intents.verify.claims import Way, anything_of, service_sets, ways
from intents.verify.network.network import Network
from intents.verify.network.spread import Lift
from intents.verify.packets.packet import TPID_C, TPID_S, Header, anything
from intents.verify.packets.steps import Leaf
from intents.verify.properties.trust import lifting
from intents.verify.treatment import Treatment

Bad = Callable[[Endpoint, Header], bool]


def highest(lift: Lift, leaves: Sequence[Leaf]) -> int | None:
    """The highest class that any step on the way to any end lifts packets to."""
    return max(
        (
            lift(step, leaf.end == "delivered" and number == len(leaf.steps))
            for leaf in leaves
            for number, step in enumerate(leaf.steps, start=1)
        ),
        default=None,
    )


def intruders(treatment: Treatment) -> Iterator[tuple[Endpoint, int]]:
    """The edge ports whose packets get into a class above what they are entitled to, and how high."""
    network, lift = treatment.network, lifting(treatment.network)
    for port in network.edge_ports():
        reached = highest(lift, [*network.follow(port, anything(network.atoms))])
        if reached is not None and reached > max(treatment.entitled(port), treatment.default.priority):
            yield port, reached


def is_in_doubt(network: Network) -> bool:
    """Whether of anything that anybody sends it cannot be told what becomes of it."""
    everything = anything(network.atoms)
    return any(leaf.end == "doubt" for port in network.edge_ports() for leaf in network.follow(port, everything))


def kept_apart(treatment: Treatment, resolved: ResolvedIntent) -> tuple[bool, bool]:
    """Of a deny or quarantine intent: whether it holds, and whether it cannot be proven."""
    for leaves, bad in _claims(treatment, resolved):
        if any(leaf.end == "delivered" and leaf.port is not None and bad(leaf.port, leaf.header) for leaf in leaves):
            return False, False
        if any(leaf.end == "doubt" for leaf in leaves):
            return False, True
    return True, False


def _claims(treatment: Treatment, resolved: ResolvedIntent) -> Iterator[tuple[Sequence[Leaf], Bad]]:
    network = treatment.network
    if resolved.intent.permission is Permission.QUARANTINE:
        for place in resolved.sources:
            for port in network.edge_ports():
                own, home = port == place.port, place.port
                leaves = [*network.follow(port, anything(network.atoms))]
                yield leaves, partial(_escaped, own, home)
        return
    for way in ways(resolved):
        for sent in anything_of(network, way.source, service_sets(network, way)):
            yield [*network.follow(way.source.port, sent)], _Denied(treatment, way, sent)


def _escaped(own: bool, home: Endpoint, at: Endpoint, _: Header) -> bool:
    return (at != home) if own else (at == home)


class _Denied:
    """Whether what is delivered at a port is what a way must not carry."""

    def __init__(self, treatment: Treatment, way: Way, sent: Header) -> None:
        self.treatment, self.way = treatment, way
        types = treatment.network.atoms["eth_type"]
        self.pinned = not sent.get("eth_type") & (types.of(TPID_C) | types.of(TPID_S))

    def __call__(self, port: Endpoint, header: Header) -> bool:
        if port != self.way.destination.port or self.treatment.belongs_to_another(self.way, header):
            return False
        return self.pinned or self.treatment.may_be_of(self.way, header)


def arrivals(network: Network, port: Endpoint, sent: Header, to: Endpoint) -> list[Leaf]:
    """The ends of packets at a port as things are, found among all ends."""
    leaves = network.follow(port, sent, only_now=True)
    return [leaf for leaf in leaves if leaf.end == "delivered" and leaf.port == to]
