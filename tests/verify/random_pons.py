"""Random OLTs: a planned one, changed here and there until its parts no longer fit; and frames that meet it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from intents.compile import compile_intended
from intents.model.campus import Endpoint
from intents.model.pon import (
    Classifier,
    CompositeFilter,
    DetectedOnu,
    EthernetInterface,
    Forwarder,
    ForwardingDatabase,
    GemPort,
    HardwareComponent,
    IngressRule,
    InterfaceLink,
    OltFacts,
    OltVEnet,
    PolicyProfile,
    PushTag,
    Rewrite,
    Scheduler,
    SchedulerChild,
    SplitHorizonProfile,
    StaticMac,
    TagMatch,
    TcMap,
    TCont,
    TrafficDescriptorProfile,
    VAni,
    VlanSubInterface,
)
from intents.model.state import DeviceObject
from intents.verify.reference.packet import ARP, IPV4, Packet, Tag
from tests.compile.campuses import observed, small_lab, small_lab_intents

CAMPUS = small_lab()
_INTENDED = compile_intended(CAMPUS, small_lab_intents(CAMPUS)).intended
assert _INTENDED is not None
PLANNED = tuple(_INTENDED.states["olt-1"].objects.values())
_SEEN = observed(_INTENDED.states, CAMPUS).devices["olt-1"].facts
assert isinstance(_SEEN, OltFacts)
FACTS = _SEEN
PORTS = (Endpoint("olt-1", "up-1"), *(Endpoint(o.name, str(n)) for o in CAMPUS.onus.values() for n in o.ports))
VIDS = (0, 20, 100, 110, 190, 4001)
MACS = (0x020000000011, 0x020000000012, 0x020000000033, 0x0200000000FF, 0xFFFFFFFFFFFF)
TPIDS = (0x8100, 0x88A8)


class Maker:
    """Makes random OLTs of the small lab, and frames for them."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, things: Any) -> Any:
        return self.random.choice(sorted(things, key=repr))

    def objects(self) -> tuple[DeviceObject, ...]:
        """The planned objects with up to ten changes."""
        held = {o.key: o for o in PLANNED}
        for _ in range(self.random.randrange(11)):
            thing = self.pick(held.values())
            if self.chance(0.15):
                del held[thing.key]
            elif type(thing) in _CHANGES:
                held[thing.key] = _CHANGES[type(thing)](self, thing, tuple(held.values()))
        return tuple(held.values())

    def facts(self) -> OltFacts:
        """Which ONUs are up, and where they were seen: now and then not as it should be."""
        up = frozenset(name for name in FACTS.up_v_anis if self.chance(0.97))
        detected = tuple(
            DetectedOnu(
                serial=d.serial, channel_termination="elsewhere" if self.chance(0.02) else d.channel_termination
            )
            for d in FACTS.detected
        )
        return OltFacts(up_v_anis=up, detected=detected)

    def port(self) -> Endpoint:
        return PORTS[0] if self.chance(0.4) else self.pick(PORTS)

    def packet(self) -> Packet:
        tags = tuple(
            Tag(self.pick(TPIDS) if self.chance(0.1) else 0x8100, self.pick(VIDS), self.random.randrange(8))
            for _ in range(self.pick((0, 0, 1, 1, 1, 2)))
        )
        eth_type = self.pick((IPV4, ARP))
        return Packet(eth_src=self.pick(MACS[:-1]), eth_dst=self.pick(MACS), tags=tags, eth_type=eth_type)

    def match(self) -> TagMatch:
        tagging = self.pick(("untagged", "priority-tagged", "tagged", "tagged"))
        if tagging == "untagged":
            return TagMatch(tagging=tagging)
        return TagMatch(
            tagging=tagging,
            tag_type=self.pick((None, "c-vlan", "c-vlan", "s-vlan")),
            vid=self.pick((None, *VIDS)) if tagging == "tagged" else None,
            pbits=tuple(sorted(self.random.sample(range(8), 3))) if self.chance(0.3) else (),
            inner=TagMatch(tagging="tagged", vid=self.pick(VIDS)) if self.chance(0.05) else None,
        )

    def rewrite(self) -> Rewrite | None:
        if self.chance(0.2):
            return None
        return Rewrite(pop=self.random.randrange(3), push=tuple(self.push() for _ in range(self.random.randrange(3))))

    def push(self) -> PushTag:
        return PushTag(
            tag_type=self.pick(("c-vlan", "c-vlan", "s-vlan")),
            vid=self.pick(VIDS),
            pbit_from=self.pick(("constant", "tag", "marking")),
            pbit=self.random.randrange(8),
            pbit_index=self.pick((0, 0, 0, 1)),
        )

    def rule(self, subif: VlanSubInterface) -> IngressRule:
        priorities = [rule.priority for rule in subif.rules] or [1]
        priority = self.pick(priorities) + self.pick((-1, 0, 0, 1))
        return IngressRule(name="random", priority=max(priority, 0), match=self.match(), rewrite=self.rewrite())

    def name(self, held: tuple[DeviceObject, ...], kind: type) -> str:
        return self.pick([o.name for o in held if isinstance(o, kind)] or ["nobody's"])  # type: ignore[attr-defined]


