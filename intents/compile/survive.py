"""`survive`: a promise that holds again after something on its way has failed, on the way that is left.

Looked at for every failure that is meant, one by one: is there another way, and is there room on it for all that is to
survive? The network is moved onto it by planning again without what failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from intents.compile.context import Context
from intents.compile.failure import Failure, Kind, failure_of, left_of, on_the_way, without
from intents.model.campus import Campus
from intents.model.diagnostic import Diagnostic, Severity
from intents.model.intent import ResolvedIntent

# `any single X` -> the failures that are meant. A fibre is a link.
_MEANT: Final[Mapping[str, frozenset[Kind]]] = {
    "link": frozenset(("link", "fibre", "pon")),
    "uplink": frozenset(("fibre",)),
    "pon": frozenset(("pon",)),
    "olt": frozenset(("olt",)),
    "switch": frozenset(("switch",)),
}
# What is wrong when these intents, and no others, are asked for on a campus.
Ask = Callable[[Campus, Iterable[ResolvedIntent]], Iterable[Diagnostic]]


def unsurvivable(context: Context, intents: Iterable[ResolvedIntent], ask: Ask) -> list[Diagnostic]:
    """An error for each intent that would not survive a failure that it is to survive; the first failure of each."""
    wanted = {r.name: r for r in intents}
    by_failure: dict[Failure, list[ResolvedIntent]] = {}
    for name in sorted(wanted):
        for failure in failures_of(context, wanted[name]):
            by_failure.setdefault(failure, []).append(wanted[name])
    faults: dict[str, Diagnostic] = {}
    for failure in sorted(by_failure):
        for fault in _after(context, failure, by_failure[failure], ask):
            faults.setdefault(fault.message.partition(" ")[0], fault)
    return [faults[name] for name in sorted(faults)]


def failures_of(context: Context, resolved: ResolvedIntent) -> list[Failure]:
    """The failures on an intent's ways that it is to survive."""
    asked = resolved.intent.survive or ""
    named = failure_of(context.campus, asked)
    if named is not None:
        return [named]
    kinds = _MEANT.get(asked.removeprefix("any single "), frozenset())
    found: dict[Failure, None] = {}
    for place in (*resolved.sources, *resolved.destinations):
        found.update(dict.fromkeys(f for f in on_the_way(context.topology, place.name) if f.kind in kinds))
    return sorted(found)


def _after(context: Context, failure: Failure, intents: list[ResolvedIntent], ask: Ask) -> Iterable[Diagnostic]:
    campus = without(context.campus, [failure])
    standing: list[ResolvedIntent] = []
    for resolved in intents:
        lost = [p.name for p in (*resolved.sources, *resolved.destinations) if p.name not in campus.places]
        if lost:
            yield _no_other_way(resolved, failure, lost)
        else:
            standing.append(left_of(resolved, campus))
    for fault in ask(campus, standing) if standing else ():
        if fault.severity is Severity.ERROR:
            owner = next(
                (r for r in intents if fault.position in (r.intent.position, *r.intent.positions.values())), None
            )
            name = owner.name if owner is not None else intents[0].name
            yield replace(
                fault,
                code="no-room-after-failure",
                message=f"{name} would not survive {failure}: on the way that is left, {fault.message}",
                hint=f"{fault.hint}, or lower `survive`",
                position=owner.intent.at("survive") if owner is not None else fault.position,
            )


def _no_other_way(resolved: ResolvedIntent, failure: Failure, lost: list[str]) -> Diagnostic:
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return Diagnostic(
        code="no-other-way",
        message=f"{resolved.name} would not survive {failure}: {lost[0]}{more} would be cut off",
        hint=_HINTS[failure.kind].format(name=failure.name.partition("/")[0], pon=failure.name),
        position=resolved.intent.at("survive"),
    )


_HINTS: Final[Mapping[Kind, str]] = {
    "link": "add a second link beside it, or lower `survive`",
    "fibre": "give {name} a second fibre (`backup: OLT/PON`, Type C), or lower `survive`",
    "pon": "give {pon} a stand-in (`protected-by: OLT/PON`, Type B), or lower `survive`",
    "onu": "an ONU has no stand-in: put the service on two, or lower `survive`",
    "olt": "protect its PONs by another OLT (`protected-by:` or `backup:`), or lower `survive`",
    "switch": "link what hangs on {name} to a second switch, or lower `survive`",
}
