"""What the intents ask for, ordered pair by ordered pair: claims as written, then streams as they will be carried.

A claim is one intent's word on one ordered pair and one way of its services. Claims on the same pair and the same
services merge into one stream: the greatest promise, the least limit, the one class (conflict.py sees to that).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from intents.model.campus import Campus, Place, Service, ServiceClass
from intents.model.classes import DEFAULT_CLASS
from intents.model.diagnostic import Diagnostic, Severity
from intents.model.intent import Intent, Permission, ResolvedIntent
from intents.model.wire import implied_class, promised_bps

# `to-server`: the services' ports are destination ports; `from-server`: source ports; `any`: no services named.
Role = Literal["any", "to-server", "from-server"]

PairName = tuple[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Atom:
    """The least piece of a service: protocol 0 and port None are any."""

    role: Role
    protocol: int = 0
    port: int | None = None

    def overlaps(self, other: Atom) -> bool:
        """Whether one packet can be of both. Ways (roles) of named services are told apart."""
        if "any" in (self.role, other.role):
            return True
        if self.role != other.role:
            return False
        if 0 in (self.protocol, other.protocol):
            return True
        return self.protocol == other.protocol and (None in (self.port, other.port) or self.port == other.port)


WHOLE: Final = (Atom("any"),)


def atoms(role: Role, services: Iterable[Service]) -> tuple[Atom, ...]:
    """The atoms of some services one way, sorted. A service of any protocol is the atom of everything."""
    found: set[Atom] = set()
    for service in services:
        if service.protocol == 0:
            return (Atom("any"),)
        found |= {Atom(role, service.protocol, port) for port in service.ports} or {Atom(role, service.protocol)}
    return tuple(sorted(found, key=lambda a: (a.protocol, a.port or 0))) or (Atom("any"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One intent on one ordered pair and one way of its services. Rates in bit/s on the wire."""

    resolved: ResolvedIntent
    role: Role
    atoms: tuple[Atom, ...]
    explicit: str | None
    implied: str
    promised_bps: int
    limit_bps: int | None

    @property
    def intent(self) -> Intent:
        """The intent."""
        return self.resolved.intent

    @property
    def group(self) -> tuple[Atom, ...]:
        """Claims of one group merge into one stream."""
        return self.atoms


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What one place sends another of some services, as it will be carried. Rates in bit/s on the wire."""

    source: Place
    destination: Place
    atoms: tuple[Atom, ...]
    cls: ServiceClass
    promised_bps: int
    limit_bps: int | None
    intents: tuple[Intent, ...]  # sorted by name
    also: tuple[Intent, ...]  # those that only allow some of its services, and so add nothing; sorted by name
    promiser: Intent | None  # whose promise it is that counts: the greatest, the first by name
    explicit: bool

    @property
    def key(self) -> str:
        """A name that stays the same whatever else is asked for."""
        services = ",".join(f"{a.role}/{a.protocol}/{a.port}" for a in self.atoms)
        return f"{self.source.name}>{self.destination.name}:{services}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Everything asked for: allowing claims and denying intents by ordered pair, quarantined places with who asks."""

    allow: Mapping[PairName, tuple[Claim, ...]]
    deny: Mapping[PairName, tuple[Claim, ...]]
    quarantined: Mapping[str, ResolvedIntent]
    diagnostics: tuple[Diagnostic, ...]


def _claims_of(resolved: ResolvedIntent) -> Iterable[tuple[PairName, Claim]]:
    intent = resolved.intent
    forward_bps, back_bps = promised_bps(intent)
    implied = implied_class(intent)
    names_from, names_to = {p.name for p in resolved.sources}, {p.name for p in resolved.destinations}

    def claim(role: Role, promised_bps: int) -> Claim:
        pieces = atoms(role, resolved.services)
        return Claim(
            resolved=resolved,
            role=role if pieces[0].role != "any" else "any",
            atoms=pieces,
            explicit=intent.service_class,
            implied=implied,
            promised_bps=promised_bps,
            limit_bps=intent.limit_bps,
        )

    ways = (claim("to-server", forward_bps), claim("from-server", back_bps))
    anything = ways[0].role == "any"
    for source, destination in resolved.pairs():
        pair = (source.name, destination.name)
        is_forward = source.name in names_from and destination.name in names_to
        is_back = not intent.one_way and source.name in names_to and destination.name in names_from
        if is_forward:
            yield pair, ways[0]
        # With no services named both ways are the same packets: the forward claim says it all.
        if is_back and not (anything and is_forward):
            yield pair, ways[1]


