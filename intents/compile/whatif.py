"""What if something failed: who is cut off, which intents are lost, in part or wholly, and what no longer fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from intents.compile.failure import Failure, failure_of, left_of, names_of, without
from intents.compile.planner import Planner
from intents.model.campus import Campus
from intents.model.diagnostic import Diagnostic, Position, Severity
from intents.model.intent import Permission, ResolvedIntent

State = Literal["holds", "partly", "lost", "no-room"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One intent after the failure. pairs: how many ordered pairs of places it speaks of; lost: those of them that are
    cut off, sorted. why: what cuts it off, or does not fit."""

    intent: ResolvedIntent
    state: State
    pairs: int
    lost: tuple[tuple[str, str], ...] = ()
    why: str = ""

    @property
    def left(self) -> int:
        """How many pairs are left."""
        return self.pairs - len(self.lost)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What would be. moved: ONUs that would hang on their stand-in PON. faults: what the devices that are left have no
    room for, of no one intent: with these nothing could be planned."""

    failures: tuple[Failure, ...]
    cut_off: tuple[str, ...]
    moved: tuple[str, ...]
    intents: tuple[Outcome, ...]
    faults: tuple[Diagnostic, ...] = ()


def what_if(campus: Campus, intents: Sequence[ResolvedIntent], failures: Sequence[Failure]) -> WhatIf:
    """The outcome of some failures at once, for every intent that lets anything pass."""
    after = without(campus, failures)
    return outcome(campus, intents, failures, after, refused(after, intents))


def refused(after: Campus, intents: Sequence[ResolvedIntent]) -> tuple[Diagnostic, ...]:
    """Why what is left of the intents cannot be planned on what is left of the campus, if it cannot."""
    standing = [left_of(r, after) for r in intents]
    kept = [r for r in standing if r.sources and (r.destinations or not r.intent.destinations)]
    faults = Planner(after).update(kept) if after.places else ()
    return tuple(f for f in faults if f.severity is Severity.ERROR)


def outcome(
    campus: Campus,
    intents: Sequence[ResolvedIntent],
    failures: Sequence[Failure],
    after: Campus,
    faults: Sequence[Diagnostic],
) -> WhatIf:
    """The outcome for some intents. after: what is left of the campus; faults: why that cannot be planned."""
    moved = tuple(sorted(n for n, onu in after.onus.items() if onu.pon != campus.onus[n].pon))
    said = {position for r in intents for position in _written_at(r)}
    return WhatIf(
        failures=tuple(failures),
        cut_off=tuple(sorted(campus.places.keys() - after.places.keys())),
        moved=moved,
        intents=tuple(_outcomes(intents, after, faults, frozenset(moved))),
        faults=tuple(f for f in faults if f.position not in said),
    )


def failures_named(campus: Campus, texts: Iterable[str]) -> tuple[tuple[Failure, ...], tuple[str, ...]]:
    """The failures that texts name, and the texts that name none."""
    found = [(text, failure_of(campus, text)) for text in texts]
    return tuple(f for _, f in found if f is not None), tuple(text for text, f in found if f is None)


def _outcomes(
    intents: Sequence[ResolvedIntent], after: Campus, refused: Sequence[Diagnostic], moved: frozenset[str]
) -> Iterable[Outcome]:
    for resolved in sorted(intents, key=lambda r: r.name):
        if resolved.intent.permission is not Permission.ALLOW:
            continue
        places = (*resolved.sources, *resolved.destinations)
        gone = sorted({p.name for p in places if p.name not in after.places})
        pairs = [(a.name, b.name) for a, b in resolved.pairs()]
        left = {(a.name, b.name) for a, b in left_of(resolved, after).pairs()} if gone else set(pairs)
        own = next((f for f in refused if _is_about(f, resolved, moved)), None)
        if pairs and not left:
            state: State = "lost"
        elif own is not None:
            state = "no-room"
        else:
            state = "partly" if gone else "holds"
        yield Outcome(
            intent=resolved,
            state=state,
            pairs=len(pairs),
            lost=tuple(pair for pair in pairs if pair not in left),
            why=own.message if state == "no-room" and own is not None else _cut(gone),
        )


def _written_at(resolved: ResolvedIntent) -> tuple[Position, ...]:
    return (resolved.intent.position, *resolved.intent.positions.values())


def _is_about(fault: Diagnostic, resolved: ResolvedIntent, moved: frozenset[str]) -> bool:
    """Whether the intent cannot be planned for this fault: it is its own, it asks for what there is too little of, or,
    where nobody is named, it has places on an ONU that came beside others."""
    written = _written_at(resolved)
    if fault.position in written:
        return True
    if fault.code != "too-many":
        return False
    if fault.related:
        return any(r.position in written for r in fault.related)
    return any(p.port.device in moved for p in (*resolved.sources, *resolved.destinations))


def _cut(lost: list[str]) -> str:
    if not lost:
        return ""
    more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
    return f"{', '.join(lost[:3])}{more} cut off"


__all__ = ["Outcome", "WhatIf", "failures_named", "names_of", "what_if"]
