"""Random switches and packets from few values, so that they meet: entries overlap, groups nest, tags are pushed."""

from __future__ import annotations

from random import Random
from typing import Literal

from intents.model.switch import (
    PORT_CONTROLLER,
    PORT_IN_PORT,
    VID_PRESENT,
    Action,
    ArpReply,
    Bucket,
    DecTtl,
    FieldMatch,
    FieldName,
    FlowEntry,
    GroupEntry,
    LearnNeighbour,
    Meter,
    Output,
    PopVlan,
    PortQueue,
    PushVlan,
    Resubmit,
    SetField,
    SetQueue,
    SwitchObject,
    ToGroup,
    Unmodelled,
    match,
)
from intents.verify.reference.packet import ARP, IPV4, IPV6, TCP, UDP, Packet, Tag
from intents.verify.reference.switch import ALL, FLOOD

PORTS = (1, 2, 3)
TABLES = 4
MACS = (0x020000000001, 0x020000000002, 0x0200000000FF, 0x01005E000001, 0xFFFFFFFFFFFF)
ADDRESSES = (0x0A000001, 0x0A000002, 0x0A000105, 0x0A010001, 0xC0A80001)
VIDS = (0, 1, 2, 3, 100)
LAYER4 = (53, 80, 443, 1024, 40000)
DSCPS = (0, 10, 46)
OPS = (1, 2)
NEIGHBOURS = 3  # the table of what is learnt
_GROUPS = (1, 2, 3)
_METERS = (1, 2)
_QUEUES = (0, 1, 5)
_TYPES: tuple[Literal["all", "indirect", "select", "ff"], ...] = ("all", "indirect", "select", "ff")
_VALUES: dict[FieldName, tuple[int, ...]] = {
    "in_port": PORTS,
    "eth_src": MACS,
    "eth_dst": MACS,
    "ipv4_src": ADDRESSES,
    "ipv4_dst": ADDRESSES,
    "arp_spa": ADDRESSES,
    "arp_tpa": ADDRESSES,
    "arp_op": OPS,
    "ip_dscp": DSCPS,
    "vlan_pcp": tuple(range(8)),
    "tcp_src": LAYER4,
    "tcp_dst": LAYER4,
    "udp_src": LAYER4,
    "udp_dst": LAYER4,
}
_MASKS: dict[FieldName, tuple[int, ...]] = {
    "eth_src": (0x010000000000, 0xFFFFFFFFFF00),
    "eth_dst": (0x010000000000, 0xFFFFFFFFFF00),
    "ipv4_src": (0xFFFFFF00, 0xFFFF0000, 0x00000001),
    "ipv4_dst": (0xFFFFFF00, 0xFFFF0000, 0xFFFFFFFE),
    "arp_tpa": (0xFFFFFF00, 0xFFFF0000),
    "tcp_dst": (0xFF00, 0x0001),
    "udp_dst": (0xFFF0,),
}
_VLANS: tuple[FieldMatch, ...] = (
    FieldMatch("vlan_vid", 0),
    FieldMatch("vlan_vid", VID_PRESENT, VID_PRESENT),
    *(FieldMatch("vlan_vid", VID_PRESENT | vid) for vid in VIDS),
    FieldMatch("vlan_vid", 0, VID_PRESENT),
    FieldMatch("vlan_vid", 0, 0x0FFF),
    FieldMatch("vlan_vid", 1, 0x0001),
    FieldMatch("vlan_vid", VID_PRESENT | 2, VID_PRESENT | 0x0002),
)


