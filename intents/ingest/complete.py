"""What an intent leaves to the campus: the class that `priority` means, and whom a bare limit or class is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from intents.ingest.report import Report
from intents.ingest.sentence import PRIORITY
from intents.model.campus import Campus, Place
from intents.model.intent import Intent, Permission, ResolvedIntent

IMAGING = "imaging"


def with_class(intent: Intent, campus: Campus) -> Intent:
    """`priority` alone means the class of the first sender's segment if the segment declares one, else imaging."""
    if intent.service_class != PRIORITY:
        return intent
    first = next((campus.places[s] for s in intent.sources if s in campus.places), None)
    segment = campus.segments.get(first.segment) if first else campus.segments.get(intent.sources[0])
    cls = segment.service_class if segment is not None and segment.service_class else IMAGING
    return replace(intent, service_class=cls)


def complete(intents: Sequence[ResolvedIntent], report: Report) -> tuple[ResolvedIntent, ...]:
    """A limit or class without receivers holds for whatever its senders may reach by other intents.

    Senders that may reach the same receivers stay in one intent; a sender that may reach nothing is warned about.
    """
    whole = [i for i in intents if _is_whole(i.intent)]
    if len(whole) == len(intents):
        return tuple(sorted(whole, key=lambda i: i.name))
    peers: dict[str, dict[str, Place]] = {}
    for resolved in whole:
        if resolved.intent.permission is Permission.ALLOW:
            for a, b in resolved.pairs():
                peers.setdefault(a.name, {})[b.name] = b
                peers.setdefault(b.name, {})[a.name] = a
    found = list(whole)
    for bare in (i for i in intents if not _is_whole(i.intent)):
        groups: dict[tuple[str, ...], list[Place]] = {}
        for source in bare.sources:
            groups.setdefault(tuple(sorted(peers.get(source.name, {}))), []).append(source)
        for receivers, sources in groups.items():
            if not receivers:
                names = ", ".join(s.name for s in sources)
                message = f"{bare.name} has no effect for {names}: no other intent lets it reach anything"
                report.warning("no-effect", bare.intent.position, message, "allow it to reach something, or remove it")
                continue
            places = tuple(peers[sources[0].name][r] for r in receivers)
            found.append(replace(bare, sources=tuple(sources), destinations=places))
    return tuple(sorted(found, key=lambda i: (i.name, [s.name for s in i.sources])))


def _is_whole(intent: Intent) -> bool:
    return bool(intent.destinations) or intent.permission is Permission.QUARANTINE
