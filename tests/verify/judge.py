"""What single packets get in a network, by the reference alone, and whether that is worse than in a correct one.

Nothing of the verifier is in it. What is owed is taken from the network that was right: an intent's packet that arrived
has to arrive, in queues and with marks no lower; nobody's packet gets higher ones than the best that was his own; and
what an intent denies is not delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from intents.model.campus import Campus, Endpoint, Place
from intents.model.classes import ICMP, TCP, UDP
from intents.model.intent import Permission, ResolvedIntent
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import LEARNT_COOKIE, FieldMatch, FlowEntry, LearnNeighbour, SetField, match
from intents.verify.reference.as_read import network_as_read
from intents.verify.reference.network import Device, End, Happening, Network, follow, problem
from intents.verify.reference.packet import ARP, IPV4, Packet, Tag

BROADCAST = 0xFFFFFFFFFFFF
C_TAG = 0x8100
SERVICES = ((ICMP, 0), (TCP, 443), (TCP, 104), (UDP, 53))
HIGH = 49152


@dataclass(frozen=True, eq=False)
class Probe:
    """A packet that somebody sends into his port. owed: an intent lets it through to whom it is meant for."""

    sender: Place
    to: Place
    packet: Packet
    owed: bool = False

    def __str__(self) -> str:
        return f"{self.sender.name} to {self.to.name}: {self.packet}"


class Judge:
    """A correct network and what packets get there, to judge others by."""

    def __init__(self, campus: Campus, intents: Sequence[ResolvedIntent], correct: Operational) -> None:
        self.campus, self.correct = campus, correct
        self._intents = [r for r in intents if r.intent.permission is Permission.ALLOW]
        denying = [r for r in intents if r.intent.permission is Permission.DENY]
        self._denied = {(s.port, d.port) for r in denying for s, d in r.pairs()}
        self._priority = {c.pcp: c.priority for c in campus.classes.values()}
        self._memories: dict[tuple[str, int], tuple[Observation, dict[object, tuple[Happening, ...]]]] = {}
        self.network = self.of(correct)
        self.before = {probe: self.ends(self.network, probe) for probe in self._probes()}
        self._best: dict[str, int] = {}
        for probe, ends in self.before.items():
            highest = max((n for end in ends for n in self._numbers(end)), default=0)
            self._best[probe.sender.name] = max(self._best.get(probe.sender.name, 0), highest)

    def of(self, operational: Operational) -> Network:
        """A network as read, everybody in it having spoken. What its devices do with a packet is kept for the next one
        that holds the same."""
        devices = {name: self._spoken(seen) for name, seen in operational.devices.items()}
        network = network_as_read(self.campus, Operational(devices=devices))
        olts = {onu.name: onu.pon.olt for onu in self.campus.onus.values()}
        return replace(
            network,
            devices={
                name: self._remembering(name, operational.devices[olts.get(name, name)], device)
                for name, device in network.devices.items()
            },
        )

    def _spoken(self, seen: Observation) -> Observation:
        """With the neighbours learnt that its entries learn: those whose MAC address is not written."""
        places = {_ip(place): place for place in self.campus.places.values() if place.mac is None}
        learnt: dict[object, FlowEntry] = {}
        for flow in seen.state.objects.values():
            for action in flow.actions if isinstance(flow, FlowEntry) else ():
                if isinstance(action, LearnNeighbour):
                    known = "arp_spa" if action.arp else "ipv4_src"
                    place = next((places[m.value] for m in flow.match if m.name == known and m.value in places), None)
                    if place is not None:
                        entry = _learnt(action, place)
                        learnt[entry.key] = entry
        state = DeviceState.of(seen.state.device, (*seen.state.objects.values(), *learnt.values()))
        return Observation(state=state, facts=seen.facts)

    def _remembering(self, name: str, seen: Observation, device: Device) -> Device:
        _, memory = self._memories.setdefault((name, id(seen)), (seen, {}))

        def remembering(port: Endpoint, packet: Packet) -> tuple[Happening, ...]:
            if (port, packet) not in memory:
                memory[port, packet] = device(port, packet)
            return memory[port, packet]

        return remembering

    def ends(self, network: Network, probe: Probe) -> tuple[End, ...]:
        """Every end of a probe."""
        return tuple(follow(network, probe.sender.port, probe.packet))

    # --- what is sent

    def _probes(self) -> Iterator[Probe]:
        places = [self.campus.places[name] for name in sorted(self.campus.places)]
        for sender in places:
            gateway = self._gateway(sender)
            for to in places:
                if to is not sender:
                    yield from self._packets(sender, to, gateway)

    def _gateway(self, sender: Place) -> int:
        """The MAC address that answers for the sender's gateway."""
        gateway = int(self.campus.segments[sender.segment].gateway)
        request = Packet(
            eth_src=mac_of(sender), eth_dst=BROADCAST, eth_type=ARP, arp_op=1, arp_spa=_ip(sender), arp_tpa=gateway
        )
        answers = (end.packet for end in follow(self.network, sender.port, request) if end.port == sender.port)
        return next((p.eth_src for p in answers if p.arp_op == 2), BROADCAST)

    def _packets(self, sender: Place, to: Place, gateway: int) -> Iterator[Probe]:
        vids = (self.campus.segments[place.segment].vid for place in (sender, to))
        foreign = [(Tag(C_TAG, vid, 7),) for vid in vids]
        priority = [(Tag(C_TAG, 0, pcp),) for pcp in range(8)]
        for protocol, port in SERVICES:
            for sides in ((HIGH, port), (port, HIGH)) if port else ((0, 0),):
                bare = Packet(
                    eth_src=mac_of(sender),
                    eth_dst=gateway,
                    eth_type=IPV4,
                    ip_proto=protocol,
                    ipv4_src=_ip(sender),
                    ipv4_dst=_ip(to),
                    l4_src=sides[0],
                    l4_dst=sides[1],
                )
                owed = self._is_owed(sender, to, protocol, sides)
                tags = [(), *(priority if protocol == ICMP else priority[-1:])]
                yield from (Probe(sender, to, replace(bare, tags=tag), owed) for tag in tags)
                if protocol == ICMP:
                    yield from (Probe(sender, to, replace(bare, tags=tag)) for tag in foreign)
                    straight = replace(bare, eth_dst=mac_of(to))
                    yield from (Probe(sender, to, replace(straight, tags=tag)) for tag in ((), *foreign))
        request = Packet(
            eth_src=mac_of(sender), eth_dst=BROADCAST, eth_type=ARP, arp_op=1, arp_spa=_ip(sender), arp_tpa=_ip(to)
        )
        yield from (Probe(sender, to, replace(request, tags=tag)) for tag in ((), *priority[::7], *foreign))

    def _is_owed(self, sender: Place, to: Place, protocol: int, sides: tuple[int, int]) -> bool:
        for resolved in self._intents:
            for source, destination in ((sender, to), (to, sender)):
                forward = source is sender
                if source not in resolved.sources or destination not in resolved.destinations:
                    continue
                if resolved.intent.one_way and not forward:
                    continue
                server = sides[1] if forward else sides[0]
                if not resolved.services or any(
                    s.protocol in (0, protocol) and (not s.ports or server in s.ports) for s in resolved.services
                ):
                    return True
        return False

    # --- what is wrong

    def changed(self, network: Network) -> Iterator[Probe]:
        """The probes that get something else than in the correct network."""
        return (probe for probe, ends in self.before.items() if self.ends(network, probe) != ends)

    def harm(self, network: Network, probe: Probe) -> str:
        """What is wrong with what a probe gets; nothing: it gets no less than is owed, and no more than may be."""
        ends = self.ends(network, probe)
        if any(end.kind == "delivered" and (probe.sender.port, end.port) in self._denied for end in ends):
            return "is delivered where it is denied"
        if max((n for end in ends for n in self._numbers(end)), default=0) > self._best[probe.sender.name]:
            return "gets a class above any of its sender's"
        if not probe.owed:
            return ""

        def right(port: Endpoint, packet: Packet) -> str:
            return "" if _arrived(probe, port, packet) else f"leaves by {port} as {packet}"

        wrong = problem(network, probe.sender.port, probe.packet, right)
        if wrong:
            return wrong
        own, got = (
            {n for e in found if _is_right(probe, e) for n in self._numbers(e)} for found in (self.before[probe], ends)
        )
        return "gets a class below its own" if min(got) < min(own) else ""

    def _numbers(self, end: End) -> Iterator[int]:
        """The classes, by number, of all queues and marks of a packet on its way."""
        for hop in end.hops:
            yield from hop.queues
            yield from (self._priority[tag.pcp] for tag in hop.packet.tags[:1])


