"""What the intents ask for, ordered pair by ordered pair: claims as written, then streams as they will be carried.

A claim is one intent's word on its ordered pairs and one way of its services. Claims on the same pair and the same
services merge into one treatment: the greatest promise, the least limit, the one class (conflict.py sees to that). A
stream is a treatment between two places. Few treatments serve very many streams, so a treatment is worked out once for
all the pairs of which the same claims speak.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from intents.model.campus import Campus, Place, Service, ServiceClass
from intents.model.classes import DEFAULT_CLASS
from intents.model.diagnostic import Diagnostic, Severity
from intents.model.intent import Intent, Permission, ResolvedIntent
from intents.model.wire import implied_class, promised_bps

# `to-server`: the services' ports are destination ports; `from-server`: source ports; `any`: no services named.
Role = Literal["any", "to-server", "from-server"]

PairName = tuple[str, str]


class Atom(NamedTuple):
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Claim:
    """One intent on one way of its services, for any of its ordered pairs. Rates in bit/s on the wire. Compared by
    identity: every pair of the intent shares the one claim."""

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Treatment:
    """How packets of some services of a pair will be carried. Rates in bit/s on the wire. Compared by identity."""

    atoms: tuple[Atom, ...]
    cls: ServiceClass
    promised_bps: int
    limit_bps: int | None
    intents: tuple[Intent, ...]  # sorted by name
    also: tuple[Intent, ...]  # those that only allow some of its services, and so add nothing; sorted by name
    promiser: Intent | None  # whose promise it is that counts: the greatest, the first by name
    explicit: bool
    services: str  # a name of its atoms that stays the same whatever else is asked for


def alike(before: Treatment, now: Treatment) -> bool:
    """Whether a change of treatment is one of rates promised only: entries that tell packets apart stay as they are."""
    if before is now:
        return True
    words = (before.services, before.cls.name, before.limit_bps, before.explicit)
    return words == (now.services, now.cls.name, now.limit_bps, now.explicit) and all(
        [(i.name, i.position) for i in one] == [(i.name, i.position) for i in other]
        for one, other in ((before.intents, now.intents), (before.also, now.also))
    )


class Stream(NamedTuple):
    """What one place sends another of some services."""

    source: Place
    destination: Place
    treatment: Treatment

    @property
    def cls(self) -> ServiceClass:
        """The class in which it is carried from the gateway on; before it is in the class of its source's mark."""
        return self.treatment.cls

    @property
    def promised_bps(self) -> int:
        """What it always has, bit/s on the wire."""
        return self.treatment.promised_bps

    @property
    def limit_bps(self) -> int | None:
        """The most that it gets."""
        return self.treatment.limit_bps

    @property
    def intents(self) -> tuple[Intent, ...]:
        """Who asks for it, by name."""
        return self.treatment.intents

    @property
    def key(self) -> str:
        """A name that stays the same whatever else is asked for."""
        return f"{self.source.name}>{self.destination.name}:{self.treatment.services}"


def claims_of(resolved: ResolvedIntent) -> Iterator[tuple[PairName, Claim]]:
    """The claims of an intent, pair by pair; two on a pair that the intent names in both directions with services."""
    intent = resolved.intent
    forward_bps, back_bps = promised_bps(intent)
    implied = implied_class(intent)

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

    ahead, back = claim("to-server", forward_bps), claim("from-server", back_bps)
    # With no services named both ways are the same packets: the forward claim says it all.
    anything = ahead.role == "any"
    forward = resolved.forward_pairs()
    written = frozenset(forward)
    for pair in forward:
        yield pair, ahead
    if not intent.one_way:
        for source, destination in forward:
            if not (anything and (destination, source) in written):
                yield (destination, source), back


