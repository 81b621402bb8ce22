"""What the verifier says: a verdict per property, with a packet and its way when the property fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from intents.model.diagnostic import Position


class Property(StrEnum):
    """What can be claimed of a network for an intent. Each is defined in intents/verify."""

    REACHABILITY = "reachability"
    ISOLATION = "isolation"
    PRIORITY = "priority"
    TRUST = "trust"
    GUARANTEE = "guarantee"
    LIMIT = "limit"
    DELIVER = "deliver"
    SURVIVAL = "survival"
    QUARANTINE = "quarantine"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One device that a packet crosses. `entry` is what decided there, in the device's own words."""

    device: str
    entry: str
    in_port: str = ""
    out_port: str = ""
    vid: int | None = None  # after the hop; None: untagged
    pcp: int | None = None
    queue: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """One concrete packet that breaks the property, its way, and the object to blame."""

    packet: Mapping[str, str]  # header field -> value, for people: "ipv4_dst": "10.20.0.5"
    hops: tuple[Hop, ...]
    blame_device: str
    blame_object: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Verdict for one property of one intent. `cannot_prove`: the model met something it cannot represent."""

    property: Property
    holds: bool
    statement: str  # one sentence for people, with numbers: "of 4.77 Gbit/s promised, 8.6 Gbit/s is left at worst"
    counterexample: Counterexample | None = None
    cannot_prove: bool = False
    vacuous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentVerdict:
    """All findings for one intent, and its way through the network for one natural packet each direction."""

    intent: str
    position: Position
    findings: tuple[Finding, ...]
    paths: tuple[tuple[Hop, ...], ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether every property holds."""
        return all(f.holds for f in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The network's verdict: per intent, and drift from what was applied."""

    intents: tuple[IntentVerdict, ...]
    drift: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all intents hold. Drift alone does not fail an intent that still holds."""
        return all(i.holds for i in self.intents)
