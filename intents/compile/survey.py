"""Every single failure, and which intents survive what: a row an intent, a column a kind of failure.

Not each failure is planned for, nor each intent looked at each time. Where nothing that is left goes another way than
before, less is asked of the same ways, so what fitted still fits and only those who are cut off lose; this is so of
nearly all of a campus's ONUs. Where ONUs hang on another PON then, or places are reached by other cables, what is left
is planned anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from intents.compile.failure import FIBRE, Failure, Kind, without
from intents.compile.topology import Topology, build_topology
from intents.compile.whatif import State, WhatIf, outcome, refused
from intents.model.campus import Campus
from intents.model.intent import Permission, ResolvedIntent

KINDS: Final[tuple[Kind, ...]] = ("switch", "olt", "pon", "link", "onu", "fibre")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All single failures of a campus. outcomes: of each, for the intents that it may touch; the others hold.

    moving: the failures after which what is left has to be configured anew (`apply --failed`) for its outcome to come
    true. After all others nobody has to do anything.
    """

    intents: tuple[str, ...]
    outcomes: tuple[WhatIf, ...]
    moving: frozenset[Failure]

    def survived(self) -> Mapping[str, Mapping[Kind, tuple[int, int]]]:
        """By intent: how many failures of each kind leave it whole, of how many there are."""
        count = Counter(each.failures[0].kind for each in self.outcomes)
        hit = Counter(
            (name, each.failures[0].kind)
            for each in self.outcomes
            for names in touched(each).values()
            for name in names
        )
        return {
            name: {kind: (count[kind] - hit[name, kind], count[kind]) for kind in KINDS if count[kind]}
            for name in self.intents
        }

    def worst(self) -> tuple[WhatIf, ...]:
        """The failures that leave any intent less than whole, those that touch most first."""
        found = ((sum(map(len, touched(each).values())), each) for each in self.outcomes)
        order = sorted((-count, -len(each.cut_off), str(each.failures[0]), each) for count, each in found if count)
        return tuple(each for *_, each in order)


def touched(each: WhatIf) -> Mapping[State, tuple[str, ...]]:
    """The intents that a failure does not leave whole, by what becomes of them."""
    found: dict[State, tuple[str, ...]] = {}
    for one in each.intents:
        if one.state != "holds":
            found[one.state] = (*found.get(one.state, ()), one.intent.name)
    return found


def survey(campus: Campus, intents: Sequence[ResolvedIntent]) -> Survey:
    """Every single failure. The campus and the intents are such as can be planned."""
    allowing = {r.name: r for r in intents if r.intent.permission is Permission.ALLOW}
    by_place: dict[str, list[str]] = {}
    for name, resolved in allowing.items():
        for place in {p.name for p in (*resolved.sources, *resolved.destinations)}:
            by_place.setdefault(place, []).append(name)
    before = build_topology(campus)
    outcomes: list[WhatIf] = []
    moving: set[Failure] = set()
    for failure in every_failure(campus):
        after = without(campus, [failure])
        if _goes_otherwise(before, after):
            moving.add(failure)
            outcomes.append(outcome(campus, intents, [failure], after, refused(after, intents)))
            continue
        gone = campus.places.keys() - after.places.keys()
        names = sorted({name for place in gone for name in by_place.get(place, ())})
        outcomes.append(outcome(campus, [allowing[name] for name in names], [failure], after, ()))
    return Survey(intents=tuple(sorted(allowing)), outcomes=tuple(outcomes), moving=frozenset(moving))


def every_failure(campus: Campus) -> Iterator[Failure]:
    """Each thing that can fail, once: a cable by one of its ends, a fibre by itself where its ONU has a second."""
    yield from (Failure("switch", name) for name in sorted(campus.switches))
    yield from (Failure("olt", name) for name in sorted(campus.olts))
    for olt in sorted(campus.olts):
        yield from (Failure("pon", f"{olt}/{pon}") for pon in sorted(campus.olts[olt].pons))
    yield from (Failure("link", str(min(link.a, link.b, key=str))) for link in campus.links)
    yield from (Failure("onu", name) for name in sorted(campus.onus))
    yield from (Failure("fibre", f"{name}/{FIBRE}") for name, onu in sorted(campus.onus.items()) if onu.backup)


def _goes_otherwise(before: Topology | tuple[object, ...], after: Campus) -> bool:
    """Whether any place that is left is reached by another way than before."""
    now = build_topology(after)
    if not isinstance(now, Topology) or not isinstance(before, Topology):
        return bool(after.places)
    return any(before.routes[name] != route for name, route in now.routes.items())
