"""What was proven, looked at again with single packets, each walked through the network by itself.

A sample is no proof: it can only find that a proof is wrong. But it shares little with the proof: packets are made here
from the campus's texts, and switches are walked through by the reference. What is looked at:

- reachability: for up to MOST_WAYS ordered pairs, both directions, a natural packet, of each of the services, untagged
  and with a priority tag; the MAC address that it is sent to is the one that the sender's ARP request gets;
- waypoint: the same packets, and what one would try beside them; whatever is delivered has crossed the switch;
- loop: the same packets, and what a place floods (ARP, broadcast, with any tag); none may come again to where it was;
- isolation, quarantine: for each pair the packets that one would try first, and none may be delivered there;
- a counterexample: its packet is walked again, and must end as is said.

Everything else (rates, queues, trust of marks, survival) is taken on trust, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeVar

from intents.model.campus import Campus, Endpoint, Place, Service
from intents.model.classes import ICMP, TCP, UDP
from intents.model.intent import Permission, ResolvedIntent
from intents.verify.claims import Way, quarantined, ways
from intents.verify.evidence.told import packet_of
from intents.verify.packets.packet import BROADCAST, ETH_ARP, ETH_IPV4, TPID_C, mac
from intents.verify.reference.network import Network, Right, follow, problem
from intents.verify.reference.packet import Packet, Tag

_Item = TypeVar("_Item")
_EPHEMERAL: Final = 49152
_TRIED: Final = ((ICMP, 0), (TCP, 443), (UDP, 53))
MOST_WAYS: Final = 64  # of an intent, spread evenly; fewer where the network is large
# What all the packets may cost together: objects looked at, of the devices that they cross. Some minutes.
_MOST_LOOKS: Final = 50_000_000
_LOOKS_A_WAY: Final = 12  # packets of a way, times tables
# MAC addresses of places that have none written: locally administered, of nobody.
_MADE_UP: Final = 0x0200_5E00_0000


class Outcome(StrEnum):
    """What looking again said of a finding."""

    AGREED = "agreed"
    DISAGREED = "disagreed"
    TRUSTED = "on trust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One finding, looked at again with so many packets. why: where it disagreed, or was not looked at."""

    intent: str
    property: str
    outcome: Outcome
    packets: int = 0
    why: str = ""


