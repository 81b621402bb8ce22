"""Bandwidth of T-CONTs and GEM ports (TR-385), profiles of queues, and QoS policies (TR-383)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from intents.model.pon_base import Named
from intents.model.pon_ethernet import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficDescriptorProfile(Named):
    """DBA profile, bit/s. eligibility: how bandwidth beyond assured is shared (G.9807.1 C.7.3.5.1): not at all, with
    others of the non-assured phase, or best effort by priority and weight."""

    kind: ClassVar[str] = "traffic-descriptor-profile"
    name: str
    fixed_bps: int
    assured_bps: int
    maximum_bps: int
    priority: int = 1
    weight: int = 1
    eligibility: Literal["none", "non-assured-sharing", "best-effort-sharing"] = "best-effort-sharing"


@dataclass(frozen=True, slots=True, kw_only=True)
class TCont(Named):
    """A T-CONT of a v-ani, with its Alloc-ID and upstream queues."""

    kind: ClassVar[str] = "tcont"
    name: str
    alloc_id: int
    v_ani: str
    profile: str | None
    queues: tuple[Queue, ...] = ()
    tc_map: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GemPort(Named):
    """A GEM port: traffic class of an olt-v-enet, carried upstream in a T-CONT. Others' may have neither."""

    kind: ClassVar[str] = "gemport"
    name: str
    gemport_id: int
    interface: str
    traffic_class: int | None
    tcont: str | None
    aes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TcMap(Named):
    """tc-id-2-queue-id-mapping-profile. entries: (traffic class, queue), sorted."""

    kind: ClassVar[str] = "tc-map"
    name: str
    entries: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bac(Named):
    """Buffer acceptance: tail drop. max_queue_bytes; max_threshold in percent."""

    kind: ClassVar[str] = "bac"
    name: str
    max_queue_bytes: int
    max_threshold_percent: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ShaperProfile(Named):
    """Single-token-bucket shaper, kbit/s and bytes."""

    kind: ClassVar[str] = "shaper-profile"
    name: str
    pir_kbps: int
    pbs_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeFilter(Named):
    """Match untagged frames, or frames whose outer tag has one of the PCPs."""

    kind: ClassVar[str] = "composite-filter"
    name: str
    untagged: bool = False
    pbits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicingProfile(Named):
    """A policer, bit/s and bytes. rates 2: two-rate three-colour marker, red is dropped (RFC 2698). rates 1: one rate,
    two colours, what is above it is dropped (MEF 10.3 without EIR); then PIR is CIR and PBS is CBS."""

    kind: ClassVar[str] = "policing-profile"
    name: str
    cir_bps: int
    cbs_bytes: int
    pir_bps: int
    pbs_bytes: int
    rates: Literal[1, 2] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier(Named):
    """A classifier entry. filter None: all packets. Actions that are None are absent."""

    kind: ClassVar[str] = "classifier"
    name: str
    filter: str | None = None
    pbit_marking: int | None = None
    traffic_class: int | None = None
    policer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Named):
    """An ordered list of classifiers; all that match act."""

    kind: ClassVar[str] = "policy"
    name: str
    classifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyProfile(Named):
    """An ordered list of policies; what an interface refers to."""

    kind: ClassVar[str] = "policy-profile"
    name: str
    policies: tuple[str, ...]
