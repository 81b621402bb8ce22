"""What the verifier says: a verdict per property, with a packet and its way when the property fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from intents.model.diagnostic import Position
from intents.model.plan import Asker
from intents.model.state import ObjectKey


class Property(StrEnum):
    """What can be claimed of a network for an intent. Each is defined in intents/verify."""

    REACHABILITY = "reachability"
    ISOLATION = "isolation"
    WAYPOINT = "waypoint"
    LOOP = "loop"
    PRIORITY = "priority"
    TRUST = "trust"
    GUARANTEE = "guarantee"
    LIMIT = "limit"
    LATENCY = "latency"
    DELIVER = "deliver"
    SURVIVAL = "survival"
    QUARANTINE = "quarantine"


class Owner(StrEnum):
    """Who asks for an object today."""

    ASKED = "asked"  # intents, places, ONUs: whoever is named
    CAMPUS = "campus"  # nobody in particular: the network that Clearway makes
    NOBODY = "nobody"
    UNKNOWN = "unknown"  # today's texts do not compile


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What decided at a hop: an object in the device's own words, or why there is none (key None).

    device: which holds the object, the OLT for what it says to an ONU. table, priority, cookie: of a flow entry.
    owner, askers: who asks for it today; ours: whether it bears Clearway's mark.
    """

    text: str
    device: str = ""
    key: ObjectKey | None = None
    table: int | None = None
    priority: int | None = None
    cookie: int | None = None
    owner: Owner = Owner.UNKNOWN
    askers: tuple[Asker, ...] = ()
    ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One device that a packet crosses. VID and PCP before and after it; None: untagged. meters: `meter 3 (4 Mbit/s)`.

    trace: the packet as it comes to a switch, as a flow of `ovs-appctl ofproto/trace`; empty where it is none of those.
    """

    device: str
    decided: tuple[Decided, ...]
    in_port: str = ""
    out_port: str = ""
    vid_before: int | None = None
    pcp_before: int | None = None
    vid: int | None = None
    pcp: int | None = None
    queue: str = ""
    meters: tuple[str, ...] = ()
    note: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way of one natural packet that arrives as owed. source, destination: places."""

    source: str
    destination: str
    packet: Mapping[str, str]
    hops: tuple[Hop, ...]


class Remedy(StrEnum):
    """What would make the packet as owed."""

    RESTORE = "put back"  # it was applied and is gone
    REVERT = "make as applied"  # it is there and otherwise than applied
    REMOVE = "remove"  # it was not applied, or the packet is not to come by it


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """An object to blame, and what would make the packet as owed. key None: the object is not there."""

    device: str
    name: str
    remedy: Remedy
    key: ObjectKey | None = None
    owner: Owner = Owner.UNKNOWN
    askers: tuple[Asker, ...] = ()
    ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """One concrete packet that breaks the property, its way, and the object to blame.

    failing: which of the hops is not as owed, from 0; None: no single one. alike: in words, all packets that the
    network treats just like this one. blames: the smallest set to blame: to change any one of them is enough, or, if
    `together`, only to change all.
    """

    packet: Mapping[str, str]  # header field -> value, for people: "ipv4_dst": "10.20.0.5"
    hops: tuple[Hop, ...]
    blame_device: str
    blame_object: str
    expected: str
    actual: str
    failing: int | None = None
    alike: str = ""
    blames: tuple[Blame, ...] = ()
    together: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HopBound:
    """What one hop leaves of its queue at worst: a rate, bit/s, rounded down, after a latency, us, rounded up."""

    device: str
    where: str
    rate_bps: int
    latency_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The worst case of the worst way of an intent, by network calculus, rounded to what is worse.

    rate_bps: what is left for it at least; slowest: the hop that binds it. delay_us: the longest that a packet of it
    takes; longest: the hop that takes most of it. backlog_bits: the most of it that waits on the way. None: no bound.
    completion_us: the longest that a delivery takes. relies: who is relied on to keep to what he is bound to, because
    no device holds him to it; sorted.
    """

    source: str
    destination: str
    rate_bps: int
    slowest: str
    delay_us: int | None
    longest: str
    backlog_bits: int | None
    completion_us: int | None = None
    relies: tuple[str, ...] = ()
    hops: tuple[HopBound, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Verdict for one property of one intent. `cannot_prove`: the model met something it cannot represent. bound: of a
    promise of a rate, a delay or a delivery, where there is one."""

    property: Property
    holds: bool
    statement: str  # one sentence for people, with numbers: "of 4.77 Gbit/s promised, 8.6 Gbit/s is left at worst"
    counterexample: Counterexample | None = None
    cannot_prove: bool = False
    vacuous: bool = False
    bound: Bound | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentVerdict:
    """All findings for one intent, and the ways of one natural packet for each pair and direction."""

    intent: str
    position: Position
    findings: tuple[Finding, ...]
    paths: tuple[Way, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether every property holds."""
        return all(f.holds for f in self.findings)


class DriftKind(StrEnum):
    """How an object is not as it was applied."""

    MISSING = "missing"
    EXTRA = "extra"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """One attribute of an object, as applied and as found, for people. A path names a part: `tm.queues[3].priority`."""

    attribute: str
    applied: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One object that is not as it was applied. name: in the device's words; ours: whether what is there bears
    Clearway's mark (if not, somebody put his own in its place)."""

    device: str
    key: ObjectKey
    name: str
    kind: DriftKind
    differs: tuple[Differing, ...] = ()
    ours: bool = True
    owner: Owner = Owner.UNKNOWN
    askers: tuple[Asker, ...] = ()

    @property
    def statement(self) -> str:
        """In a sentence."""
        match self.kind:
            case DriftKind.MISSING:
                return f"{self.name} on {self.device} was applied and is gone"
            case DriftKind.EXTRA:
                return f"{self.name} on {self.device} is there and was not applied"
            case DriftKind.CHANGED:
                what = "; ".join(f"{d.attribute} {d.applied} -> {d.found}" for d in self.differs)
                return f"{self.name} on {self.device} is not as it was applied: {what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The network's verdict: per intent, and drift from what was applied."""

    intents: tuple[IntentVerdict, ...]
    drift: tuple[Drift, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all intents hold. Drift alone does not fail an intent that still holds."""
        return all(i.holds for i in self.intents)
