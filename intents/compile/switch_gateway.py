"""The second and third table of the gateway: ARP answered, and one entry per ordered pair of places that may talk.

The only policy there is: what has no entry here does not pass (docs/architecture.md, "Switch pipeline").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from intents.compile.allocate import NOTHING_HELD, Held, allocate, cookie
from intents.compile.context import Context, choose_cookie, sorted_askers
from intents.compile.demand import Atom, PairName, Treatment
from intents.compile.failover import way_out
from intents.compile.flows import (
    ETH_ARP,
    ETH_IPV4,
    as_learnt,
    field,
    learn,
    mac_number,
    output,
    set_field,
    set_queue,
)
from intents.compile.recorder import Recorder
from intents.compile.topology import Route
from intents.model.campus import Place, ServiceClass
from intents.model.plan import Asker
from intents.model.switch import (
    METER_IDS,
    PORT_IN_PORT,
    VID_PRESENT,
    Action,
    ArpReply,
    DecTtl,
    FieldMatch,
    FieldName,
    FlowEntry,
    Match,
    Meter,
    PopVlan,
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
_POP: Final = PopVlan()
_DEC: Final = DecTtl()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What one entry permits: an atom of an ordered pair, its class, who asks for it, whose limit holds.

    names: of the intents that ask; also: of those that would without them; cookie: that of the first.
    """

    atom: Atom
    cls: ServiceClass
    askers: tuple[Asker, ...]
    names: tuple[str, ...]
    also: tuple[str, ...]
    cookie: int
    limited: Treatment | None


def permits(context: Context, treatments: Iterable[Treatment]) -> tuple[Permit, ...]:
    """The entries of one ordered pair. Where treatments overlap, an explicit class goes before an implied one, then the
    higher; the narrowest limit holds."""
    by_atom: dict[Atom, list[Treatment]] = {}
    for treatment in treatments:
        for atom in treatment.atoms:
            by_atom.setdefault(atom, []).append(treatment)
    return tuple(_permit(context, atom, found) for atom, found in by_atom.items())


def _permit(context: Context, atom: Atom, treatments: Sequence[Treatment]) -> Permit:
    intents = {i.name: i for t in treatments for i in t.intents}
    limited = [t for t in treatments if t.limit_bps is not None]
    return Permit(
        atom=atom,
        cls=max(treatments, key=lambda t: (t.explicit, t.cls.priority)).cls,
        askers=sorted_askers(context.intent_askers(intents.values())),
        names=tuple(intents),
        also=tuple({i.name for t in treatments for i in t.also}),
        cookie=cookie(min(intents)),
        limited=min(limited, key=lambda t: (t.limit_bps or 0, t.services), default=None),
    )


def meter_key(pair: PairName, treatment: Treatment) -> str:
    """A name for the meter of a stream."""
    return f"{pair[0]}>{pair[1]}:{treatment.services}"


def meter_numbers(context: Context, limited: Mapping[str, tuple[PairName, Treatment]]) -> Mapping[str, int]:
    """A meter per stream that has a limit, by `meter_key`; those that the entries of a stream already use stay."""
    return allocate(limited, METER_IDS, _held_meters(context, limited))


def _held_meters(context: Context, limited: Mapping[str, tuple[PairName, Treatment]]) -> Held:
    held = context.held(context.topology.gateway.name)
    taken = frozenset(thing.meter_id for thing in held.values() if isinstance(thing, Meter))
    if not taken:
        return NOTHING_HELD
    by_name: dict[str, int] = {}
    space = context.campus.flow_space
    for key, (pair, treatment) in limited.items():
        atom = treatment.atoms[0]
        entry = held.get(("flow", space.policy, space.priority + PRIORITY[atom.role], _match(context, pair, atom)))
        if isinstance(entry, FlowEntry) and entry.meter in taken:
            by_name[key] = entry.meter or 0
    return Held(by_name, taken)


def add_pair(
    context: Context, recorder: Recorder, pair: PairName, permitted: Iterable[Permit], meters: Mapping[str, int]
) -> None:
    """The entries and meters of an ordered pair, a piece for each permit."""
    gateway = context.topology.gateway.name
    for permit in permitted:
        recorder.begin(("pair", pair, permit.atom), gateway, permit.askers, pair)
        meter = None
        if permit.limited is not None:
            meter = meters[meter_key(pair, permit.limited)]
            recorder.share(meter_of(meter, permit.limited.limit_bps or 0))
        _forward(context, recorder, pair, permit, meter)


