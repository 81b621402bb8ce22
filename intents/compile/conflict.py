"""Intents that contradict each other or cannot be meant: each an error that names both by file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Final

from intents.compile.demand import Claim, Demand, PairName
from intents.model.campus import Campus
from intents.model.classes import DEFAULT_CLASS
from intents.model.diagnostic import Diagnostic, Related
from intents.model.intent import Intent
from intents.model.units import format_duration, format_rate
from intents.model.wire import SETTLING_US

# (code, first intent, second intent): one error however many pairs it shows on.
_Found = dict[tuple[str, str, str], tuple[Intent, Intent, PairName, str, str, int]]
_REMEMBERED: Final = 100_000


def unusable(campus: Campus, intent: Intent) -> Iterator[Diagnostic]:
    """Faults of a single intent that would make the rest of planning meaningless."""
    if intent.service_class is not None and intent.service_class not in campus.classes:
        yield Diagnostic(
            code="unknown-class",
            message=f"{intent.service_class} is not a class of this campus",
            hint=f"use one of {', '.join(sorted(campus.classes))}",
            position=intent.at("class"),
        )
    if intent.deliver is not None and intent.deliver.within_us <= SETTLING_US:
        yield Diagnostic(
            code="deliver-too-soon",
            message=f"within {format_duration(intent.deliver.within_us)} cannot be promised at any rate: request and "
            f"slow start alone take {format_duration(SETTLING_US)}",
            hint=f"write a time well over {format_duration(SETTLING_US)}",
            position=intent.at("deliver.within"),
        )
    floor = campus.classes[DEFAULT_CLASS].priority
    cls = campus.classes.get(intent.service_class or "")
    if cls is not None and cls.priority <= floor and (intent.guarantee_bps or intent.deliver):
        yield Diagnostic(
            code="guarantee-in-default",
            message=f"class {cls.name} has no guarantee to give: whoever is in no other class is in it",
            hint="use class clinical, or leave the class out",
            position=intent.at("class"),
        )


class Contradictions:
    """Pairs of places on which intents contradict each other, kept up to date pair by pair.

    The same claims meet on many pairs: whether they clash is found out once.
    """

    def __init__(self, demand: Demand) -> None:
        self._demand = demand
        self._pairs: set[PairName] = set()
        self._known: dict[tuple[tuple[Claim, ...], tuple[Claim, ...]], bool] = {}

    def update(self, pairs: Iterable[PairName]) -> None:
        """Look at these pairs again."""
        for pair in pairs:
            allowed = self._demand.claims(pair)
            denied = self._demand.deny.get(pair, ()) if allowed else ()
            if (len(allowed) > 1 or denied) and self._clash(allowed, denied):
                self._pairs.add(pair)
            else:
                self._pairs.discard(pair)

    def _clash(self, allowed: tuple[Claim, ...], denied: tuple[Claim, ...]) -> bool:
        key = (allowed, denied)
        known = self._known.get(key)
        if known is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            found: _Found = {}
            _look(found, ("", ""), allowed, denied)
            known = self._known[key] = bool(found)
        return known

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Allow against deny, class against class, guarantee over limit; each pair of intents once, with how many
        pairs of places it is about."""
        found: _Found = {}
        for pair in sorted(self._pairs):
            _look(found, pair, self._demand.claims(pair), self._demand.deny.get(pair, ()))
        return tuple(_told(code, *entry) for (code, _, _), entry in sorted(found.items()))


def _look(found: _Found, pair: PairName, allowed: tuple[Claim, ...], denied: tuple[Claim, ...]) -> None:
    for allow in allowed:
        for deny in denied:
            if _overlap(allow, deny):
                what = f"{deny.intent.name} denies what {allow.intent.name} allows"
                _note(found, "allow-and-deny", (allow, deny), pair, what, "remove one of them")
    if len(allowed) > 1:
        _between(found, pair, allowed)
    for claim in allowed:
        _promise_under_limit(found, pair, claim, allowed)


def _overlap(one: Claim, other: Claim) -> bool:
    return any(a.overlaps(b) for a in one.atoms for b in other.atoms)


def _between(found: _Found, pair: PairName, allowed: tuple[Claim, ...]) -> None:
    for one, other in combinations(allowed, 2):
        if one.explicit is None or other.explicit is None or one.explicit == other.explicit:
            continue
        # Named services within everything else are no contradiction: the narrower word wins.
        if (one.role == "any") != (other.role == "any") or not _overlap(one, other):
            continue
        what = f"{one.intent.name} wants class {one.explicit} and {other.intent.name} wants class {other.explicit}"
        _note(found, "two-classes", (one, other), pair, what, "give both the same class")