class Demand:
    """The claims of all intents by ordered pair, kept up to date intent by intent, and the treatments that follow.

    Places in quarantine lose what is asked for them. `touched`: pairs of which something new was said since the last
    `settle`.
    """

    def __init__(self, campus: Campus) -> None:
        self._campus = campus
        self.intents: dict[str, ResolvedIntent] = {}
        self.allow: dict[PairName, tuple[Claim, ...]] = {}  # by name of intent
        self.deny: dict[PairName, tuple[Claim, ...]] = {}
        self.quarantined: dict[str, ResolvedIntent] = {}
        self.touched: set[PairName] = set()
        self._cordons: dict[str, ResolvedIntent] = {}  # intents of quarantine
        self._known: dict[tuple[Claim, ...], tuple[Treatment, ...]] = {}

    def change(self, intents: Mapping[str, ResolvedIntent | None]) -> None:
        """Let these be what they are by name; None: no longer there."""
        for name in sorted(intents):
            before, now = self.intents.pop(name, None), intents[name]
            if before is not None:
                self._take(before)
            if now is not None:
                self.intents[name] = now
                self._put(now)
        self._cordon()
        if len(self._known) > 2 * len(self.intents) + 1000:
            self._known.clear()

    def _put(self, resolved: ResolvedIntent) -> None:
        permission = resolved.intent.permission
        if permission is Permission.QUARANTINE:
            self._cordons[resolved.name] = resolved
            return
        book = self.deny if permission is Permission.DENY else self.allow
        name = resolved.name
        for pair, claim in claims_of(resolved):
            there = book.get(pair, ())
            if there and there[-1].resolved.intent.name > name:
                book[pair] = tuple(sorted((*there, claim), key=lambda c: c.resolved.intent.name))
            else:
                book[pair] = (*there, claim)
            self.touched.add(pair)

    def _take(self, resolved: ResolvedIntent) -> None:
        permission = resolved.intent.permission
        if permission is Permission.QUARANTINE:
            del self._cordons[resolved.name]
            return
        book = self.deny if permission is Permission.DENY else self.allow
        for pair, _ in claims_of(resolved):
            left = tuple(c for c in book.get(pair, ()) if c.resolved is not resolved)
            if left:
                book[pair] = left
            else:
                book.pop(pair, None)
            self.touched.add(pair)

    def _cordon(self) -> None:
        now: dict[str, ResolvedIntent] = {}
        for name in sorted(self._cordons):
            for place in self._cordons[name].sources:
                now.setdefault(place.name, self._cordons[name])
        changed = now.keys() ^ self.quarantined.keys()
        self.quarantined = now
        if changed:
            self.touched.update(pair for pair in self.allow if pair[0] in changed or pair[1] in changed)

    def settle(self) -> set[PairName]:
        """The pairs of which something new was said since this was asked last."""
        touched, self.touched = self.touched, set()
        return touched

    def claims(self, pair: PairName) -> tuple[Claim, ...]:
        """What is asked for a pair; nothing where a place of it is in quarantine."""
        if self.quarantined and (pair[0] in self.quarantined or pair[1] in self.quarantined):
            return ()
        return self.allow.get(pair, ())

    def treatments(self, pair: PairName) -> tuple[Treatment, ...]:
        """How a pair's packets are carried, by services. Contradictions are for conflict.py to refuse.

        What is said of a whole pair holds for its services too, unless something else is said of them: a claim on
        services that asks for nothing of its own adds nothing to the pair's stream, and one that names no class, or no
        limit, has the pair's.
        """
        claims = self.claims(pair)
        if not claims:
            return ()
        found = self._known.get(claims)
        if found is None:
            found = self._known[claims] = _merged(self._campus, claims)
        return found

    def suspensions(self) -> tuple[Diagnostic, ...]:
        """A warning for each intent and place in quarantine that it asks something for."""
        if not self.quarantined:
            return ()
        suspended: dict[tuple[str, str], Diagnostic] = {}
        for pair, claims in self.allow.items():
            out = next((p for p in pair if p in self.quarantined), None)
            if out is None:
                continue
            for claim in claims:
                name = claim.resolved.name
                if not claim.intent.is_posture and (name, out) not in suspended:
                    suspended[name, out] = _suspended(claim.resolved, self.quarantined[out], out)
        return tuple(suspended[key] for key in sorted(suspended))


def _suspended(resolved: ResolvedIntent, by: ResolvedIntent, place: str) -> Diagnostic:
    return Diagnostic(
        code="suspended-by-quarantine",
        severity=Severity.WARNING,
        message=f"{resolved.name} is suspended for {place}, which {by.name} ({by.intent.position}) puts in quarantine",
        hint=f"remove {by.name} when {place} is clean",
        position=resolved.intent.position,
    )


def _merged(campus: Campus, claims: Sequence[Claim]) -> tuple[Treatment, ...]:
    groups: dict[tuple[Atom, ...], list[Claim]] = {}
    for claim in claims:
        groups.setdefault(claim.group, []).append(claim)
    whole = groups.get(WHOLE, [])
    plain = [a for a, group in groups.items() if whole and a != WHOLE and not any(map(_asks, group))]
    adding_nothing = [claim for atoms_ in plain for claim in groups.pop(atoms_)]
    found = [
        _treatment(campus, pieces, group, whole, adding_nothing if group is whole else [])
        for pieces, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda t: t.services))


def _by_name(claims: Iterable[Claim]) -> tuple[Intent, ...]:
    return tuple({c.intent.name: c.intent for c in sorted(claims, key=lambda c: c.intent.name)}.values())


def _asks(claim: Claim) -> bool:
    """Whether a claim asks for more than that packets may pass."""
    return claim.explicit is not None or claim.promised_bps > 0 or claim.limit_bps is not None


def _treatment(
    campus: Campus,
    pieces: tuple[Atom, ...],
    group: Sequence[Claim],
    whole: Sequence[Claim],
    also: Sequence[Claim],
) -> Treatment:
    default = campus.classes[DEFAULT_CLASS]
    named = [c.explicit for c in group if c.explicit is not None]
    named = named or [c.explicit for c in whole if c.explicit is not None]
    promised_bps = max(c.promised_bps for c in group)
    implying = group if promised_bps else (*group, *whole)
    implied = (campus.classes.get(c.implied, default) for c in implying)
    limits = [c.limit_bps for c in (*group, *whole) if c.limit_bps is not None]
    return Treatment(
        atoms=pieces,
        cls=campus.classes[named[0]] if named else max(implied, key=lambda c: c.priority),
        promised_bps=promised_bps,
        limit_bps=min(limits, default=None),
        intents=_by_name(group),
        also=_by_name(also),
        promiser=next((c.intent for c in group if 0 < c.promised_bps == promised_bps), None),
        explicit=bool(named),
        services=",".join(f"{a.role}/{a.protocol}/{a.port}" for a in pieces),
    )
