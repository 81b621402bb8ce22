"""Ethernet ends of a PON and VLANs on them (TR-383): UNIs, uplinks, olt-v-enets, VLAN sub-interfaces, queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from intents.model.pon_base import Named, TagType, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue under a tm-root. priority: 7 first; weight: share among equal priority, 1..255."""

    queue_id: int
    bac: str
    priority: int
    weight: int
    shaper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerChild:
    """A scheduler under another, or under the tm-root: which, and how it shares with its siblings."""

    name: str
    priority: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler:
    """A scheduler node (bbf-qos-enhanced-scheduling): over other schedulers, by name, or over queues, by queue_id.
    level: below its parent's number of one more."""

    name: str
    level: int
    children: tuple[SchedulerChild, ...] = ()
    queues: tuple[Queue, ...] = ()
    shaper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TmRoot:
    """Traffic management of an interface: queues by queue_id or schedulers by name (never both), the schedulers
    directly under the root, the traffic-class map, the port shaper."""

    queues: tuple[Queue, ...]
    tc_map: str | None = None
    shaper: str | None = None
    schedulers: tuple[Scheduler, ...] = ()
    top: tuple[SchedulerChild, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EthernetInterface(Named):
    """An ethernetCsmacd interface: an OLT's uplink (network-port) or an ONU's UNI (user-port)."""

    kind: ClassVar[str] = "ethernet"
    name: str
    usage: Usage
    hardware: str
    tm: TmRoot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OltVEnet(Named):
    """bbf-xponvani olt-v-enet: the OLT's end of one UNI; its tm-root holds the downstream queues."""

    kind: ClassVar[str] = "olt-v-enet"
    name: str
    v_ani: str
    tm: TmRoot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMatch:
    """What a rule matches. tagging: `untagged`; `priority-tagged` (VID 0); `tagged` with tag type and VID (None: any).

    pbits: sorted PCPs of the outer tag, empty for any. inner: a second tag below the first (QinQ), of type and VID;
    it has no inner tag itself.
    """

    tagging: Literal["untagged", "priority-tagged", "tagged"]
    tag_type: TagType | None = None
    vid: int | None = None
    pbits: tuple[int, ...] = ()
    inner: TagMatch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTag:
    """A tag to push. pbit_from: `constant` (pbit), `tag` (copied from the tag of index pbit_index before any pop),
    `marking` (what the ingress policy's pbit-marking wrote at pbit_index). dei_from: `0`, `1`, or `tag` (copied from
    the outer tag)."""

    tag_type: TagType
    vid: int
    pbit_from: Literal["constant", "tag", "marking"]
    pbit: int | None = None
    pbit_index: int = 0
    dei_from: Literal["0", "1", "tag"] = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Pop some tags, then push some: push[0] is the outermost tag of the result."""

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
class MacLearning:
    """MAC learning of one sub-interface. max_macs: at most so many; full: what becomes of a frame whose source cannot
    be learnt."""

    max_macs: int
    learn: bool = True
    full: Literal["forward", "discard"] = "forward"


@dataclass(frozen=True, slots=True, kw_only=True)
class VlanSubInterface(Named):
    """bbf-sub-interfaces vlan-sub-interface on `lower`, with its ingress QoS policy profile."""

    kind: ClassVar[str] = "vlan-sub-interface"
    name: str
    lower: str
    rules: tuple[IngressRule, ...]
    egress: Rewrite | None = None
    usage: Usage | None = None
    ingress_policy: str | None = None
    mac_learning: MacLearning | None = None