def _promise_under_limit(found: _Found, pair: PairName, claim: Claim, allowed: Iterable[Claim]) -> None:
    for other in allowed:
        if other.group == claim.group and other.limit_bps is not None and claim.promised_bps > other.limit_bps:
            what = (
                f"{claim.intent.name} promises {format_rate(claim.promised_bps)} and "
                f"{other.intent.name} limits to {format_rate(other.limit_bps)}"
            )
            _note(found, "guarantee-over-limit", (claim, other), pair, what, "raise the limit")


def _note(found: _Found, code: str, claims: tuple[Claim, Claim], pair: PairName, what: str, hint: str) -> None:
    """Count the pair; show the first one in the direction in which the first intent is written."""
    one, other = (c.intent for c in claims)
    written = {p.name for p in claims[0].resolved.sources}
    key = (code, one.name, other.name)
    shown, count = pair, 1
    if key in found:
        shown, count = min(found[key][2], pair, key=lambda p: (p[0] not in written, p)), found[key][5] + 1
    found[key] = (one, other, shown, what, hint, count)


def _told(code: str, one: Intent, other: Intent, pair: PairName, what: str, hint: str, count: int) -> Diagnostic:
    more = f" and {count - 1} more" if count > 1 else ""
    return Diagnostic(
        code=code,
        message=f"{what}, from {pair[0]} to {pair[1]}{more} ({one.name} at {one.position}, "
        f"{other.name} at {other.position})",
        hint=f"{hint}, or name services so that they do not overlap",
        position=one.position,
        related=(Related(position=other.position, message=f"{other.name} is here"),),
    )


def port_faults(campus: Campus, classes: Mapping[str, str], trunks: Mapping[str, frozenset[int]]) -> list[Diagnostic]:
    """Places that cannot share a port: it marks untagged frames with one VLAN and one class. `classes`: class name
    by place, of the places that are in use and to be looked at."""
    faults: list[Diagnostic] = []
    by_port: dict[object, str] = {}
    by_address: dict[object, str] = {}
    by_mac: dict[tuple[str, str], str] = {}
    for name in sorted(classes):
        place = campus.places[name]
        other = by_port.setdefault(place.port, name)
        device, port = place.port.device, place.port.port
        if device in trunks and port.isdigit() and int(port) in trunks[device]:
            faults.append(_port_fault(campus, name, name, f"{place.port} is a trunk and {name} cannot be on it"))
        if other != name and campus.places[other].segment != place.segment:
            what = f"{other} and {name} share {place.port} but not a segment: untagged frames are in one VLAN"
            faults.append(_port_fault(campus, name, other, what))
        elif other != name and classes[other] != classes[name]:
            what = (
                f"{other} sends in class {classes[other]} and {name} in class {classes[name]}, but {place.port} "
                "can mark one class only"
            )
            faults.append(_port_fault(campus, name, other, what))
        if place.address is None:
            faults.append(
                Diagnostic(
                    code="place-without-address",
                    message=f"{name} has no address, so nothing can be routed to it",
                    hint=f"write `address:` at {name}",
                    position=place.position,
                )
            )
        elif (twin := by_address.setdefault(place.address, name)) != name:
            faults.append(_twin(campus, name, twin, f"the address {place.address}"))
        if place.mac is not None and (twin := by_mac.setdefault((place.segment, place.mac), name)) != name:
            faults.append(_twin(campus, name, twin, f"the MAC address {place.mac}"))
    return faults


def _port_fault(campus: Campus, name: str, other: str, what: str) -> Diagnostic:
    related = () if name == other else (Related(position=campus.places[other].position, message=f"{other} is here"),)
    return Diagnostic(
        code="port-shared",
        message=what,
        hint=f"move {name} to a port of its own",
        position=campus.places[name].position,
        related=related,
    )


def _twin(campus: Campus, name: str, twin: str, what: str) -> Diagnostic:
    return Diagnostic(
        code="place-twice",
        message=f"{twin} and {name} both have {what}",
        hint="every place has its own",
        position=campus.places[name].position,
        related=(Related(position=campus.places[twin].position, message=f"{twin} is here"),),
    )
