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

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from intents.model.campus import Endpoint, Place
from intents.model.evidence import Counterexample, Finding, Property
from intents.model.evidence import Way as NaturalWay
from intents.model.intent import ResolvedIntent
from intents.verify.claims import Way, own_mac, packets, priority_tagged, ways
from intents.verify.natural import Shown, counterexample, one_packet, preferences
from intents.verify.network import Accept, Network
from intents.verify.packet import BROADCAST, ETH_ARP, Header, describe, ip_text, mac, untagged
from intents.verify.show import hops


@dataclass(frozen=True, slots=True)
class Answer:
    """What a place's ARP request for an address gets: MAC addresses as a set, or why none; learnt: it was noted."""

    macs: int
    learnt: bool
    problem: Counterexample | None
    doubt: bool = False


def arp_target(network: Network, way: Way) -> int:
    """The address whose MAC the sender asks for: the receiver's in its own subnet, else its gateway's."""
    segment = network.campus.segments[way.source.segment]
    address = way.destination.address
    if address is not None and address in segment.subnet:
        return int(address)
    return int(segment.gateway)


def ask(network: Network, place: Place, target: int) -> Answer:
    """The place's ARP request, followed; every form of it must be answered, with one MAC address."""
    atoms = network.atoms
    header = untagged(atoms).put(
        eth_src=own_mac(network, place),
        eth_dst=atoms["mac"].of(BROADCAST),
        eth_type=atoms["eth_type"].of(ETH_ARP),
        arp_op=atoms["arp_op"].of(1),
        arp_spa=atoms["ip"].of(int(place.address)) if place.address is not None else atoms["ip"].full,
        arp_tpa=atoms["ip"].of(target),
    )
    macs = 0
    learnt = True

    def accept(port: Endpoint, reply: Header) -> str | None:
        if port != place.port:
            return f"goes to {network.where(port)}"
        if not reply.untagged or reply.get("arp_op") != atoms["arp_op"].of(2):
            return "comes back as something else than an untagged ARP reply"
        if reply.get("arp_spa") != atoms["ip"].of(target) or reply.get("eth_dst") != header.get("eth_src"):
            return "is answered for another address"
        return None

    for sent in (header, priority_tagged(network, header)):
        found = network.failure(place.port, sent, accept)
        if found is not None:
            leaf, wrong = found
            prefer = preferences(network, place, None)
            packet = one_packet(network, sent, lambda h: network.failure(place.port, h, accept) is not None, prefer)
            leaf, wrong = network.failure(place.port, packet, accept) or (leaf, wrong)
            expected = f"the ARP request of {place.name} for {ip_text(target)} is answered"
            problem = counterexample(
                network,
                Shown(packet, leaf, sent),
                expected,
                f"it {wrong}",
                broken=partial(_fails, place.port, packet, accept),
            )
            return Answer(0, False, problem, doubt=leaf.end == "doubt")
        for leaf in network.follow(place.port, sent, only_now=True):
            if leaf.end == "delivered":
                macs |= leaf.header.get("eth_src")
                learnt = learnt and any(step.learns for step in leaf.steps)
    return Answer(macs, learnt, None)


def accepts(network: Network, way: Way, sent: Header) -> Callable[[Endpoint, Header], str | None]:
    """What is right to arrive for a packet of a way."""
    atoms = network.atoms
    receiver = way.destination

    def accept(port: Endpoint, header: Header) -> str | None:
        if port != receiver.port:
            return f"goes to {network.where(port)}"
        if not header.untagged:
            return "arrives tagged"
        if header.get("eth_dst") & ~own_mac(network, receiver) and not _learnt(network, receiver, header):
            return f"arrives for another MAC address than that of {receiver.name}"
        for name in ("ipv4_src", "ipv4_dst", "ip_proto", "l4_src", "l4_dst"):
            if header.get(name) & ~sent.get(name):
                return f"arrives with another {name}"
        return None

    _ = atoms
    return accept


