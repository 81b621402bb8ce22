"""`via`: the way goes by a switch that is named, or the intent is refused. There is one way between two places, so it
is looked at and never chosen; a place beside the way, such as a firewall on a stick, cannot be a waypoint yet."""

from __future__ import annotations

from collections.abc import Iterable

from intents.compile.context import Context
from intents.model.diagnostic import Diagnostic
from intents.model.intent import ResolvedIntent


def beside_the_way(context: Context, intents: Iterable[ResolvedIntent]) -> list[Diagnostic]:
    """An error for each intent whose waypoint is no switch, or not on the way of all its pairs."""
    found = (_fault(context, resolved) for resolved in intents)
    return [fault for fault in found if fault is not None]


def _fault(context: Context, resolved: ResolvedIntent) -> Diagnostic | None:
    via = resolved.intent.via or ""
    if via not in context.campus.switches:
        return Diagnostic(
            code="not-supported",
            message=f"via: {via} cannot be promised: only a switch on the way can be a waypoint, and {via} is a place",
            hint=f"name a switch, or put {via} into the cable of the switch that everything goes by",
            position=resolved.intent.at("via"),
        )
    for source, destination in resolved.pairs():
        hops = [h.switch for p in (source, destination) for h in context.topology.routes[p.name].switches]
        if via not in hops:
            return Diagnostic(
                code="not-on-the-way",
                message=f"{resolved.name} cannot go by {via}: the way from {source.name} to {destination.name} goes by "
                f"{', '.join(dict.fromkeys(hops))}",
                hint="name a switch of that way, or change the links of the campus",
                position=resolved.intent.at("via"),
            )
    return None