def collect(intents: Sequence[ResolvedIntent]) -> Claims:
    """The claims of all intents, whatever their order. Places in quarantine lose theirs, with a warning each."""
    ordered = sorted(intents, key=lambda r: r.name)
    quarantined: dict[str, ResolvedIntent] = {}
    for resolved in ordered:
        if resolved.intent.permission is Permission.QUARANTINE:
            for place in resolved.sources:
                quarantined.setdefault(place.name, resolved)
    allow: dict[PairName, list[Claim]] = {}
    deny: dict[PairName, list[Claim]] = {}
    suspended: dict[tuple[str, str], Diagnostic] = {}
    for resolved in ordered:
        permission = resolved.intent.permission
        if permission is Permission.QUARANTINE:
            continue
        for pair, claim in _claims_of(resolved):
            out = next((p for p in pair if p in quarantined), None)
            if permission is Permission.DENY:
                deny.setdefault(pair, []).append(claim)
            elif out is not None:
                suspended.setdefault((resolved.name, out), _suspended(resolved, quarantined[out], out))
            else:
                allow.setdefault(pair, []).append(claim)
    return Claims(
        allow={pair: tuple(allow[pair]) for pair in sorted(allow)},
        deny={pair: tuple(deny[pair]) for pair in sorted(deny)},
        quarantined=quarantined,
        diagnostics=tuple(suspended[key] for key in sorted(suspended)),
    )


def _suspended(resolved: ResolvedIntent, by: ResolvedIntent, place: str) -> Diagnostic:
    return Diagnostic(
        code="suspended-by-quarantine",
        severity=Severity.WARNING,
        message=f"{resolved.name} is suspended for {place}, which {by.name} ({by.intent.position}) puts in quarantine",
        hint=f"remove {by.name} when {place} is clean",
        position=resolved.intent.position,
    )


def merge(campus: Campus, claims: Claims) -> tuple[Stream, ...]:
    """The streams, sorted by pair and services. Contradictions were refused before (conflict.py).

    What is said of a whole pair holds for its services too, unless something else is said of them: a claim on services
    that asks for nothing of its own adds nothing to the pair's stream, and one that names no class, or no limit, has
    the pair's.
    """
    found: list[Stream] = []
    for pair, on_pair in claims.allow.items():
        groups: dict[tuple[Atom, ...], list[Claim]] = {}
        for claim in on_pair:
            groups.setdefault(claim.group, []).append(claim)
        whole = groups.get(WHOLE, [])
        plain = [a for a, group in groups.items() if whole and a != WHOLE and not any(map(_asks, group))]
        adding_nothing = [claim for atoms_ in plain for claim in groups.pop(atoms_)]
        for pieces, group in groups.items():
            also = adding_nothing if group is whole else []
            found.append(_stream(campus, pair, pieces, group, whole, also))
    return tuple(sorted(found, key=lambda s: s.key))


def _by_name(claims: Iterable[Claim]) -> tuple[Intent, ...]:
    return tuple(sorted((c.intent for c in claims), key=lambda i: i.name))


def _asks(claim: Claim) -> bool:
    """Whether a claim asks for more than that packets may pass."""
    return claim.explicit is not None or claim.promised_bps > 0 or claim.limit_bps is not None


def _stream(
    campus: Campus,
    pair: PairName,
    pieces: tuple[Atom, ...],
    group: Sequence[Claim],
    whole: Sequence[Claim],
    also: Sequence[Claim],
) -> Stream:
    default = campus.classes[DEFAULT_CLASS]
    named = [c.explicit for c in group if c.explicit is not None]
    named = named or [c.explicit for c in whole if c.explicit is not None]
    promised_bps = max(c.promised_bps for c in group)
    implying = group if promised_bps else (*group, *whole)
    implied = (campus.classes.get(c.implied, default) for c in implying)
    limits = [c.limit_bps for c in (*group, *whole) if c.limit_bps is not None]
    return Stream(
        source=campus.places[pair[0]],
        destination=campus.places[pair[1]],
        atoms=pieces,
        cls=campus.classes[named[0]] if named else max(implied, key=lambda c: c.priority),
        promised_bps=promised_bps,
        limit_bps=min(limits, default=None),
        intents=_by_name(group),
        also=_by_name(also),
        promiser=next((c.intent for c in group if 0 < c.promised_bps == promised_bps), None),
        explicit=bool(named),
    )


def place_classes(campus: Campus, streams: Iterable[Stream]) -> Mapping[str, ServiceClass]:
    """The class that each place's port marks: the highest in which it sends; default where it only receives."""
    best: dict[str, ServiceClass] = {}
    receivers: set[str] = set()
    for stream in streams:
        receivers.add(stream.destination.name)
        now = best.get(stream.source.name)
        if now is None or stream.cls.priority > now.priority:
            best[stream.source.name] = stream.cls
    default = campus.classes[DEFAULT_CLASS]
    return best | {name: default for name in receivers if name not in best}
