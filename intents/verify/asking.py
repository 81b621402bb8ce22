"""What places are told when they ask by ARP for an address; asked once for each place and address.

A place sends to the MAC address that answers its request, so what an intent's packets look like hangs on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from intents.model.campus import Endpoint, Place
from intents.model.evidence import Counterexample
from intents.verify.claims import Way, own_mac, priority_tagged
from intents.verify.evidence.natural import Shown, counterexample, one_packet, preferences
from intents.verify.network.network import Accept, Network
from intents.verify.packets.packet import BROADCAST, ETH_ARP, Header, ip_text, untagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a place's ARP request for an address gets: MAC addresses as a set, or why none. doubt: it cannot be told."""

    macs: int = 0
    problem: Counterexample | None = None
    doubt: bool = False


def arp_target(network: Network, way: Way) -> int:
    """The address whose MAC the sender asks for: the receiver's in its own subnet, else its gateway's."""
    segment = network.campus.segments[way.source.segment]
    address = way.destination.address
    if address is not None and address in segment.subnet:
        return int(address)
    return int(segment.gateway)


class Asking:
    """The ARP requests of places in one network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._answers: dict[tuple[str, int], Answer] = {}

    def answer(self, place: Place, target: int) -> Answer:
        """What the place's request for an address gets: every form of it must be answered, with one MAC address."""
        key = (place.name, target)
        if key not in self._answers:
            self._answers[key] = self._asked(place, target)
        return self._answers[key]

    def _asked(self, place: Place, target: int) -> Answer:
        network, macs = self.network, 0
        header = _request(network, place, target)
        accept = _accepts(network, place, target, header)
        for sent in (header, priority_tagged(network, header)):
            found = network.failure(place.port, sent, accept, place.port)
            if found is not None:
                return _unanswered(network, place, target, Shown(sent, found[0]), accept, found[1])
            for leaf in network.follow(place.port, sent, only_now=True, to=place.port):
                if leaf.end == "delivered":
                    macs |= leaf.header.get("eth_src")
        return Answer(macs=macs)


def _request(network: Network, place: Place, target: int) -> Header:
    atoms = network.atoms
    return untagged(atoms).put(
        eth_src=own_mac(network, place),
        eth_dst=atoms["mac"].of(BROADCAST),
        eth_type=atoms["eth_type"].of(ETH_ARP),
        arp_op=atoms["arp_op"].of(1),
        arp_spa=atoms["ip"].of(int(place.address)) if place.address is not None else atoms["ip"].full,
        arp_tpa=atoms["ip"].of(target),
    )


def _accepts(network: Network, place: Place, target: int, request: Header) -> Accept:
    atoms = network.atoms

    def accept(port: Endpoint, reply: Header) -> str | None:
        if port != place.port:
            return f"goes to {network.where(port)}"
        if not reply.untagged or reply.get("arp_op") != atoms["arp_op"].of(2):
            return "comes back as something else than an untagged ARP reply"
        if reply.get("arp_spa") != atoms["ip"].of(target) or reply.get("eth_dst") != request.get("eth_src"):
            return "is answered for another address"
        return None

    return accept


def _unanswered(network: Network, place: Place, target: int, shown: Shown, accept: Accept, wrong: str) -> Answer:
    """shown: the request, in a form that is not answered, and where it ends; wrong: what is wrong there."""
    port, sent = place.port, shown.packet
    prefer = preferences(network, place, None)
    packet = one_packet(network, sent, lambda h: network.failure(port, h, accept, port) is not None, prefer)
    leaf, wrong = network.failure(port, packet, accept, port) or (shown.leaf, wrong)
    problem = counterexample(
        network,
        Shown(packet, leaf, sent),
        f"the ARP request of {place.name} for {ip_text(target)} is answered",
        f"it {wrong}",
        broken=partial(fails, port, packet, accept, port),
    )
    return Answer(problem=problem, doubt=leaf.end == "doubt")


def fails(port: Endpoint, packet: Header, accept: Accept, to: Endpoint, network: Network) -> bool:
    """Whether a packet that enters by a port does not arrive as is right at another, in a network."""
    return network.failure(port, packet, accept, to) is not None