class Recheck:
    """A network and its intents, for findings to be looked at again. objects: how many its devices hold."""

    def __init__(self, campus: Campus, intents: Sequence[ResolvedIntent], network: Network, objects: int) -> None:
        self._campus = campus
        self._intents = {r.name: r for r in intents}
        self._network = network
        self._suspended = quarantined(intents)
        cost = max(len(intents), 1) * max(objects, 1) * _LOOKS_A_WAY
        self._most = max(1, min(MOST_WAYS, _MOST_LOOKS // cost))
        self._answers: dict[tuple[str, int], int | None] = {}
        named = {mac(p.mac) for p in campus.places.values() if p.mac is not None}
        free = (m for m in range(_MADE_UP, _MADE_UP + 2 * len(campus.places) + 2) if m not in named)
        self._macs = {n: mac(p.mac) if p.mac else next(free) for n, p in sorted(campus.places.items())}

    def look(self, intent: str, finding: Mapping[str, Any]) -> Looked:
        """Look at a finding again, as a certificate has it."""
        what, resolved = str(finding["property"]), self._intents[intent]
        if not finding["holds"]:
            return self._example(intent, what, finding.get("counterexample"))
        match what, resolved.intent.permission:
            case "reachability", Permission.ALLOW:
                return _looked(intent, what, self._arrivals(resolved))
            case "waypoint", Permission.ALLOW:
                return _looked(intent, what, self._shortcuts(resolved))
            case "loop", Permission.ALLOW:
                return _looked(intent, what, self._rounds(resolved))
            case "isolation", Permission.DENY:
                return _looked(intent, what, self._leaks(resolved))
            case "quarantine", Permission.QUARANTINE:
                return _looked(intent, what, self._escapes(resolved))
            case _:
                return Looked(intent=intent, property=what, outcome=Outcome.TRUSTED, why="no single packet shows it")

    # --- what arrives

    def _arrivals(self, resolved: ResolvedIntent) -> Iterator[str]:
        """For each packet that must arrive, why it does not."""
        due = [w for w in ways(resolved) if not {w.source.name, w.destination.name} & self._suspended]
        for way in self._some(due):
            answer = self._ask(way.source, self._target(way))
            if answer is None:
                yield f"{way}: the ARP request of {way.source.name} is not answered"
                continue
            for packet in self._packets(way, answer):
                wrong = problem(self._network, way.source.port, packet, self._right(way, packet))
                yield f"{way}: {wrong}" if wrong else ""

    def _target(self, way: Way) -> int:
        segment, address = self._campus.segments[way.source.segment], way.destination.address
        return int(address if address is not None and address in segment.subnet else segment.gateway)

    def _ask(self, place: Place, target: int) -> int | None:
        """The MAC address that answers the place's ARP request."""
        if (place.name, target) not in self._answers:
            self._answers[place.name, target] = self._asked(place, target)
        return self._answers[place.name, target]

    def _asked(self, place: Place, target: int) -> int | None:
        for end in follow(self._network, place.port, self._request(place, target)):
            if end.port == place.port and end.packet.arp_op == 2 and end.packet.arp_spa == target:
                return end.packet.eth_src
        return None

    def _request(self, place: Place, target: int) -> Packet:
        """An ARP request (RFC 826) of the place."""
        return Packet(
            eth_src=self._macs[place.name],
            eth_dst=BROADCAST,
            eth_type=ETH_ARP,
            arp_op=1,
            arp_spa=int(place.address or 0),
            arp_tpa=target,
        )

    def _packets(self, way: Way, eth_dst: int) -> Iterator[Packet]:
        for proto, port in _of(way.services) or ((ICMP, 0),):
            bare = self._ipv4(way.source, way.destination, proto, eth_dst)
            sides = (port, _EPHEMERAL) if way.role == "from-server" else (_EPHEMERAL, port)
            bare = replace(bare, l4_src=sides[0], l4_dst=sides[1]) if proto in (TCP, UDP) else bare
            yield bare
            yield replace(bare, tags=(Tag(TPID_C, 0, 7),))

    def _ipv4(self, source: Place, destination: Place, proto: int, eth_dst: int) -> Packet:
        return Packet(
            eth_src=self._macs[source.name],
            eth_dst=eth_dst,
            eth_type=ETH_IPV4,
            ip_proto=proto,
            ipv4_src=int(source.address or 0),
            ipv4_dst=int(destination.address or 0),
        )

    def _right(self, way: Way, sent: Packet) -> Right:
        receiver = way.destination

        def right(port: Endpoint, packet: Packet) -> str:
            if port != receiver.port:
                return f"leaves by {port}"
            if packet.tags:
                return "arrives tagged"
            if receiver.mac is not None and packet.eth_dst != mac(receiver.mac):
                return f"arrives for another MAC address than that of {receiver.name}"
            same = replace(packet, eth_src=0, eth_dst=0, ip_dscp=0, ip_ttl=0, tags=())
            asked = replace(sent, eth_src=0, eth_dst=0, ip_dscp=0, ip_ttl=0, tags=())
            return "" if same == asked else "arrives as another packet"

        return right

    # --- on which way

    def _shortcuts(self, resolved: ResolvedIntent) -> Iterator[str]:
        """For each packet that may arrive, whether it did so without having crossed the switch."""
        for way in self._some(ways(resolved)):
            for packet in self._sent(way):
                for end in follow(self._network, way.source.port, packet):
                    if end.kind == "delivered" and end.port == way.destination.port:
                        crossed = any(port.device == resolved.intent.via for port in end.path)
                        yield "" if crossed else f"{way}: a packet goes past {resolved.intent.via}"

    def _rounds(self, resolved: ResolvedIntent) -> Iterator[str]:
        """For each packet that the intent's places send, where it goes round."""
        for way in self._some(ways(resolved)):
            for packet in (*self._sent(way), *self._flooded(way)):
                ends = follow(self._network, way.source.port, packet)
                again = next((e.port for e in ends if e.kind == "loop"), None)
                yield f"a packet from {way.source.port} comes to {again} again" if again else ""

    def _sent(self, way: Way) -> Iterator[Packet]:
        """A way's packets by the gateway and straight to the other, in its own VLAN or the other's."""
        tried = _of(way.services) or ((ICMP, 0),)
        return self._attempts(way.source, way.destination, tried, way.role == "from-server")

    def _flooded(self, way: Way) -> Iterator[Packet]:
        for target in (self._target(way), int(way.destination.address or 0)):
            yield self._request(way.source, target)
        bare = self._ipv4(way.source, way.destination, UDP, BROADCAST)
        yield from (replace(bare, tags=tags) for tags in ((), (Tag(TPID_C, 0, 7),), (Tag(TPID_C, 0, 0),)))

    # --- what must not arrive

    def _leaks(self, resolved: ResolvedIntent) -> Iterator[str]:
        for way in self._some(ways(resolved)):
            tried = _of(way.services) or _TRIED
            for packet in self._attempts(way.source, way.destination, tried, way.role == "from-server"):
                yield self._delivered(way.source.port, way.destination.port, packet)

    def _escapes(self, resolved: ResolvedIntent) -> Iterator[str]:
        others = [p for _, p in sorted(self._campus.places.items())]
        pairs = [(place, other) for place in resolved.sources for other in others if other.port != place.port]
        for place, other in self._some(pairs):
            for a, b in ((place, other), (other, place)):
                for packet in self._attempts(a, b, _TRIED, back=False):
                    yield self._delivered(a.port, b.port, packet)

    def _attempts(
        self,
        source: Place,
        destination: Place,
        tried: Iterable[tuple[int, int]],
        back: bool,  # noqa: FBT001
    ) -> Iterator[Packet]:
        """What one would try: by the gateway, straight to the other's MAC address, and with the other's own VLAN."""
        gateway = self._ask(source, int(self._campus.segments[source.segment].gateway))
        vid = self._campus.segments[destination.segment].vid
        for proto, port in tried:
            for eth_dst in dict.fromkeys((gateway or BROADCAST, self._macs[destination.name])):
                bare = self._ipv4(source, destination, proto, eth_dst)
                if proto in (TCP, UDP):
                    src, dst = (port, _EPHEMERAL) if back else (_EPHEMERAL, port)
                    bare = replace(bare, l4_src=src, l4_dst=dst)
                yield bare
                yield replace(bare, tags=(Tag(TPID_C, vid, 7),))

    def _delivered(self, source: Endpoint, destination: Endpoint, packet: Packet) -> str:
        reached = any(e.kind == "delivered" and e.port == destination for e in follow(self._network, source, packet))
        return f"a packet from {source} is delivered at {destination}" if reached else ""

    def _some(self, every: Sequence[_Item]) -> Sequence[_Item]:
        """Some of them, spread evenly."""
        most = self._most
        return every if len(every) <= most else [every[n * len(every) // most] for n in range(most)]

    # --- counterexamples

    def _example(self, intent: str, what: str, example: Mapping[str, Any] | None) -> Looked:
        if example is None or not example["hops"]:
            return Looked(intent=intent, property=what, outcome=Outcome.TRUSTED, why="fails, and shows no packet")
        first, last = example["hops"][0], example["hops"][-1]
        packet = packet_of(example["packet"])
        ends = list(follow(self._network, Endpoint(first["device"], first["in"]), packet))
        if last["out"]:
            out = Endpoint(last["device"], last["out"])
            peer = self._network.cables.get(out)  # by which a packet that goes round comes again
            shown = any(e.port == out if e.kind == "delivered" else e.kind == "loop" and e.port == peer for e in ends)
        else:
            where = self._box(last["device"])
            shown = any(e.kind != "delivered" and self._box(e.port.device) == where for e in ends)
        if shown:
            return Looked(intent=intent, property=what, outcome=Outcome.AGREED, packets=1)
        if not last["out"] or what not in ("isolation", "quarantine"):
            why = f"the packet that is shown does not end at {last['device']}"
            return Looked(intent=intent, property=what, outcome=Outcome.DISAGREED, packets=1, why=why)
        why = "the leak that is shown needs a port, an ONU or a neighbour to come or go"
        return Looked(intent=intent, property=what, outcome=Outcome.TRUSTED, packets=1, why=why)

    def _box(self, device: str) -> str:
        """Where a device is followed: an ONU with its OLT."""
        onu = self._campus.onus.get(device)
        return onu.pon.olt if onu is not None else device


def _looked(intent: str, what: str, problems: Iterable[str]) -> Looked:
    found = list(problems)
    wrong = next((p for p in found if p), "")
    outcome = Outcome.DISAGREED if wrong else Outcome.AGREED if found else Outcome.TRUSTED
    why = wrong or ("" if found else "it speaks of no packet")
    return Looked(intent=intent, property=what, outcome=outcome, packets=len(found), why=why)


def _of(services: Sequence[Service]) -> tuple[tuple[int, int], ...]:
    """Protocol and a port of each service."""
    return tuple((s.protocol or ICMP, port) for s in services for port in s.ports or (0,))