def meter_of(number: int, limit_bps: int) -> Meter:
    """The meter of a limit: a tenth of a second of its rate at once."""
    rate_kbps = max(limit_bps // 1000, 1)
    return Meter(meter_id=number, rate_kbps=rate_kbps, burst_kbit=max(rate_kbps // 10, LEAST_BURST_KBIT))


def _match(context: Context, pair: PairName, atom: Atom) -> Match:
    """In the one normal form: sorted by name of field."""
    head, address, tail = _sender(context, pair[0])
    destination = _address(context.campus.places[pair[1]])
    if not atom.protocol:
        return (*head, destination, address, *tail)
    protocol = field("ip_proto", atom.protocol)
    if atom.port is None:
        return (*head, protocol, destination, address, *tail)
    return (*head, protocol, destination, address, field(_port_field(atom), atom.port), *tail)


def _address(place: Place) -> FieldMatch:
    return field("ipv4_dst", int(place.address or 0))


def _sender(context: Context, name: str) -> tuple[Match, FieldMatch, Match]:
    """What is alike in all that a place sends: the fields before its address, the address, the fields after."""
    mark = context.marks[name]
    found = context.senders.get((name, mark.pcp))
    if found is None:
        source = context.campus.places[name]
        own = (field("eth_src", mac_number(source.mac)),) if source.mac is not None else ()
        port = context.topology.routes[name].gateway_port
        head = (field("eth_dst", GATEWAY_MAC), *own, field("eth_type", ETH_IPV4), field("in_port", port))
        tail = (field("vlan_pcp", mark.pcp), field("vlan_vid", VID_PRESENT | context.vid(source)))
        found = context.senders[name, mark.pcp] = (head, field("ipv4_src", int(source.address or 0)), tail)
    return found


def _port_field(atom: Atom) -> FieldName:
    if atom.protocol == TCP:
        return "tcp_dst" if atom.role == "to-server" else "tcp_src"
    return "udp_dst" if atom.role == "to-server" else "udp_src"


def _forward(context: Context, recorder: Recorder, pair: PairName, permit: Permit, meter: int | None) -> None:
    gateway = context.topology.gateway.name
    entry_match = _match(context, pair, permit.atom)
    space = context.campus.flow_space
    priority = space.priority + PRIORITY[permit.atom.role]
    hairpin = context.topology.routes[pair[0]].gateway_port == context.topology.routes[pair[1]].gateway_port
    held = context.held(gateway)
    key = ("flow", space.policy, priority, entry_match)
    entry = FlowEntry(
        table=space.policy,
        priority=priority,
        match=entry_match,
        actions=_actions(context, pair[1], permit.cls, hairpin=hairpin),
        meter=meter,
        cookie=choose_cookie(held, key, permit.names, permit.also) if held else permit.cookie,
    )
    recorder.add(entry)


def _actions(context: Context, name: str, cls: ServiceClass, *, hairpin: bool) -> tuple[Action, ...]:
    """Routed to a place in a class; the same for whoever sends. hairpin: out of the port that it came by."""
    key = (name, cls.name, hairpin)
    found = context.towards.get(key)
    if found is None:
        place, route = context.campus.places[name], context.topology.routes[name]
        found = (
            set_field("eth_src", GATEWAY_MAC),
            as_learnt(context.campus.flow_space.neighbours)
            if place.mac is None
            else set_field("eth_dst", mac_number(place.mac)),
            set_field("vlan_vid", VID_PRESENT | context.vid(place)),
            set_field("vlan_pcp", cls.pcp),
            set_field("ip_dscp", cls.dscp),
            _DEC,
            *((_POP,) if _is_access(context, route) else ()),
            set_queue(cls.priority),
            output(PORT_IN_PORT) if hairpin else way_out(context, context.topology.gateway.name, route.gateway_port),
        )
        context.towards[key] = found
    return found


def _is_access(context: Context, route: Route) -> bool:
    return route.access is not None and route.access.switch == context.topology.gateway.name


def add_arp(context: Context, recorder: Recorder, route: Route) -> None:
    """The gateway answers for itself and for those of the segment that the place may reach. The asker must give its
    own address: no answer to a probe from 0.0.0.0, none about itself."""
    place, mark, space = route.place, context.marks[route.place.name], context.campus.flow_space
    if place.address is None:
        return
    actions: list[Action] = []
    if place.mac is None:
        actions.append(learn(space.neighbours, arp=True))
    actions.append(set_queue(mark.priority))
    if _is_access(context, route):
        actions.append(_POP)
    actions.append(ArpReply(GATEWAY_MAC))
    fields = [
        field("in_port", route.gateway_port),
        field("vlan_vid", VID_PRESENT | context.vid(place)),
        field("vlan_pcp", mark.pcp),  # the answer goes into the asker's queue: nobody asks in another's name
        field("eth_type", ETH_ARP),
        field("arp_op", ARP_REQUEST),
        field("arp_spa", int(place.address)),
    ]
    if place.mac is not None:
        fields.append(field("eth_src", mac_number(place.mac)))
    for address in sorted(_asked(context, place)):
        entry = FlowEntry(
            table=space.policy,
            priority=space.priority + ARP_PRIORITY,
            match=match(*fields, field("arp_tpa", address)),
            actions=tuple(actions),
            cookie=cookie(f"place/{place.name}"),
        )
        recorder.add(entry)


def _asked(context: Context, place: Place) -> set[int]:
    """The addresses that a place may ask for: the gateway's, and of its segment those that it sends to."""
    places = context.campus.places
    others = (places[name] for name in context.sends.get(place.name, ()))
    near = {int(o.address) for o in others if o.segment == place.segment and o.address is not None}
    return near | {int(context.campus.segments[place.segment].gateway)}