Held = tuple[DeviceObject, ...]


def _subif(make: Maker, o: VlanSubInterface, held: Held) -> VlanSubInterface:
    match make.random.randrange(7):
        case 0:
            return replace(o, rules=(*o.rules, make.rule(o)))
        case 1:
            return replace(o, rules=tuple(replace(r, match=make.match()) for r in o.rules))
        case 2:
            return replace(o, rules=tuple(replace(r, rewrite=make.rewrite()) for r in o.rules))
        case 3:
            return replace(o, egress=make.rewrite())
        case 4:
            return replace(o, usage=make.pick((None, "user-port", "network-port")))
        case 5:
            return replace(o, ingress_policy=make.pick((None, make.name(held, PolicyProfile), "nobody's")))
        case _:
            return replace(o, lower=make.name(held, make.pick((OltVEnet, EthernetInterface))))


def _forwarder(make: Maker, o: Forwarder, held: Held) -> Forwarder:
    match make.random.randrange(4):
        case 0:
            return replace(o, ports=tuple(port for port in o.ports if make.chance(0.7)))
        case 1:
            return replace(o, ports=(*o.ports, ("random", make.name(held, VlanSubInterface))))
        case 2:
            return replace(o, split_horizon=tuple(n for n in o.split_horizon if make.chance(0.3)))
        case _:
            return replace(o, fdb=make.pick((None, make.name(held, ForwardingDatabase))))


def _table(make: Maker, o: ForwardingDatabase, held: Held) -> ForwardingDatabase:
    forwarder = make.pick([f for f in held if isinstance(f, Forwarder)] or [None])
    if forwarder is None or not forwarder.ports:
        return o
    address = make.pick(MACS[:-1])
    mac = ":".join(f"{byte:02x}" for byte in address.to_bytes(6, "big"))
    entry = StaticMac(mac=mac, forwarder=forwarder.name, port=make.pick(forwarder.ports)[0])
    kept = [s for s in o.static if s.mac != mac]
    return replace(o, static=tuple(sorted((*kept, entry), key=lambda s: s.mac)))


def _venet(make: Maker, o: OltVEnet, held: Held) -> OltVEnet:
    if make.chance(0.3):
        return replace(o, v_ani=make.name(held, VAni))
    if o.tm is None:
        return o
    if make.chance(0.2) and o.tm.queues:
        node = Scheduler(name="s", level=1, queues=o.tm.queues)
        tm = replace(o.tm, queues=(), schedulers=(node,), top=(SchedulerChild(name="s", priority=0, weight=1),))
        return replace(o, tm=tm)
    return replace(o, tm=None if make.chance(0.2) else replace(o.tm, queues=o.tm.queues[1:], shaper=None))


def _classifier(make: Maker, o: Classifier, held: Held) -> Classifier:
    return replace(
        o,
        filter=make.pick((None, o.filter, make.name(held, CompositeFilter))),
        pbit_marking=make.pick((None, *range(8))),
        traffic_class=make.pick((None, *range(5))),
        policer=make.pick((None, None, "nobody's")),
    )


_CHANGES: dict[type, Callable[[Maker, Any, Held], DeviceObject]] = {
    VlanSubInterface: _subif,
    Forwarder: _forwarder,
    ForwardingDatabase: _table,
    OltVEnet: _venet,
    Classifier: _classifier,
    CompositeFilter: lambda make, o, _: replace(
        o, untagged=make.chance(0.5), pbits=tuple(sorted(make.random.sample(range(8), make.random.randrange(4))))
    ),
    GemPort: lambda make, o, held: replace(
        o,
        traffic_class=make.pick((None, *range(5))),
        tcont=make.pick((None, make.name(held, TCont))),
        interface=make.name(held, OltVEnet) if make.chance(0.3) else o.interface,
    ),
    TCont: lambda make, o, held: replace(
        o,
        v_ani=make.name(held, VAni) if make.chance(0.3) else o.v_ani,
        profile=make.pick((None, make.name(held, TrafficDescriptorProfile))),
        queues=o.queues[1:],
    ),
    TrafficDescriptorProfile: lambda _make, o, _held: replace(o, fixed_bps=0, assured_bps=0, maximum_bps=0),
    TcMap: lambda make, o, _: replace(o, entries=tuple((tc, make.random.randrange(8)) for tc, _queue in o.entries)),
    SplitHorizonProfile: lambda make, o, _: replace(o, in_usage=make.pick(("user-port", "network-port"))),
    InterfaceLink: lambda make, o, held: replace(o, to=make.name(held, make.pick((OltVEnet, VAni)))),
    HardwareComponent: lambda make, o, _: replace(o, rel_pos=make.random.randrange(1, 3)),
}
