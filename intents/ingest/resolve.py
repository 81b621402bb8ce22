"""Names of an intent to places and services of the campus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from intents.ingest.names import suggestion
from intents.ingest.read_classes import service_named
from intents.ingest.report import Report
from intents.model.campus import Campus, Place, Service
from intents.model.diagnostic import Position
from intents.model.intent import Intent, Permission, ResolvedIntent


@dataclass(frozen=True, kw_only=True)
class Directory:
    """The campus's names, ready to be looked up many times. `broken`: names whose definition is already reported."""

    campus: Campus
    members: Mapping[str, tuple[str, ...]]  # segment or group -> names of its places, sorted
    broken: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> frozenset[str]:
        """Everything that `from` and `to` may name."""
        return frozenset(self.campus.places) | frozenset(self.members)

    def places(self, name: str) -> tuple[str, ...]:
        """The places that a name stands for, sorted; none if it is unknown."""
        return (name,) if name in self.campus.places else self.members.get(name, ())


def directory(campus: Campus, broken: frozenset[str] = frozenset()) -> Directory:
    """Resolve every segment and group once."""
    members: dict[str, set[str]] = {name: set() for name in (*campus.segments, *campus.groups)}
    by_label: dict[tuple[str, str], set[str]] = {}
    for place in campus.places.values():
        members.setdefault(place.segment, set()).add(place.name)
        for label in place.labels.items():
            by_label.setdefault(label, set()).add(place.name)
    for name, group in campus.groups.items():
        matches = [by_label.get(label, set()) for label in group.match_labels.items()]
        if matches:
            members[name] |= set.intersection(*matches)
    for name in campus.groups:
        _gather(name, campus, members)
    return Directory(campus=campus, members={n: tuple(sorted(p)) for n, p in members.items()}, broken=broken)


def _gather(start: str, campus: Campus, members: dict[str, set[str]]) -> None:
    """Add to a group the places of its members, of their members, and so on."""
    seen, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        for member in campus.groups[name].members if name in campus.groups else ():
            if member in campus.places:
                members[start].add(member)
            elif member not in seen:
                seen.add(member)
                waiting.append(member)
                members[start] |= members.get(member, set())


def resolve(intent: Intent, known: Directory, report: Report) -> ResolvedIntent | None:
    """An intent with its places; None, and diagnostics, if a name is unknown."""
    before = len(report.diagnostics)
    sources = _places(
        "quarantine" if intent.permission is Permission.QUARANTINE else "from", intent.sources, intent, known, report
    )
    destinations = _places("to", intent.destinations, intent, known, report)
    services = [_service(text, intent, known.campus, report) for text in intent.services]
    _class_exists(intent, known.campus, report)
    _via_exists(intent, known, report)
    _survive_exists(intent, known.campus, report)
    if sources is None or destinations is None or None in services or len(report.diagnostics) > before:
        return None
    resolved = ResolvedIntent(
        intent=intent,
        sources=sources,
        destinations=destinations,
        services=tuple(sorted((s for s in services if s is not None), key=lambda s: s.name)),
    )
    if intent.destinations and sources and destinations and not resolved.pairs():
        message = f"the intent is from {sources[0].name} to {sources[0].name}: there is nothing on the way"
        report.error("same-place", intent.at("to"), message, "name another place in `to`")
        return None
    return resolved


def _places(
    field: str, names: Iterable[str], intent: Intent, known: Directory, report: Report
) -> tuple[Place, ...] | None:
    found: set[str] = set()
    complete = True
    for name in names:
        position = intent.positions.get(f"{field}.{name}", intent.at(field))
        if name in known.names:
            places = known.places(name)
            if not places and name not in known.broken:
                report.warning("no-places", position, f"'{name}' has no places", "add a place to it, or leave it out")
            found.update(places)
        else:
            complete = False
            if name not in known.broken:
                unknown_place(name, position, known.names, report)
    return tuple(known.campus.places[name] for name in sorted(found)) if complete else None


def unknown_place(name: str, position: Position, names: Iterable[str], report: Report) -> None:
    """Report a name that is nothing in the campus."""
    message = f"there is no place, group or segment '{name}'"
    report.error("unknown-place", position, message, suggestion(name, names, "place"))


def _service(text: str, intent: Intent, campus: Campus, report: Report) -> Service | None:
    found = service_named(text, dict(campus.services))
    if found is None:
        position = intent.positions.get(f"services.{text}", intent.at("services"))
        hint = suggestion(text, campus.services, "service") + "; or write protocol/port, such as tcp/8080"
        report.error("unknown-service", position, f"there is no service '{text}'", hint)
    return found


def _class_exists(intent: Intent, campus: Campus, report: Report) -> None:
    name = intent.service_class
    if name is not None and name not in campus.classes:
        hint = suggestion(name, campus.classes, "class")
        report.error("unknown-class", intent.at("class"), f"there is no class '{name}'", hint)


def _via_exists(intent: Intent, known: Directory, report: Report) -> None:
    name = intent.via
    if name is None:
        return
    candidates = frozenset(known.campus.places) | frozenset(known.campus.switches)
    if name not in candidates | known.broken:
        hint = suggestion(name, candidates, "place or switch")
        report.error("unknown-place", intent.at("via"), f"there is no place or switch '{name}' to go by", hint)


def _survive_exists(intent: Intent, campus: Campus, report: Report) -> None:
    name = intent.survive
    if name is None or name.startswith("any single "):
        return
    known = {str(link.a) for link in campus.links} | {str(link.b) for link in campus.links}
    known |= {f"{olt.name}/{pon}" for olt in campus.olts.values() for pon in olt.pons}
    known |= {f"{onu}/fibre" for onu in campus.onus}
    known |= set(campus.switches) | set(campus.olts) | set(campus.onus)
    if name not in known:
        hint = suggestion(name, known, "device") + "; or: any single link"
        report.error("bad-survive", intent.at("survive"), f"there is nothing called '{name}' that could fail", hint)
