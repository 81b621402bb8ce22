"""The neutral state of an OpenFlow switch: flow entries, groups, meters (OpenFlow 1.3) and port queues (OVSDB).

Field values are integers as in OXM (OpenFlow 1.3.5, 7.2.3): vlan_vid carries OFPVID_PRESENT (0x1000), so that
0 is untagged, 0x1000|vid one VLAN, and 0x1000/0x1000 any tag; no match on vlan_vid is a fourth thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

VID_PRESENT: Final = 0x1000
PORT_IN_PORT: Final = 0xFFFFFFF8
PORT_CONTROLLER: Final = 0xFFFFFFFD
# The last number of a port that 16 bits have room for, as in a Nicira resubmit; those beyond are reserved there.
LAST_PORT: Final = 0xFEFF
# Clearway owns the flow entries whose cookie has this in its top 16 bits; learnt neighbours differ in one bit.
COOKIE_PREFIX: Final = 0xC1EA << 48
COOKIE_MASK: Final = 0xFFFF << 48
LEARNT_COOKIE: Final = 0xC1EB << 48
# Groups in this range are Clearway's, first and last: a group carries no cookie by which to tell.
GROUP_IDS: Final = (0xC1EA_0000, 0xC1EA_FFFF)

FieldName = Literal[
    "in_port",
    "eth_src",
    "eth_dst",
    "eth_type",
    "vlan_vid",
    "vlan_pcp",
    "ip_dscp",
    "ip_proto",
    "ipv4_src",
    "ipv4_dst",
    "tcp_src",
    "tcp_dst",
    "udp_src",
    "udp_dst",
    "arp_op",
    "arp_spa",
    "arp_tpa",
]


class FieldMatch(NamedTuple):
    """One field of a match. mask None: exact. Bits outside the mask are zero in value.

    A named tuple and no dataclass: a campus has millions of them, and they are hashed and compared all the time.
    """

    name: FieldName
    value: int
    mask: int | None = None


Match = tuple[FieldMatch, ...]  # sorted by name; the empty match is all packets


def match(*fields: FieldMatch) -> Match:
    """A match in its one normal form."""
    return tuple(sorted(fields))


@dataclass(frozen=True, slots=True)
class PushVlan:
    """Push an 802.1Q tag (TPID 0x8100), VID and PCP to be set after."""

    ethertype: int = 0x8100


@dataclass(frozen=True, slots=True)
class PopVlan:
    """Pop the outermost tag."""


@dataclass(frozen=True, slots=True)
class SetField:
    """Set a header field; vlan_vid with VID_PRESENT."""

    name: FieldName
    value: int


@dataclass(frozen=True, slots=True)
class DecTtl:
    """Decrement the IPv4 TTL; a packet whose TTL runs out is dropped."""


@dataclass(frozen=True, slots=True)
class SetQueue:
    """Queue for the outputs that follow."""

    queue_id: int


@dataclass(frozen=True, slots=True)
class Output:
    """Send to a port. Output to the ingress port needs PORT_IN_PORT."""

    port: int


@dataclass(frozen=True, slots=True)
class ToGroup:
    """Hand to a group."""

    group_id: int


@dataclass(frozen=True, slots=True)
class ArpReply:
    """Turn an ARP request into the reply that says `mac` for the address asked, and send it back where it came from.

    On the wire this is a list of Nicira register moves, which Open vSwitch runs without the controller.
    """

    mac: int


@dataclass(frozen=True, slots=True)
class LearnNeighbour:
    """Remember sender IPv4 -> sender MAC as an entry of `table` (priority, LEARNT_COOKIE): what the gateway needs to
    reach a place whose MAC address is not written in the campus. `arp`: take the address from ARP, else from IPv4.
    The entry matches (eth_type IPv4, ipv4_dst) and does: set eth_dst, then goes no further (its caller continues).
    """

    table: int
    priority: int
    arp: bool


@dataclass(frozen=True, slots=True)
class Resubmit:
    """Look `table` up and come back (Nicira resubmit): how a forwarding entry fills in a learnt neighbour's MAC.

    in_port: look it up as though the packet had come by this port, which is how a second cable is treated as the first.
    It is for that one look-up: output to PORT_IN_PORT and later look-ups see the port that it came by. None: that port.
    """

    table: int
    in_port: int | None = None


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """Something read from a switch that this model cannot represent. The verifier says "cannot prove" and names it."""

    text: str


Action = (
    PushVlan
    | PopVlan
    | SetField
    | DecTtl
    | SetQueue
    | Output
    | ToGroup
    | ArpReply
    | LearnNeighbour
    | Resubmit
    | Unmodelled
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEntry:
    """A flow entry. Instructions in the order that OpenFlow fixes: meter, apply-actions, goto-table."""

    table: int
    priority: int
    match: Match
    actions: tuple[Action, ...] = ()
    goto: int | None = None
    meter: int | None = None
    cookie: int = COOKIE_PREFIX
    # Match fields read from a switch that FieldName lacks, as text: they tell entries apart, and an Unmodelled action
    # says the same, because what such an entry matches is only part of what `match` says.
    match_residue: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same entry: table, priority and match (OpenFlow 1.3.5, 6.4)."""
        residue = (self.match_residue,) if self.match_residue else ()
        return ("flow", self.table, self.priority, self.match, *residue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bucket of a group. It is live while what it watches is; one that watches nothing is."""

    actions: tuple[Action, ...]
    watch_port: int | None = None
    watch_group: int | None = None
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEntry:
    """A group: `all`, `indirect`, `select` or `ff` (fast failover)."""

    group_id: int
    type: Literal["all", "indirect", "select", "ff"]
    buckets: tuple[Bucket, ...]

    @property
    def key(self) -> tuple[str, int]:
        """Group identifier."""
        return ("group", self.group_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A meter with one drop band, rate in kbit/s and burst in kbit."""

    meter_id: int
    rate_kbps: int
    burst_kbit: int = 0

    @property
    def key(self) -> tuple[str, int]:
        """Meter identifier."""
        return ("meter", self.meter_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortQueue:
    """A queue of a port, by OVSDB (QoS type linux-htb): min-rate and max-rate in bit/s; priority 0 is served first."""

    port: int
    queue_id: int
    min_rate_bps: int
    max_rate_bps: int
    priority: int

    @property
    def key(self) -> tuple[str, int, int]:
        """Port number and queue number."""
        return ("queue", self.port, self.queue_id)


SwitchObject = FlowEntry | GroupEntry | Meter | PortQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchFacts:
    """What a switch says of itself beside its configuration: ports by number, and which of them are up."""

    ports: dict[int, str] = field(default_factory=dict)
    up: frozenset[int] = frozenset()
    has_nicira: bool = True
