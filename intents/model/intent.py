"""What a hospital asks of its network: one intent a value, as written and as resolved to places.

An intent that is written as a sentence and one written as fields are the same value, but for `say`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from intents.model.campus import Place, Service
from intents.model.diagnostic import NOWHERE, Position


class Permission(StrEnum):
    """Whether traffic may flow. An intent that asks for a class or a rate allows it as well."""

    ALLOW = "allow"
    DENY = "deny"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """`1,000 images of 512 KiB within 1 s`."""

    images: int
    size_bytes: int
    within_us: int

    @property
    def payload_bits(self) -> int:
        """What is to be carried, without protocol overhead."""
        return self.images * self.size_bytes * 8

    @property
    def rate_bps(self) -> int:
        """The payload rate, rounded up, that just meets the promise."""
        return -(-self.payload_bits * 10**6 // self.within_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One document of kind Intent. Names in `sources`, `destinations` and `via` are campus names, not yet resolved."""

    name: str
    permission: Permission
    sources: tuple[str, ...]
    destinations: tuple[str, ...] = ()
    one_way: bool = False
    services: tuple[str, ...] = ()
    service_class: str | None = None
    guarantee_bps: int | None = None
    limit_bps: int | None = None
    latency_us: int | None = None
    deliver: Deliver | None = None
    via: str | None = None
    survive: str | None = None
    when: str | None = None
    is_posture: bool = False  # no intent speaks: the campus's own rule for its segments
    say: str | None = field(default=None, compare=False)
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    annotations: Mapping[str, str] = field(default_factory=dict, compare=False)
    position: Position = field(default=NOWHERE, compare=False)
    # Where each field of the spec was written ("to", "deliver.within", ...), for diagnostics.
    positions: Mapping[str, Position] = field(default_factory=dict, compare=False)

    def at(self, path: str) -> Position:
        """Where the field was written, or the sentence, or the intent itself."""
        return self.positions.get(path) or self.positions.get("say") or self.position


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedIntent:
    """An intent with its places. `sources` and `destinations` are sorted by name and never overlap pairwise equal.

    except_pairs: (source, destination) by name of which it does not speak.
    """

    intent: Intent
    sources: tuple[Place, ...]
    destinations: tuple[Place, ...]
    services: tuple[Service, ...]
    except_pairs: frozenset[tuple[str, str]] = frozenset()

    @property
    def name(self) -> str:
        """The intent's name."""
        return self.intent.name

    def forward_pairs(self) -> tuple[tuple[str, str], ...]:
        """Names of source and destination, every pair once. A place never pairs with itself."""
        names = [d.name for d in self.destinations]
        pairs = ((s.name, name) for s in self.sources for name in names if name != s.name)
        return tuple(p for p in pairs if p not in self.except_pairs) if self.except_pairs else tuple(pairs)

    def pairs(self) -> tuple[tuple[Place, Place], ...]:
        """Ordered pairs (sender, receiver) of the intent; both ways unless one-way, sorted by name."""
        places = {p.name: p for p in (*self.sources, *self.destinations)}
        forward = self.forward_pairs()
        backward = () if self.intent.one_way else tuple((d, s) for s, d in forward)
        return tuple((places[s], places[d]) for s, d in sorted({*forward, *backward}))
