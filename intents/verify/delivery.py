"""Which packets of a place arrive where they are addressed to, in a network as read: exactly, for all of them.

A place asks by ARP, and sends IPv4 to the MAC address that answers. Devices rewrite tags and MAC addresses on the way
and leave the rest alone, so what becomes of a packet is told by what it says of itself all the way: for IPv4 addresses,
protocol and layer-4 ports, for ARP the address asked for. Sets of such packets are boxes: a set of atoms for each of
these fields. A packet is lost unless every form of it (untagged, priority-tagged with any PCP, any source MAC address
that the place may have) arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from intents.model.campus import Endpoint, Place
from intents.verify.claims import own_mac, priority_tagged
from intents.verify.network.network import MAX_STEPS, Network
from intents.verify.packets.packet import BROADCAST, ETH_ARP, ETH_IPV4, Header, untagged
from intents.verify.packets.steps import Alternative, Copy

Box = tuple[int, ...]

IPV4_FIELDS: Final = ("ipv4_src", "ipv4_dst", "ip_proto", "l4_src", "l4_dst")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a place sends: one kind of its packets, in a form (a tag or none). asks: ARP requests."""

    place: Place
    header: Header
    asks: bool

    def box(self, header: Header) -> Box:
        """What is left of these packets in a header that was met on the way."""
        if not self.asks:
            return tuple(header.get(name) for name in IPV4_FIELDS)
        # A reply says as sender's address what the request asked for.
        return (header.get("arp_tpa" if header.get("arp_op") == self.header.get("arp_op") else "arp_spa"),)

    def cut(self, box: Box) -> Header:
        """The packets of a box, as they are sent."""
        names = ("arp_tpa",) if self.asks else IPV4_FIELDS
        return self.header.put(**dict(zip(names, box, strict=True)))


def sent_by(network: Network, place: Place) -> Iterator[Sent]:
    """All that a place sends to places and gateways: ARP requests, then IPv4 to each MAC address that may answer."""
    atoms, campus = network.atoms, network.campus
    if place.address is None:
        return
    ips, own = atoms["ip"], own_mac(network, place)
    others = [p for p in campus.places.values() if p.address is not None and p is not place]
    near = [int(p.address or 0) for p in others if p.segment == place.segment]
    asked = _union(ips.of(a) for a in (*near, int(campus.segments[place.segment].gateway)))
    request = untagged(atoms).put(
        eth_src=own,
        eth_dst=atoms["mac"].of(BROADCAST),
        eth_type=atoms["eth_type"].of(ETH_ARP),
        arp_op=atoms["arp_op"].of(1),
        arp_spa=ips.of(int(place.address)),
        arp_tpa=asked,
    )
    for form in (request, priority_tagged(network, request)):
        yield Sent(place=place, header=form, asks=True)
    for mac in _answers(network, place, request):
        packet = untagged(atoms).put(
            eth_src=own,
            eth_dst=mac,
            eth_type=atoms["eth_type"].of(ETH_IPV4),
            ipv4_src=ips.of(int(place.address)),
            ipv4_dst=_union(ips.of(int(p.address or 0)) for p in others),
        )
        for form in (packet, priority_tagged(network, packet)):
            yield Sent(place=place, header=form, asks=False)


def _answers(network: Network, place: Place, request: Header) -> list[int]:
    """The MAC addresses, one atom each, that the place's ARP requests are answered with."""
    found = _union(
        leaf.header.get("eth_src")
        for leaf in network.follow(place.port, request, only_now=True)
        if leaf.end == "delivered" and leaf.port == place.port
    )
    return [1 << n for n in range(found.bit_length()) if found >> n & 1]


def lost(network: Network, sent: Sent) -> tuple[Box, ...]:
    """The packets of these that do not arrive, in the state as read."""
    return _Losses(network, sent).at(sent.place.port, sent.header, frozenset())


