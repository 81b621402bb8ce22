"""Loop: nothing goes round.

In words: no packet that the intent's places send, whatever its headers, comes again to a port where it was, as it was
there; neither now nor when a port, an ONU or a neighbour comes or goes. Where the intent promises a rate or a time the
same of all that anybody sends: what goes round takes rates that no bound reckons with. A loop that TTL ends is a loop.

In sets: with T* the one-device transfer functions of the network, over all states of ports, neighbours and ONUs, the
graph of (port, packet) -> T*(port, packet), from what is sent at edge ports, has no cycle. Packets that meet the same
from a port on are one set there (spread.py). It holds vacuously where the intent has no place that sends.
"""

from __future__ import annotations

from collections.abc import Iterator

from intents.model.campus import Endpoint
from intents.model.evidence import Finding, Property
from intents.model.intent import ResolvedIntent
from intents.verify.evidence.natural import Shown, counterexample, one_packet, preferences
from intents.verify.network.network import Network
from intents.verify.network.spread import Spread
from intents.verify.packets.packet import Header, anything
from intents.verify.packets.steps import Leaf
from intents.verify.treatment import Treatment, promises


def check_loop(treatment: Treatment, resolved: ResolvedIntent, everything: Spread) -> Finding:
    """The finding for an intent that allows. everything: all that anybody may send into an edge port."""
    network = treatment.network
    ports = _senders(treatment, resolved)
    whole = anything(network.atoms)
    for port in ports if everything.any_round else ():
        if everything.goes_round((port, whole)):
            return _found(network, port, whole)
    own = not promises(resolved.intent)
    statement = f"nothing that {'its places send' if own else 'anybody sends'} goes round, {len(ports)} ports"
    return Finding(property=Property.LOOP, holds=True, statement=statement, vacuous=not ports)


def _senders(treatment: Treatment, resolved: ResolvedIntent) -> tuple[Endpoint, ...]:
    if promises(resolved.intent):
        return treatment.network.edge_ports()
    edge = set(treatment.network.edge_ports())
    return tuple(sorted({way.source.port for way in treatment.ways(resolved)} & edge))


def _found(network: Network, port: Endpoint, sent: Header) -> Finding:
    def ends(candidate: Header, at: Network = network) -> Iterator[Leaf]:
        return (leaf for leaf in at.follow(port, candidate) if leaf.end == "loop")

    where = network.where(port)
    if next(ends(sent), None) is None:
        statement = f"whether something that {where} sends goes round cannot be told"
        return Finding(property=Property.LOOP, holds=False, cannot_prove=True, statement=statement)
    places = network.places_at(port)
    prefer = preferences(network, places[0] if places else None, None)
    packet = one_packet(network, sent, lambda h: next(ends(h), None) is not None, prefer)
    leaf = next(ends(packet))
    example = counterexample(
        network,
        Shown(packet, leaf, sent),
        "comes nowhere twice",
        f"comes to {leaf.port} again",
        broken=lambda other: next(ends(packet, other), None) is not None,
    )
    return Finding(
        property=Property.LOOP,
        holds=False,
        statement=f"a packet from {where} goes round by {leaf.port}{leaf.later}",
        counterexample=example,
    )
