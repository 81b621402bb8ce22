"""Waypoint: what an intent sends by a switch goes by it.

In words: no packet that the intent allows, to whatever MAC address it is sent, arrives at the receiver's port without
having crossed the switch, neither now nor when a port, an ONU or a neighbour comes or goes.

In sets: for each way w, let P(w) be its packets (claims.packets) with every eth_dst. With T* the union of the network's
transfer functions over all states of ports, neighbours and ONUs, in which the switch drops everything, T*(P(w)) and
{anything at the receiver's port} are disjoint. It holds vacuously where no packet of the intent arrives at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from intents.model.evidence import Finding, Property
from intents.model.intent import ResolvedIntent
from intents.verify.claims import Way, packets
from intents.verify.evidence.natural import Shown, counterexample, one_packet, preferences
from intents.verify.network.network import Network
from intents.verify.packets.packet import Header
from intents.verify.packets.steps import Leaf
from intents.verify.treatment import Treatment


def check_waypoint(treatment: Treatment, resolved: ResolvedIntent) -> Finding | None:
    """The finding for an intent with a waypoint; None for any other."""
    via = resolved.intent.via
    if via is None:
        return None
    network, arrived = treatment.network, 0
    for way in treatment.ways(resolved):
        for sent in packets(network, way, network.atoms["mac"].full):
            for leaf in network.follow(way.source.port, sent, to=way.destination.port):
                if leaf.end not in {"delivered", "doubt"}:
                    continue
                arrived += 1
                if not _crosses(leaf, via):
                    return _beside(network, way, sent, leaf, via)
    statement = f"every packet of {resolved.name} that arrives has crossed {via}"
    if not arrived:
        statement = f"no packet of {resolved.name} arrives that could have crossed {via}"
    return Finding(property=Property.WAYPOINT, holds=True, statement=statement, vacuous=not arrived)


def _crosses(leaf: Leaf, via: str) -> bool:
    return any(step.device == via for step in leaf.steps)


def _beside(network: Network, way: Way, sent: Header, leaf: Leaf, via: str) -> Finding:
    """A packet that arrives and did not cross the switch, or of which that cannot be told."""
    if leaf.end == "doubt":
        statement = f"{way}: cannot be proven to cross {via}: {leaf.doubt}"
        return Finding(property=Property.WAYPOINT, holds=False, cannot_prove=True, statement=statement)
    port, to = way.source.port, way.destination.port

    def ends(candidate: Header, at: Network = network) -> Iterator[Leaf]:
        leaves = at.follow(port, candidate, to=to)
        return (x for x in leaves if x.end == "delivered" and not _crosses(x, via))

    proto = way.services[0].protocol if way.services else 1
    prefer = preferences(network, way.source, way.destination, proto)
    packet = one_packet(network, sent, lambda h: next(ends(h), None) is not None, prefer)
    shown = Shown(packet, next(ends(packet)), sent)
    example = counterexample(
        network,
        shown,
        f"crosses {via}",
        f"arrives at {network.where(to)} without",
        broken=lambda other: next(ends(packet, other), None) is not None,
    )
    statement = f"{way} goes past {via}{shown.leaf.later}"
    return Finding(property=Property.WAYPOINT, holds=False, statement=statement, counterexample=example)
