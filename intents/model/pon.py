"""The neutral state of an OLT and its ONUs, object by object as TR-385 and TR-383 name them.

References are by name. Units as in the models: traffic descriptors and policers in bit/s, shapers in kbit/s.
`untagged` is a kind of match, never VID 0. Every object has a `key`: (kind, name).

Over 400 lines in one file because it is one list of plain values, read beside the standard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

# Names that Clearway gives begin with this; an object without it is not ours to delete.
NAME_PREFIX: Final = "cw."

Usage = Literal["user-port", "network-port"]
TagType = Literal["c-vlan", "s-vlan"]


class _Named:
    """Shared key of the objects below."""

    __slots__ = ()
    kind: ClassVar[str]
    name: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same object."""
        return (self.kind, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareComponent(_Named):
    """ietf-hardware component. cls: chassis, port (an uplink), transceiver-link (a PON or ANI), uni (an RJ45)."""

    kind: ClassVar[str] = "hardware"
    name: str
    cls: Literal["chassis", "port", "transceiver-link", "uni"]
    parent: str | None = None
    rel_pos: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGroup(_Named):
    """bbf-xpon channel-group: wavelengths that share one ODN."""

    kind: ClassVar[str] = "channel-group"
    name: str
    polling_period_ds: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPartition(_Named):
    """bbf-xpon channel-partition: an optical domain with one discovery behaviour. Distances in km."""

    kind: ClassVar[str] = "channel-partition"
    name: str
    channel_group: str
    index: int = 0
    closest_onu_km: int = 0
    max_differential_km: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPair(_Named):
    """bbf-xpon channel-pair: an upstream and a downstream wavelength. type: xgs or gpon."""

    kind: ClassVar[str] = "channel-pair"
    name: str
    channel_group: str
    channel_partition: str
    type: Literal["xgs", "gpon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTermination(_Named):
    """bbf-xpon channel-termination: a PON port of the OLT. `hardware`: component of the transceiver."""

    kind: ClassVar[str] = "channel-termination"
    name: str
    channel_pair: str
    type: Literal["xgs", "gpon"]
    pon_id: int
    hardware: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VAni(_Named):
    """bbf-xponvani v-ani: the OLT's image of an ONU, matched by serial number."""

    kind: ClassVar[str] = "v-ani"
    name: str
    onu_id: int
    channel_partition: str
    channel_pair: str
    serial: str
    upstream_fec: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ani(_Named):
    """bbf-xponani ani: the ONU's PON interface (combined-NE mode keeps it in the OLT's datastore)."""

    kind: ClassVar[str] = "ani"
    name: str
    hardware: str
    upstream_fec: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue under a tm-root. priority: 7 first; weight: share among equal priority, 1..255."""

    queue_id: int
    bac: str
    priority: int
    weight: int
    shaper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TmRoot:
    """Traffic management of an interface: queues by queue_id, the traffic-class map, the port shaper."""

    queues: tuple[Queue, ...]
    tc_map: str | None = None
    shaper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EthernetInterface(_Named):
    """An ethernetCsmacd interface: an OLT's uplink (network-port) or an ONU's UNI (user-port)."""

    kind: ClassVar[str] = "ethernet"
    name: str
    usage: Usage
    hardware: str
    tm: TmRoot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OltVEnet(_Named):
    """bbf-xponvani olt-v-enet: the OLT's end of one UNI; its tm-root holds the downstream queues."""

    kind: ClassVar[str] = "olt-v-enet"
    name: str
    v_ani: str
    tm: TmRoot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMatch:
    """What a rule matches. tagging `untagged` or `priority-tagged` (VID 0) or `tagged` with tag type and VID."""

    tagging: Literal["untagged", "priority-tagged", "tagged"]
    tag_type: TagType | None = None
    vid: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTag:
    """A tag to push. pbit_from: `constant` (pbit), `tag` (copied from tag index 0), `marking` (metadata index 0,
    what the ingress policy's pbit-marking wrote)."""

    tag_type: TagType
    vid: int
    pbit_from: Literal["constant", "tag", "marking"]
    pbit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Pop some tags, then push some, outermost last to be pushed first in the tuple."""

    pop: int
    push: tuple[PushTag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressRule:
    """A rule of a VLAN sub-interface's inline-frame-processing; the lowest priority number wins (TR-383)."""

    name: str
    priority: int
    match: TagMatch
    rewrite: Rewrite | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VlanSubInterface(_Named):
    """bbf-sub-interfaces vlan-sub-interface on `lower`, with its ingress QoS policy profile."""

    kind: ClassVar[str] = "vlan-sub-interface"
    name: str
    lower: str
    rules: tuple[IngressRule, ...]
    egress: Rewrite | None = None
    usage: Usage | None = None
    ingress_policy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficDescriptorProfile(_Named):
    """DBA profile, bit/s. eligibility: how bandwidth beyond assured is shared (G.9807.1 C.7.3.5.1)."""

    kind: ClassVar[str] = "traffic-descriptor-profile"
    name: str
    fixed_bps: int
    assured_bps: int
    maximum_bps: int
    priority: int = 1
    weight: int = 1
    eligibility: Literal["none", "non-assured-sharing", "best-effort-sharing"] = "best-effort-sharing"


@dataclass(frozen=True, slots=True, kw_only=True)
class TCont(_Named):
    """A T-CONT of a v-ani, with its Alloc-ID and upstream queues."""

    kind: ClassVar[str] = "tcont"
    name: str
    alloc_id: int
    v_ani: str
    profile: str | None
    queues: tuple[Queue, ...] = ()
    tc_map: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GemPort(_Named):
    """A GEM port: traffic class of an olt-v-enet, carried upstream in a T-CONT."""

    kind: ClassVar[str] = "gemport"
    name: str
    gemport_id: int
    interface: str
    traffic_class: int
    tcont: str | None
    aes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceLink(_Named):
    """bbf-link-table: ani to v-ani, UNI to olt-v-enet. `name` is the from-interface."""

    kind: ClassVar[str] = "link"
    name: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarder(_Named):
    """bbf-l2-forwarding forwarder. ports: (port name, sub-interface), sorted by port name."""

    kind: ClassVar[str] = "forwarder"
    name: str
    ports: tuple[tuple[str, str], ...]
    fdb: str | None = None
    split_horizon: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticMac:
    """A MAC address (lower case, colons) that lives behind one forwarder port only."""

    mac: str
    forwarder: str
    port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardingDatabase(_Named):
    """bbf-l2-forwarding forwarding database. static: sorted by mac."""

    kind: ClassVar[str] = "forwarding-database"
    name: str
    max_macs: int = 4096
    aging_s: int = 300
    static: tuple[StaticMac, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitHorizonProfile(_Named):
    """Frames from a port of usage `in_usage` never leave by one of `out_usage`."""

    kind: ClassVar[str] = "split-horizon-profile"
    name: str
    in_usage: Usage = "user-port"
    out_usage: Usage = "user-port"


@dataclass(frozen=True, slots=True, kw_only=True)
class TcMap(_Named):
    """tc-id-2-queue-id-mapping-profile. entries: (traffic class, queue), sorted."""

    kind: ClassVar[str] = "tc-map"
    name: str
    entries: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bac(_Named):
    """Buffer acceptance: tail drop. max_queue_bytes; max_threshold in percent."""

    kind: ClassVar[str] = "bac"
    name: str
    max_queue_bytes: int
    max_threshold_percent: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ShaperProfile(_Named):
    """Single-token-bucket shaper, kbit/s and bytes."""

    kind: ClassVar[str] = "shaper-profile"
    name: str
    pir_kbps: int
    pbs_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeFilter(_Named):
    """Match untagged frames, or frames whose outer tag has one of the PCPs."""

    kind: ClassVar[str] = "composite-filter"
    name: str
    untagged: bool = False
    pbits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicingProfile(_Named):
    """Two-rate three-colour marker, bit/s and bytes; red is dropped (RFC 2698)."""

    kind: ClassVar[str] = "policing-profile"
    name: str
    cir_bps: int
    cbs_bytes: int
    pir_bps: int
    pbs_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier(_Named):
    """A classifier entry. filter None: all packets. Actions that are None are absent."""

    kind: ClassVar[str] = "classifier"
    name: str
    filter: str | None = None
    pbit_marking: int | None = None
    traffic_class: int | None = None
    policer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(_Named):
    """An ordered list of classifiers; all that match act."""

    kind: ClassVar[str] = "policy"
    name: str
    classifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyProfile(_Named):
    """An ordered list of policies; what an interface refers to."""

    kind: ClassVar[str] = "policy-profile"
    name: str
    policies: tuple[str, ...]


PonObject = (
    HardwareComponent
    | ChannelGroup
    | ChannelPartition
    | ChannelPair
    | ChannelTermination
    | VAni
    | Ani
    | EthernetInterface
    | OltVEnet
    | VlanSubInterface
    | TrafficDescriptorProfile
    | TCont
    | GemPort
    | InterfaceLink
    | Forwarder
    | ForwardingDatabase
    | SplitHorizonProfile
    | TcMap
    | Bac
    | ShaperProfile
    | CompositeFilter
    | PolicingProfile
    | Classifier
    | Policy
    | PolicyProfile
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedOnu:
    """An ONU that the OLT sees on a PON. `v_ani`: the configuration that it matched, if any."""

    serial: str
    channel_termination: str
    v_ani: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OltFacts:
    """What an OLT says of itself beside its configuration: the v-anis that are up, the ONUs that it sees."""

    up_v_anis: frozenset[str] = frozenset()
    detected: tuple[DetectedOnu, ...] = ()
