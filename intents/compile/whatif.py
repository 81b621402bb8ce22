"""What if something failed: who is cut off, which intents are lost, in part or wholly, and what no longer fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from intents.compile.failure import Failure, failure_of, left_of, names_of, without
from intents.compile.planner import Planner
from intents.model.campus import Campus
from intents.model.diagnostic import Diagnostic, Severity
from intents.model.intent import Permission, ResolvedIntent

State = Literal["holds", "partly", "lost", "no-room"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One intent after the failure. pairs: ordered pairs of places that it speaks of, and how many are left. why: what
    cuts it off, or does not fit."""

    intent: ResolvedIntent
    state: State
    pairs: int
    left: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What would be. moved: ONUs that would hang on their stand-in PON."""

    failures: tuple[Failure, ...]
    cut_off: tuple[str, ...]
    moved: tuple[str, ...]
    intents: tuple[Outcome, ...]


def what_if(campus: Campus, intents: Sequence[ResolvedIntent], failures: Sequence[Failure]) -> WhatIf:
    """The outcome of some failures at once, for every intent that lets anything pass."""
    after = without(campus, failures)
    cut_off = tuple(sorted(set(campus.places) - set(after.places)))
    standing = [left_of(r, after) for r in intents]
    named = {r.name for r in standing if r.sources and (r.destinations or not r.intent.destinations)}
    faults = Planner(after).update(r for r in standing if r.name in named) if after.places else ()
    return WhatIf(
        failures=tuple(failures),
        cut_off=cut_off,
        moved=tuple(sorted(n for n, onu in after.onus.items() if onu.pon != campus.onus[n].pon)),
        intents=tuple(_outcomes(intents, after, faults)),
    )


def failures_named(campus: Campus, texts: Iterable[str]) -> tuple[tuple[Failure, ...], tuple[str, ...]]:
    """The failures that texts name, and the texts that name none."""
    found = [(text, failure_of(campus, text)) for text in texts]
    return tuple(f for _, f in found if f is not None), tuple(text for text, f in found if f is None)


def _outcomes(intents: Sequence[ResolvedIntent], after: Campus, faults: Iterable[Diagnostic]) -> Iterable[Outcome]:
    refused = [f for f in faults if f.severity is Severity.ERROR]
    for resolved in sorted(intents, key=lambda r: r.name):
        if resolved.intent.permission is not Permission.ALLOW:
            continue
        places = (*resolved.sources, *resolved.destinations)
        lost = sorted({p.name for p in places if p.name not in after.places})
        pairs = len(resolved.pairs())
        left = len(left_of(resolved, after).pairs())
        own = next(
            (f for f in refused if f.position in (resolved.intent.position, *resolved.intent.positions.values())), None
        )
        if left == 0 and pairs:
            state: State = "lost"
        elif own is not None:
            state = "no-room"
        else:
            state = "partly" if lost else "holds"
        why = own.message if state == "no-room" and own is not None else _cut(lost)
        yield Outcome(intent=resolved, state=state, pairs=pairs, left=left, why=why)


def _cut(lost: list[str]) -> str:
    if not lost:
        return ""
    more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
    return f"{', '.join(lost[:3])}{more} cut off"


__all__ = ["Outcome", "WhatIf", "failures_named", "names_of", "what_if"]
