"""Segment posture: what may pass within and between segments where no intent speaks, as intents of the campus itself.

An intent always goes before it: what one denies is left out here, pair by pair and service by service, so that planner
and verifier see nothing but intents that allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from intents.ingest.names import suggestion
from intents.ingest.read_classes import service_named
from intents.ingest.report import Report
from intents.ingest.sections import Entry, Sections
from intents.ingest.tree import Node, Scalar
from intents.ingest.tree import Sequence as NodeList
from intents.model.campus import Campus, Place, Service
from intents.model.intent import Intent, Permission, ResolvedIntent

Pair = tuple[str, str]
PREFIX = "posture."
ALL = "all"


def posture(
    sections: Sections, campus: Campus, intents: Sequence[ResolvedIntent], report: Report
) -> tuple[ResolvedIntent, ...]:
    """The intents that the posture comes to, given what the written ones deny."""
    entries = list(sections.whole("posture"))
    if not entries:
        return ()
    denied = _denied(intents)
    found = (_rule(entry, campus, denied, report) for entry in entries)
    return tuple(resolved for resolved in found if resolved is not None)


def _denied(intents: Iterable[ResolvedIntent]) -> dict[Pair, list[tuple[Service, ...]]]:
    """What is denied from whom to whom, whichever side asked."""
    found: dict[Pair, list[tuple[Service, ...]]] = {}
    for resolved in intents:
        if resolved.intent.permission is Permission.DENY:
            for source, destination in resolved.pairs():
                found.setdefault((source.name, destination.name), []).append(resolved.services)
    return found


def _rule(
    entry: Entry, campus: Campus, denied: dict[Pair, list[tuple[Service, ...]]], report: Report
) -> ResolvedIntent | None:
    words = entry.name.split()
    names = (words[1], words[1]) if words[0] == "within" else (words[0], words[2])
    for name in names:
        if name not in campus.segments:
            hint = suggestion(name, campus.segments, "segment")
            report.error("unknown-segment", entry.position, f"there is no segment '{name}'", hint)
            return None
    services = _services(entry.body, campus, report)
    if services is None:
        return None
    sources, destinations = (_places(campus, name) for name in names)
    intent = Intent(
        name=PREFIX + "-".join(words),
        permission=Permission.ALLOW,
        sources=(names[0],),
        destinations=(names[1],),
        services=tuple(s.name for s in services),
        is_posture=True,
        position=entry.position,
    )
    resolved = ResolvedIntent(intent=intent, sources=sources, destinations=destinations, services=services)
    return _without_denied(resolved, denied)


def _places(campus: Campus, segment: str) -> tuple[Place, ...]:
    return tuple(campus.places[name] for name in sorted(campus.places) if campus.places[name].segment == segment)


def _services(body: Node, campus: Campus, report: Report) -> tuple[Service, ...] | None:
    if isinstance(body, Scalar):
        return ()
    found: list[Service] = []
    for item in body.items if isinstance(body, NodeList) else ():
        if not isinstance(item, Scalar):
            continue
        service = service_named(item.text, dict(campus.services))
        if service is None:
            hint = suggestion(item.text, campus.services, "service") + "; or write protocol/port, such as tcp/8080"
            report.error("unknown-service", item.position, f"there is no service '{item.text}'", hint)
            return None
        found.append(service)
    return tuple(sorted(found, key=lambda s: s.name))


def _without_denied(resolved: ResolvedIntent, denied: dict[Pair, list[tuple[Service, ...]]]) -> ResolvedIntent | None:
    """The rule without the pairs of which something is denied either way; None where nothing is left."""
    out = frozenset(
        (source, destination)
        for source, destination in resolved.forward_pairs()
        if any(
            _overlap(resolved.services, services)
            for pair in ((source, destination), (destination, source))
            for services in denied.get(pair, ())
        )
    )
    left = ResolvedIntent(
        intent=resolved.intent,
        sources=resolved.sources,
        destinations=resolved.destinations,
        services=resolved.services,
        except_pairs=out,
    )
    return left if left.forward_pairs() else None


def _overlap(one: tuple[Service, ...], other: tuple[Service, ...]) -> bool:
    """Whether a packet can be of both; no service named is every packet."""
    if not one or not other:
        return True
    return any(_same(a, b) for a in one for b in other)


def _same(one: Service, other: Service) -> bool:
    if 0 in (one.protocol, other.protocol):
        return True
    if one.protocol != other.protocol:
        return False
    return not one.ports or not other.ports or not set(one.ports).isdisjoint(other.ports)
