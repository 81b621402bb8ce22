"""Tables 1 and 2 of the gateway: ARP answered, and one entry per ordered pair of places that may talk.

The only policy there is: what has no entry here does not pass (docs/architecture.md, "Switch pipeline").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from intents.compile.allocate import METER_IDS, Held, allocate, cookie
from intents.compile.context import Context, Recorder, choose_cookie, intent_askers, place_asker
from intents.compile.demand import Atom, Stream
from intents.compile.switch_ports import (
    ETH_ARP,
    ETH_IPV4,
    LEARN_PRIORITY,
    TABLE_NEIGHBOURS,
    TABLE_POLICY,
    mac_number,
)
from intents.compile.topology import Route
from intents.model.campus import Place, ServiceClass
from intents.model.switch import (
    PORT_IN_PORT,
    VID_PRESENT,
    Action,
    ArpReply,
    DecTtl,
    FieldMatch,
    FieldName,
    FlowEntry,
    LearnNeighbour,
    Match,
    Meter,
    Output,
    PopVlan,
    Resubmit,
    SetField,
    SetQueue,
    match,
)
from intents.model.wire import GATEWAY_MAC

ARP_REQUEST: Final = 1
TCP: Final = 6
UDP: Final = 17
# Named services go before everything else; the two ways of services never tie.
PRIORITY: Final[Mapping[str, int]] = {"any": 100, "from-server": 200, "to-server": 210}
ARP_PRIORITY: Final = 300
# A policer without room for a TCP window starves it: a tenth of a second at its rate, at least 100 frames.
LEAST_BURST_KBIT: Final = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Permit:
    """What one entry permits: an atom of an ordered pair, its class, and the streams that ask for it."""

    atom: Atom
    cls: ServiceClass
    streams: tuple[Stream, ...]

    @property
    def limited(self) -> Stream | None:
        """The stream whose limit holds here: the narrowest."""
        limited = [s for s in self.streams if s.limit_bps is not None]
        return min(limited, key=lambda s: (s.limit_bps or 0, s.key), default=None)


def permits(streams: Iterable[Stream]) -> tuple[_Permit, ...]:
    """The entries of one ordered pair. Where streams overlap, an explicit class goes before an implied one, then the
    higher."""
    by_atom: dict[Atom, list[Stream]] = defaultdict(list)
    for stream in streams:
        for atom in stream.atoms:
            by_atom[atom].append(stream)
    return tuple(
        _Permit(
            atom=atom,
            cls=max(found, key=lambda s: (s.explicit, s.cls.priority)).cls,
            streams=tuple(found),
        )
        for atom, found in by_atom.items()
    )


def add_gateway(context: Context, recorder: Recorder) -> None:
    """Table 1 and the meters of the gateway."""
    by_pair: dict[tuple[str, str], list[Stream]] = defaultdict(list)
    for stream in context.streams:
        by_pair[stream.source.name, stream.destination.name].append(stream)
    meters = _meters(context, recorder)
    for pair, streams in by_pair.items():
        for permit in permits(streams):
            _forward(context, recorder, pair, permit, meters)
    reach: dict[str, list[Place]] = defaultdict(list)
    for stream in context.streams:
        if stream.source.segment == stream.destination.segment:
            reach[stream.source.name].append(stream.destination)
    for route in context.used:
        _arp(context, recorder, route, reach[route.place.name])


def _meters(context: Context, recorder: Recorder) -> Mapping[str, int]:
    """A meter per stream that has a limit."""
    gateway = context.topology.gateway.name
    limited = {s.key: s for s in context.streams if s.limit_bps is not None}
    numbers = allocate(limited, METER_IDS, _held_meters(context, limited))
    for key, stream in limited.items():
        rate_kbps = max((stream.limit_bps or 0) // 1000, 1)
        meter = Meter(meter_id=numbers[key], rate_kbps=rate_kbps, burst_kbit=max(rate_kbps // 10, LEAST_BURST_KBIT))
        recorder.add(gateway, meter, intent_askers(stream.intents), (stream.source.name, stream.destination.name))
    return numbers


def _held_meters(context: Context, limited: Mapping[str, Stream]) -> Held:
    """Meters that the entries of a stream already use stay with it."""
    held = context.held(context.topology.gateway.name)
    taken = frozenset(thing.meter_id for thing in held.values() if isinstance(thing, Meter))
    if not taken:
        return Held({}, taken)
    by_name: dict[str, int] = {}
    for key, stream in limited.items():
        entry = held.get(("flow", TABLE_POLICY, PRIORITY[stream.atoms[0].role], _pair_match(context, stream)))
        if isinstance(entry, FlowEntry) and entry.meter in taken:
            by_name[key] = entry.meter or 0
    return Held(by_name, taken)


def _pair_match(context: Context, stream: Stream) -> Match:
    return _match(context, stream.source, stream.destination, stream.atoms[0])


def _match(context: Context, source: Place, destination: Place, atom: Atom) -> Match:
    route = context.topology.routes[source.name]
    fields = [
        FieldMatch("in_port", route.gateway_port),
        FieldMatch("vlan_vid", VID_PRESENT | context.vid(source)),
        FieldMatch("vlan_pcp", context.marks[source.name].pcp),
        FieldMatch("eth_dst", GATEWAY_MAC),
        FieldMatch("eth_type", ETH_IPV4),
        FieldMatch("ipv4_src", int(source.address or 0)),
        FieldMatch("ipv4_dst", int(destination.address or 0)),
    ]
    if source.mac is not None:
        fields.append(FieldMatch("eth_src", mac_number(source.mac)))
    if atom.protocol:
        fields.append(FieldMatch("ip_proto", atom.protocol))
    if atom.port is not None:
        fields.append(FieldMatch(_port_field(atom), atom.port))
    return match(*fields)


def _port_field(atom: Atom) -> FieldName:
    if atom.protocol == TCP:
        return "tcp_dst" if atom.role == "to-server" else "tcp_src"
    return "udp_dst" if atom.role == "to-server" else "udp_src"


def _forward(
    context: Context, recorder: Recorder, pair: tuple[str, str], permit: _Permit, meters: Mapping[str, int]
) -> None:
    gateway = context.topology.gateway.name
    source, destination = (context.campus.places[name] for name in pair)
    way_in, way_out = (context.topology.routes[name] for name in pair)
    port = way_out.gateway_port
    actions: list[Action] = [
        SetField("eth_src", GATEWAY_MAC),
        Resubmit(TABLE_NEIGHBOURS) if destination.mac is None else SetField("eth_dst", mac_number(destination.mac)),
        SetField("vlan_vid", VID_PRESENT | context.vid(destination)),
        SetField("vlan_pcp", permit.cls.pcp),
        SetField("ip_dscp", permit.cls.dscp),
        DecTtl(),
    ]
    if _is_access(context, way_out):
        actions.append(PopVlan())
    actions += [SetQueue(permit.cls.priority), Output(PORT_IN_PORT if port == way_in.gateway_port else port)]
    entry_match = _match(context, source, destination, permit.atom)
    priority = PRIORITY[permit.atom.role]
    names = {i.name for s in permit.streams for i in s.intents}
    also = {i.name for s in permit.streams for i in s.also}
    entry = FlowEntry(
        table=TABLE_POLICY,
        priority=priority,
        match=entry_match,
        actions=tuple(actions),
        meter=meters[permit.limited.key] if permit.limited else None,
        cookie=choose_cookie(context.held(gateway), ("flow", TABLE_POLICY, priority, entry_match), names, also),
    )
    askers = intent_askers(i for s in permit.streams for i in s.intents)
    recorder.add(gateway, entry, askers, pair)


def _is_access(context: Context, route: Route) -> bool:
    return route.access is not None and route.access.switch == context.topology.gateway.name


def _arp(context: Context, recorder: Recorder, route: Route, reachable: Iterable[Place]) -> None:
    """The gateway answers for itself and for those of the segment that the place may reach. The asker must give its
    own address: no answer to a probe from 0.0.0.0, none about itself."""
    place, mark = route.place, context.marks[route.place.name]
    if place.address is None:
        return
    actions: list[Action] = []
    if place.mac is None:
        actions.append(LearnNeighbour(table=TABLE_NEIGHBOURS, priority=LEARN_PRIORITY, arp=True))
    actions.append(SetQueue(mark.priority))
    if _is_access(context, route):
        actions.append(PopVlan())
    actions.append(ArpReply(GATEWAY_MAC))
    fields = [
        FieldMatch("in_port", route.gateway_port),
        FieldMatch("vlan_vid", VID_PRESENT | context.vid(place)),
        FieldMatch("vlan_pcp", mark.pcp),  # the answer goes into the asker's queue: nobody asks in another's name
        FieldMatch("eth_type", ETH_ARP),
        FieldMatch("arp_op", ARP_REQUEST),
        FieldMatch("arp_spa", int(place.address)),
    ]
    if place.mac is not None:
        fields.append(FieldMatch("eth_src", mac_number(place.mac)))
    asked = {int(context.campus.segments[place.segment].gateway)}
    asked |= {int(other.address) for other in reachable if other.address is not None}
    for address in sorted(asked):
        entry = FlowEntry(
            table=TABLE_POLICY,
            priority=ARP_PRIORITY,
            match=match(*fields, FieldMatch("arp_tpa", address)),
            actions=tuple(actions),
            cookie=cookie(f"place/{place.name}"),
        )
        recorder.add(context.topology.gateway.name, entry, (place_asker(place),), (place.name,))