class Maker:
    """Makes random things. strict: only what Open vSwitch accepts, and of which it can be told what happens."""

    def __init__(self, random: Random, *, strict: bool = False) -> None:
        self.random = random
        self.strict = strict

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def field(self, name: FieldName) -> FieldMatch:
        value = self.random.choice(_VALUES[name])
        if name in _MASKS and self.chance(0.3):
            mask = self.random.choice(_MASKS[name])
            return FieldMatch(name, value & mask, mask)
        return FieldMatch(name, value)

    def match(self) -> tuple[FieldMatch, ...]:
        """A match; now and then, if not strict, one that lacks a prerequisite."""
        fields = [self.field(name) for name in ("in_port", "eth_src", "eth_dst") if self.chance(0.12)]
        if self.chance(0.4):
            vlan = self.random.choice(_VLANS)
            fields.append(vlan)
            if vlan.value & VID_PRESENT and self.chance(0.3):
                fields.append(self.field("vlan_pcp"))
        kind = self.random.choice(("no", "no", "no", "no", "ip", "ip", "tcp", "udp", "arp", "ipv6", "other"))
        names: tuple[FieldName, ...] = ()
        if kind == "arp":
            fields.append(FieldMatch("eth_type", ARP))
            names = ("arp_op", "arp_spa", "arp_tpa")
        elif kind == "other":
            fields.append(FieldMatch("eth_type", 0x88CC))
        elif kind == "ipv6":
            fields.append(FieldMatch("eth_type", IPV6))
            names = ("ip_dscp",)
        elif kind != "no":
            fields.append(FieldMatch("eth_type", IPV4))
            names = ("ipv4_src", "ipv4_dst", "ip_dscp")
            if kind == "tcp":
                fields.append(FieldMatch("ip_proto", TCP))
                names += ("tcp_src", "tcp_dst")
            elif kind == "udp":
                fields.append(FieldMatch("ip_proto", UDP))
                names += ("udp_src", "udp_dst")
        fields += [self.field(name) for name in names if self.chance(0.15)]
        if not self.strict and self.chance(0.02):
            fields = [f for f in fields if f.name not in ("eth_type", "vlan_vid")]
        return match(*fields)

    def plain_set(self) -> SetField:
        """A set-field of what any packet may have or not."""
        name = self.random.choice(("eth_src", "eth_dst"))
        return SetField(name, self.random.choice(MACS))  # type: ignore[arg-type]

    def set_in(self, fields: tuple[FieldMatch, ...]) -> SetField:
        """A set-field that a packet of the match can take; if not strict, any."""
        exact = {f.name: f.value for f in fields if f.mask is None}
        names: list[FieldName] = ["eth_src", "eth_dst"]
        kind, proto = exact.get("eth_type"), exact.get("ip_proto")
        if kind == IPV4 or not self.strict:
            names += ["ipv4_src", "ipv4_dst", "ip_dscp"]
        if kind == ARP or not self.strict:
            names += ["arp_op", "arp_spa", "arp_tpa"]
        if proto == TCP or not self.strict:
            names += ["tcp_src", "tcp_dst"]
        if proto == UDP or not self.strict:
            names += ["udp_src", "udp_dst"]
        name = self.random.choice(names)
        return SetField(name, self.random.choice(_VALUES[name]))

    def tag_set(self) -> SetField:
        if self.chance(0.6):
            return SetField("vlan_vid", VID_PRESENT | self.random.choice(VIDS))
        return SetField("vlan_pcp", self.random.randrange(8))

    def output(self) -> Output:
        ports = (*PORTS, *PORTS, *PORTS, PORT_IN_PORT, PORT_CONTROLLER, *(() if self.strict else (ALL, FLOOD, 9)))
        return Output(self.random.choice(ports))

    def actions(self, fields: tuple[FieldMatch, ...], table: int) -> tuple[Action, ...]:
        """Actions for packets of a match."""
        tagged = any(f.name == "vlan_vid" and f.value & VID_PRESENT for f in fields)
        kind = next((f.value for f in fields if f.name == "eth_type"), None)
        actions: list[Action] = []
        for _ in range(self.random.randrange(6)):
            what = self.random.randrange(11)
            if what <= 2:
                actions.append(self.output())
            elif what == 3:
                actions.append(self.set_in(fields))
            elif what == 4 and (tagged or not self.strict):
                actions.append(self.tag_set())
            elif what == 5 and not (self.strict and (tagged or table)):
                # Open vSwitch keeps two tags, and packets come with one.
                actions.append(PushVlan(0x88A8 if self.chance(0.2) else 0x8100))
                tagged = True
            elif what == 6 and (tagged or not self.strict):
                actions.append(PopVlan())
                tagged = False
            elif what == 7:
                actions.append(SetQueue(self.random.choice(_QUEUES)))
            elif what == 8:
                actions.append(ToGroup(self.random.choice(_GROUPS if self.strict else (*_GROUPS, 4))))
            elif what == 9:
                actions += self.rare(kind, table)
            elif kind in (IPV4, IPV6):
                actions.append(DecTtl())
        if self.chance(0.5):
            actions.append(self.output())
        return tuple(actions)

    def rare(self, kind: int | None, table: int) -> list[Action]:
        what = self.random.randrange(8)
        if what <= 3:
            tables = range(table + 1, TABLES) if self.strict or self.chance(0.9) else range(TABLES)
            port = self.random.choice(PORTS) if self.chance(0.4) else None
            return [Resubmit(self.random.choice(tables), port)] if tables else []
        if what == 4 and kind == ARP:
            return [ArpReply(self.random.choice(MACS))]
        if what == 5 and kind in (IPV4, ARP):
            return [LearnNeighbour(NEIGHBOURS, 5, kind == ARP)]
        if what == 6 and not self.strict and self.chance(0.3):
            return [Unmodelled("something else")]
        return []

    def entry(self, priority: int) -> FlowEntry:
        table = self.random.choice((0, 0, 0, 1, 1, 2, 3))
        fields = self.match()
        later = [n for n in range(TABLES) if n > table or (not self.strict and self.chance(0.02))]
        return FlowEntry(
            table=table,
            priority=priority,
            match=fields,
            actions=self.actions(fields, table),
            goto=self.random.choice(later) if later and self.chance(0.45) else None,
            meter=self.random.choice(_METERS if self.strict else (*_METERS, 3)) if self.chance(0.1) else None,
        )

    def bucket(self, group_id: int, kind: str) -> Bucket:
        actions: list[Action] = []
        for _ in range(self.random.randrange(1, 5)):
            what = self.random.randrange(9)
            if what <= 3:
                actions.append(self.output())
            elif what == 4:
                actions.append(self.plain_set() if self.strict else self.set_in(()))
            elif what == 5:
                actions.append(self.random.choice((self.tag_set(), PopVlan())))
            elif what == 6:
                actions.append(SetQueue(self.random.choice(_QUEUES)))
            elif what == 7:
                later = [g for g in _GROUPS if g > group_id or (not self.strict and self.chance(0.05))]
                actions += [ToGroup(g) for g in later[:1]]
            elif not self.strict and self.chance(0.1):
                actions.append(Resubmit(1))
            else:
                actions.append(DecTtl())
        watch_port = self.random.choice(PORTS) if kind == "ff" or (kind == "select" and self.chance(0.3)) else None
        others = [g for g in _GROUPS if g > group_id or not self.strict]
        watches = kind in ("ff", "select") and self.chance(0.15)
        watch_group = self.random.choice(others) if others and watches else None
        if kind == "ff" and not self.strict and self.chance(0.05):
            watch_port = None
        return Bucket(
            actions=tuple(actions),
            watch_port=watch_port,
            watch_group=watch_group,
            weight=self.random.choice((0, 1, 1, 9)) if kind == "select" else 0,
        )

    def group(self, group_id: int) -> GroupEntry:
        kind = self.random.choice([t for t in _TYPES if not (self.strict and t == "select")])
        size = self.random.randrange(0 if not self.strict else 1, 4)
        if kind == "indirect" and (self.strict or not self.chance(0.05)):
            size = 1
        return GroupEntry(group_id=group_id, type=kind, buckets=tuple(self.bucket(group_id, kind) for _ in range(size)))

    def switch(self, most: int = 14) -> list[SwitchObject]:
        """Everything that a switch holds."""
        count = self.random.randrange(1, most + 1)
        levels = count * 3 if self.strict or self.chance(0.7) else 3
        priorities = (
            self.random.sample(range(levels), count) if levels > 3 else [self.random.randrange(3) for _ in range(count)]
        )
        made: dict[object, SwitchObject] = {}
        for priority in priorities:
            entry = self.entry(priority)
            made[entry.key] = entry
        for group_id in _GROUPS:
            group = self.group(group_id)
            made[group.key] = group
        for meter_id in _METERS:
            made["meter", meter_id] = Meter(meter_id=meter_id, rate_kbps=1000 * meter_id)
        for port in PORTS:
            made["queue", port] = PortQueue(port=port, queue_id=1, min_rate_bps=0, max_rate_bps=10**9, priority=1)
        return list(made.values())

    def packet(self, entries: list[FlowEntry], most_tags: int = 3) -> Packet:
        """A packet; more often than not one that an entry matches."""
        choice = self.random.choice
        values: dict[str, int] = {
            "eth_src": choice(MACS[:3]),
            "eth_dst": choice(MACS),
            "eth_type": choice((IPV4, IPV4, ARP, IPV6, 0x88CC)),
            "ip_proto": choice((TCP, UDP, 1)),
            "ip_dscp": choice(DSCPS),
            "ip_ttl": choice((1, 2, 64)),
            "ipv4_src": choice(ADDRESSES),
            "ipv4_dst": choice(ADDRESSES),
            "l4_src": choice(LAYER4),
            "l4_dst": choice(LAYER4),
            "arp_op": choice(OPS),
            "arp_spa": choice(ADDRESSES),
            "arp_tpa": choice(ADDRESSES),
        }
        count = choice((0, 0, 1, 1, 1, 2, 3))
        tags = [
            Tag(0x88A8 if self.chance(0.1) else 0x8100, choice(VIDS), self.random.randrange(8))
            for _ in range(min(count, most_tags))
        ]
        first = [entry for entry in entries if entry.table == 0] or entries
        wanted = choice(first).match if self.chance(0.8) else ()
        for name, value, _mask in wanted:
            if name == "vlan_vid":
                tags = [tags[0]._replace(vid=value & 0xFFF) if tags else Tag(0x8100, value & 0xFFF, 0), *tags[1:]]
                tags = tags if value & VID_PRESENT else []
            elif name == "vlan_pcp":
                tags = [tags[0]._replace(pcp=value), *tags[1:]] if tags else []
            elif name != "in_port":
                values[name.replace("tcp_", "l4_").replace("udp_", "l4_")] = value
        return Packet(tags=tuple(tags), **values)
