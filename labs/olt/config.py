"""The OLT's configuration as the dataplane and the checks read it: plain values, references resolved where it helps.

Built from a datastore by parse.py. A configuration that YANG accepts may still lack things (a T-CONT without a
profile): such fields are None, and checks.py refuses them before a dataplane sees them. Units are in the names;
traffic descriptors and policers in bit/s, shapers in kbit/s. Everything is sorted by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Technology = Literal["xgs-pon", "gpon", "unknown"]
TagType = Literal["c-vlan", "s-vlan"]
Usage = Literal["user-port", "network-port", "subtended-node-port", "inherit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A hardware component. `cls`: its class, without the prefix (chassis, port, transceiver-link-xgs, rj45).
    position: parent-rel-pos, a UNI's number among the UNIs of its ONU."""

    name: str
    cls: str
    parent: str | None
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTermination:
    """A PON port. `pon`: the hardware component that it sits on, which is the plant's name of the PON."""

    name: str
    pon: str | None
    technology: Technology
    channel_pair: str | None
    channel_partition: str | None
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VAni:
    """A configured ONU. `termination`: the PON port by way of its channel pair, None where there is none; with Type B
    protection one of the two."""

    name: str
    onu_id: int | None
    serial: str | None
    channel_partition: str | None
    channel_pair: str | None
    termination: str | None
    technology: Technology
    enabled: bool

    def is_expected_on(self, termination: ChannelTermination) -> bool:
        """Whether the ONU is to be there: on the channel pair, whichever port it is on, or in the partition."""
        if self.channel_pair is not None:
            return termination.channel_pair == self.channel_pair
        return self.channel_partition is not None and termination.channel_partition == self.channel_partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Ani:
    """An ONU's end of the PON. `hardware`: the component that it sits on."""

    name: str
    hardware: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue. priority: 7 first, strictly; weight: share among equal priority. pir_kbps: its shaper, None without."""

    queue_id: int
    priority: int
    weight: int
    pir_kbps: int | None
    pbs_bytes: int | None
    max_bytes: int | None
    shaper: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TmRoot:
    """Queues by id, (traffic class, queue id) pairs in order, and the shaper of the whole. hierarchical: there are
    schedulers between the root and its queues."""

    queues: tuple[Queue, ...]
    tc_to_queue: tuple[tuple[int, int], ...]
    tc_map: str | None
    pir_kbps: int | None
    shaper: str | None
    hierarchical: bool = False

    def queue_of(self, traffic_class: int) -> int | None:
        """The queue that a traffic class goes to; without a map, the one of the same number."""
        if self.tc_map is None:
            return traffic_class
        return dict(self.tc_to_queue).get(traffic_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ethernet:
    """An Ethernet interface: an uplink (network-port) or an ONU's UNI (user-port). `hardware`: component it sits on."""

    name: str
    usage: Usage | None
    hardware: str | None
    tm: TmRoot | None
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OltVEnet:
    """The OLT's end of a UNI; its tm-root holds the downstream queues."""

    name: str
    v_ani: str
    tm: TmRoot | None
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficDescriptor:
    """DBA parameters, bit/s. priority 1..8, 8 first (the models leave it open); eligibility beyond assured."""

    name: str
    fixed_bps: int
    assured_bps: int
    maximum_bps: int
    priority: int
    weight: int
    eligibility: Literal["none", "non-assured-sharing", "best-effort-sharing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TCont:
    """A T-CONT of `v_ani`, with its traffic descriptor and its upstream queues."""

    name: str
    alloc_id: int | None
    v_ani: str | None
    descriptor: TrafficDescriptor | None
    tm: TmRoot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GemPort:
    """A GEM port: one traffic class of `interface` (an olt-v-enet), carried upstream in `tcont`."""

    name: str
    gemport_id: int | None
    interface: str | None
    traffic_class: int | None
    tcont: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMatch:
    """One tag. vid None: priority-tagged (VID 0). pbits None: any."""

    tag_type: TagType
    vid: int | None
    pbits: frozenset[int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameMatch:
    """any; untagged; or tagged with `tags`, the outer one first."""

    kind: Literal["any", "untagged", "tagged"]
    tags: tuple[TagMatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTag:
    """A tag to push. pbit_from: `constant` (pbit), `tag` (the frame's tag of index pbit_index before any pop),
    `marking` (what the ingress policy's pbit-marking wrote at pbit_index, 0 where it wrote nothing)."""

    tag_type: TagType
    vid: int
    pbit_from: Literal["constant", "tag", "marking"]
    pbit: int = 0
    pbit_index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Take `pop` tags off, then put `push` on; push[0] is the outer tag of the result."""

    pop: int = 0
    push: tuple[PushTag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An ingress rule; a sub-interface's rules are in the order in which they are tried."""

    name: str
    priority: int
    match: FrameMatch
    rewrite: Rewrite


@dataclass(frozen=True, slots=True, kw_only=True)
class TagFilter:
    """A composite filter's filter: untagged, or (tag index, PCPs or None for any) each."""

    untagged: bool
    tags: tuple[tuple[int, frozenset[int] | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policer:
    """RFC 2698 where pir_bps is there (red is dropped), else one rate. bit/s and bytes."""

    name: str
    cir_bps: int
    cbs_bytes: int
    pir_bps: int | None
    pbs_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """What is done with frames that pass the filters: all of them (`every`) or any. No filter: every frame passes.
    pbit_marking: (marking index, PCP)."""

    name: str
    filters: tuple[TagFilter, ...]
    every: bool
    pbit_marking: tuple[tuple[int, int], ...]
    traffic_class: int | None
    policer: Policer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubInterface:
    """A VLAN sub-interface on `lower`. policy: classifiers in order, all that match act. usage: its own, or its
    lower interface's."""

    name: str
    lower: str | None
    rules: tuple[Rule, ...]
    egress: Rewrite
    usage: Usage | None
    policy: tuple[Classifier, ...]
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticMac:
    """A MAC address (lower case) that lives behind `port` only; port None: frames of it are dropped."""

    mac: str
    forwarder: str | None
    port: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarder:
    """A bridge. ports: (port name, sub-interface). split_horizon: (from usage, to usage) that do not forward."""

    name: str
    ports: tuple[tuple[str, str], ...]
    fdb: str | None
    max_macs: int
    aging_s: int
    static_macs: tuple[StaticMac, ...]
    split_horizon: tuple[tuple[Usage, Usage], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OltConfig:
    """Everything that is configured. `links`: (from, to) of the link table: ani to v-ani, UNI to olt-v-enet."""

    components: tuple[Component, ...] = ()
    terminations: tuple[ChannelTermination, ...] = ()
    v_anis: tuple[VAni, ...] = ()
    anis: tuple[Ani, ...] = ()
    ethernets: tuple[Ethernet, ...] = ()
    olt_v_enets: tuple[OltVEnet, ...] = ()
    sub_interfaces: tuple[SubInterface, ...] = ()
    descriptors: tuple[TrafficDescriptor, ...] = ()
    tconts: tuple[TCont, ...] = ()
    gemports: tuple[GemPort, ...] = ()
    policers: tuple[Policer, ...] = ()
    forwarders: tuple[Forwarder, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
