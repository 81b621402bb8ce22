"""Reachability: what an intent allows arrives.

In words: every packet that the intent allows, from every sender, in every header that the intent leaves open, arrives
at the receiver's port: untagged, for the receiver's MAC address, addresses and ports unchanged. The sender sends to
the MAC address that answers its ARP request (for its gateway, or for a receiver of its own subnet), and that request
is followed through the network like any packet.

In sets: for each way w, let P(w) be the packets (claims.packets). With T the transfer function of the network as read,
P(w) is a subset of T^-1({p at receiver's port | p untagged, eth_dst the receiver's, rest as sent}).

A receiver whose MAC address is not written is reached once it has spoken: its ARP request must reach a learning entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from intents.model.campus import Endpoint
from intents.model.evidence import Counterexample, Finding, Property
from intents.model.evidence import Way as NaturalWay
from intents.model.intent import ResolvedIntent
from intents.verify.asking import Asking, arp_target, fails
from intents.verify.claims import Way, own_mac, packets, ways
from intents.verify.evidence.natural import Shown, counterexample, one_packet, preferences
from intents.verify.evidence.show import hops
from intents.verify.network.network import Network
from intents.verify.packets.packet import Header, describe


def accepts(network: Network, way: Way, sent: Header) -> Callable[[Endpoint, Header], str | None]:
    """What is right to arrive for a packet of a way."""
    receiver = way.destination
    own = own_mac(network, receiver)

    def accept(port: Endpoint, header: Header) -> str | None:
        if port != receiver.port:
            return f"goes to {network.where(port)}"
        if not header.untagged:
            return "arrives tagged"
        if header.get("eth_dst") & ~own and (receiver.mac is not None or header.get("eth_dst") & network.written):
            return f"arrives for another MAC address than that of {receiver.name}"
        for name in ("ipv4_src", "ipv4_dst", "ip_proto", "l4_src", "l4_dst"):
            if header.get(name) & ~sent.get(name):
                return f"arrives with another {name}"
        return None

    return accept


def check(asking: Asking, resolved: ResolvedIntent, suspended: frozenset[str]) -> Finding:
    """The finding."""
    checked = 0
    for way in ways(resolved):
        if {way.source.name, way.destination.name} & suspended:
            continue
        checked += 1
        problem, doubt = _way_problem(asking, way)
        if problem is not None:
            statement = f"{resolved.name}: {way} does not arrive: {problem.actual}"
            return Finding(
                property=Property.REACHABILITY,
                holds=False,
                statement=statement,
                counterexample=problem,
                cannot_prove=doubt,
            )
    statement = f"every packet of {resolved.name} arrives, {checked} ordered pairs"
    if not checked:
        statement = f"{resolved.name} speaks of no packet: no pair of places that may talk"
    return Finding(property=Property.REACHABILITY, holds=True, statement=statement, vacuous=not checked)


def paths(asking: Asking, resolved: ResolvedIntent, suspended: frozenset[str]) -> Iterator[NaturalWay]:
    """For each way by which packets arrive the path of a natural one."""
    for way in ways(resolved):
        if not {way.source.name, way.destination.name} & suspended:
            yield from _path(asking, way)


def sent_on(asking: Asking, way: Way) -> Iterator[Header]:
    """The packets of a way, with the MAC address that ARP answers."""
    answer = asking.answer(way.source, arp_target(asking.network, way))
    if answer.problem is None:
        yield from packets(asking.network, way, answer.macs)


def _way_problem(asking: Asking, way: Way) -> tuple[Counterexample | None, bool]:
    network = asking.network
    answer = asking.answer(way.source, arp_target(network, way))
    if answer.problem is not None:
        return answer.problem, answer.doubt
    port, to = way.source.port, way.destination.port
    for sent in packets(network, way, answer.macs):
        found = network.failure(port, sent, accepts(network, way, sent), to)
        if found is None:
            continue
        proto = way.services[0].protocol if way.services else 1
        prefer = preferences(network, way.source, None, proto)
        packet = one_packet(
            network, sent, lambda h: network.failure(port, h, accepts(network, way, h), to) is not None, prefer
        )
        leaf, wrong = network.failure(port, packet, accepts(network, way, packet), to) or found
        expected = f"arrives untagged at {network.where(way.destination.port)}"

        broken = partial(fails, port, packet, accepts(network, way, packet), to)
        example = counterexample(network, Shown(packet, leaf, sent), expected, wrong, broken=broken)
        return example, leaf.end == "doubt"
    return None, False


def _path(asking: Asking, way: Way) -> Iterator[NaturalWay]:
    network = asking.network
    found = natural_leaf(asking, way)
    if found is not None:
        yield NaturalWay(
            source=way.source.name,
            destination=way.destination.name,
            packet=describe(network.atoms, found.packet),
            hops=hops(network, found.leaf.steps),
        )


def natural_leaf(asking: Asking, way: Way) -> Shown | None:
    """One natural packet of a way and where it arrives, if it does."""
    network = asking.network
    for sent in sent_on(asking, way):
        proto = way.services[0].protocol if way.services else 1
        packet = one_packet(network, sent, lambda _: True, preferences(network, way.source, way.destination, proto))
        for leaf in network.follow(way.source.port, packet, only_now=True, to=way.destination.port):
            if leaf.end == "delivered" and leaf.port == way.destination.port:
                return Shown(packet, leaf, sent)
    return None