class _Losses:
    """Follows one kind of packets; keeps what becomes of them at each port."""

    def __init__(self, network: Network, sent: Sent) -> None:
        self._network = network
        self._sent = sent
        self._at = dict(_ports_of(network))

    def at(self, port: Endpoint, header: Header, seen: frozenset[tuple[Endpoint, Header]]) -> tuple[Box, ...]:
        """Of packets that enter a device by a port, those that are lost from there on."""
        found: list[Box] = []
        for part in header.opened(self._network.atoms):
            state = (port, part)
            if state in seen or len(seen) >= MAX_STEPS:
                found.append(self._sent.box(part))
                continue
            for alternative in self._network.evaluate(port, part):
                if alternative.now:
                    found += self._by(alternative, seen | {state})
        return tuple(dict.fromkeys(found))

    def _by(self, alternative: Alternative, seen: frozenset[tuple[Endpoint, Header]]) -> list[Box]:
        """Of what takes an alternative, what is lost: what no copy of it brings there."""
        left = [self._share(alternative)]
        if alternative.doubt:
            return left
        for copy in alternative.copies:
            if not left:
                break
            if copy.now:
                left = _both(left, self._copy(copy, seen))
        return left

    def _share(self, alternative: Alternative) -> Box:
        share, after = self._sent.box(alternative.share), alternative.last.after
        if after is None:
            return share
        # A model may tell what is left of the share only by what became of it.
        narrower = _meet(share, self._sent.box(after))
        return narrower or share

    def _copy(self, copy: Copy, seen: frozenset[tuple[Endpoint, Header]]) -> Sequence[Box]:
        peer = self._network.peer(copy.port)
        if peer is not None:
            return self.at(peer, copy.header, seen)
        return self._elsewhere(copy.port, copy.header)

    def _elsewhere(self, port: Endpoint, header: Header) -> Sequence[Box]:
        """Of packets that leave the network by a port, those that should not be there, or not like this."""
        box = self._sent.box(header)
        if not header.untagged:
            return (box,)
        if self._sent.asks:
            answer = port == self._sent.place.port and header.get("arp_op") == self._network.atoms["arp_op"].of(2)
            return () if answer else (box,)
        at = IPV4_FIELDS.index("ipv4_dst")
        wrong = box[at] & ~self._at.get(port, 0)
        return ((*box[:at], wrong, *box[at + 1 :]),) if wrong else ()


def _ports_of(network: Network) -> Iterator[tuple[Endpoint, int]]:
    """The addresses of the places at each port, as a set."""
    ips = network.atoms["ip"]
    for port in {p.port for p in network.campus.places.values()}:
        yield port, _union(ips.of(int(p.address)) for p in network.places_at(port) if p.address is not None)


# --- boxes


def _union(sets: Iterable[int]) -> int:
    found = 0
    for bits in sets:
        found |= bits
    return found


def _meet(one: Box, other: Box) -> Box | None:
    both = tuple(a & b for a, b in zip(one, other, strict=True))
    return both if all(both) else None


def _both(some: Iterable[Box], others: Sequence[Box]) -> list[Box]:
    met = (_meet(one, other) for one in some for other in others)
    return list(dict.fromkeys(box for box in met if box is not None))


def minus(boxes: Iterable[Box], taken: Iterable[Box]) -> tuple[Box, ...]:
    """What of some boxes is in none of the others; disjoint where the boxes were."""
    left = list(boxes)
    for other in taken:
        left = [piece for box in left for piece in _cut_away(box, other)]
    return tuple(left)


def common(some: Iterable[Box], others: Sequence[Box]) -> tuple[Box, ...]:
    """What is in a box of each."""
    return tuple(_both(some, others))


def _cut_away(box: Box, other: Box) -> Iterator[Box]:
    if _meet(box, other) is None:
        yield box
        return
    for n, (mine, taken) in enumerate(zip(box, other, strict=True)):
        if mine & ~taken:
            yield (*box[:n], mine & ~taken, *box[n + 1 :])
            box = (*box[:n], mine & taken, *box[n + 1 :])