def _learnt(action: LearnNeighbour, place: Place) -> FlowEntry:
    return FlowEntry(
        table=action.table,
        priority=action.priority,
        match=match(FieldMatch("eth_type", IPV4), FieldMatch("ipv4_dst", _ip(place))),
        actions=(SetField("eth_dst", mac_of(place)),),
        cookie=LEARNT_COOKIE,
    )


def mac_of(place: Place) -> int:
    """The one that is written, or one that nobody else has."""
    if place.mac is not None:
        return int(place.mac.replace(":", ""), 16)
    return 0x0200_5E00_0000 | int(place.address or 0) & 0xFFFFFF


def _ip(place: Place) -> int:
    return int(place.address or 0)


def _is_right(probe: Probe, end: End) -> bool:
    return end.kind == "delivered" and _arrived(probe, end.port, end.packet)


def _arrived(probe: Probe, port: Endpoint, packet: Packet) -> bool:
    sent = replace(probe.packet, eth_src=0, eth_dst=0, ip_ttl=0, ip_dscp=0, tags=())
    to_it = probe.to.mac is None or packet.eth_dst == mac_of(probe.to)
    return port == probe.to.port and to_it and replace(packet, eth_src=0, eth_dst=0, ip_ttl=0, ip_dscp=0) == sent