def _learnt(network: Network, receiver: Place, header: Header) -> bool:
    """Whether the MAC address is one that the gateway learnt for a receiver whose own is not written."""
    if receiver.mac is not None:
        return False
    named = [network.atoms["mac"].of(v) for v in _written(network)]
    return not any(header.get("eth_dst") & bits for bits in named)


def _written(network: Network) -> Iterable[int]:
    return (mac(p.mac) for p in network.campus.places.values() if p.mac is not None)


def check(
    network: Network, resolved: ResolvedIntent, suspended: frozenset[str]
) -> tuple[Finding, tuple[NaturalWay, ...]]:
    """The finding, and for each way the path of one natural packet."""
    paths: list[NaturalWay] = []
    checked = 0
    for way in ways(resolved):
        if {way.source.name, way.destination.name} & suspended:
            continue
        checked += 1
        problem, doubt = _way_problem(network, way)
        if problem is not None:
            statement = f"{resolved.name}: {way} does not arrive: {problem.actual}"
            return (
                Finding(
                    property=Property.REACHABILITY,
                    holds=False,
                    statement=statement,
                    counterexample=problem,
                    cannot_prove=doubt,
                ),
                tuple(paths),
            )
        paths.extend(_path(network, way))
    statement = f"every packet of {resolved.name} arrives, {checked} ordered pairs"
    if not checked:
        statement = f"{resolved.name} speaks of no packet: no pair of places that may talk"
    return Finding(property=Property.REACHABILITY, holds=True, statement=statement, vacuous=not checked), tuple(paths)


def sent_on(network: Network, way: Way) -> Iterator[Header]:
    """The packets of a way, with the MAC address that ARP answers."""
    answer = ask(network, way.source, arp_target(network, way))
    if answer.problem is None:
        yield from packets(network, way, answer.macs)


def _way_problem(network: Network, way: Way) -> tuple[Counterexample | None, bool]:
    answer = ask(network, way.source, arp_target(network, way))
    if answer.problem is not None:
        return answer.problem, answer.doubt
    port = way.source.port
    for sent in packets(network, way, answer.macs):
        accept = accepts(network, way, sent)
        found = network.failure(way.source.port, sent, accept)
        if found is None:
            continue
        proto = way.services[0].protocol if way.services else 1
        prefer = preferences(network, way.source, None, proto)
        packet = one_packet(
            network, sent, lambda h: network.failure(port, h, accepts(network, way, h)) is not None, prefer
        )
        leaf, wrong = network.failure(port, packet, accepts(network, way, packet)) or found
        expected = f"arrives untagged at {network.where(way.destination.port)}"

        broken = partial(_fails, port, packet, accepts(network, way, packet))
        example = counterexample(network, Shown(packet, leaf, sent), expected, wrong, broken=broken)
        return example, leaf.end == "doubt"
    return None, False


def _fails(port: Endpoint, packet: Header, accept: Accept, network: Network) -> bool:
    return network.failure(port, packet, accept) is not None


def _path(network: Network, way: Way) -> Iterator[NaturalWay]:
    found = natural_leaf(network, way)
    if found is not None:
        yield NaturalWay(
            source=way.source.name,
            destination=way.destination.name,
            packet=describe(network.atoms, found.packet),
            hops=hops(network, found.leaf.steps),
        )


def natural_leaf(network: Network, way: Way) -> Shown | None:
    """One natural packet of a way and where it arrives, if it does."""
    for sent in sent_on(network, way):
        proto = way.services[0].protocol if way.services else 1
        packet = one_packet(network, sent, lambda _: True, preferences(network, way.source, way.destination, proto))
        for leaf in network.follow(way.source.port, packet, only_now=True):
            if leaf.end == "delivered" and leaf.port == way.destination.port:
                return Shown(packet, leaf, sent)
    return None
