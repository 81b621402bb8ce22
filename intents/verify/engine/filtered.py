"""A fabric with filters (access lists) on its cables: which loops get through them.

Where destinations alone make no loop there is none, whatever the filters. Where they make one it is kept, and only the
filters on it are looked at, as predicates: an update of a filter looks at the kept loops that it is on, and at no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from intents.verify.engine.fabric import Cycle, Fabric
from intents.verify.engine.space import Match, Predicate, space
from intents.verify.engine.table import Delta, Table

PERMIT: Final = 1


class Filter:
    """An access list: rules by priority, and the packets that it lets through. What no rule matches is dropped."""

    def __init__(self) -> None:
        self.table = Table()
        self.passes: Predicate = space().false

    def took(self, deltas: list[Delta]) -> Predicate:
        """Keep up with an update of the table. Returns the packets that are let through now and were not before."""
        opened = space().false
        for _, new, packets in deltas:
            if new == PERMIT:
                opened = opened | packets
                self.passes = self.passes | packets
            else:
                self.passes = self.passes & ~packets
        return opened


class FilteredFabric:
    """A fabric, and the filters that each of its cables has. names: filters, also those that are on no cable yet."""

    def __init__(self, fabric: Fabric, filters_of: Mapping[int, Sequence[str]], names: Iterable[str] = ()) -> None:
        self.fabric = fabric
        on_cables = {name for found in filters_of.values() for name in found}
        self.filters = {name: Filter() for name in sorted(on_cables.union(names))}
        self._filters_of = {cable: tuple(names) for cable, names in filters_of.items()}
        self._kept: dict[str, set[Cycle]] = {name: set() for name in self.filters}

    def put(self, switch: int, start: int, length: int, action: int) -> list[Cycle]:
        """Add or change a prefix at a switch. Returns the loops that the difference is in."""
        found = self.fabric.put(switch, start, length, action)
        return self._through(found) if found else found

    def remove(self, switch: int, start: int, length: int) -> list[Cycle]:
        """Take a prefix away from a switch. Returns the loops that the difference is in."""
        found = self.fabric.remove(switch, start, length)
        return self._through(found) if found else found

    def permit(self, name: str, priority: int, match: Match, *, permits: bool) -> list[Cycle]:
        """Add or change a line of a filter. Returns the loops that it opens."""
        own = self.filters[name]
        return self._opened(name, own.took(own.table.put(priority, match, PERMIT if permits else 0)))

    def forbid(self, name: str, priority: int, match: Match) -> list[Cycle]:
        """Take a line of a filter away. Returns the loops that this opens."""
        own = self.filters[name]
        return self._opened(name, own.took(own.table.remove(priority, match)))

    def loops(self) -> list[Cycle]:
        """Every loop that there is, looked for anew; its ranges of destinations as they are in the tables."""
        return [cycle for cycle in self.fabric.all_cycles() if self._passes(cycle, space().true)]

    def _through(self, found: list[Cycle]) -> list[Cycle]:
        for cycle in found:
            for cable in cycle.cables:
                for name in self._filters_of.get(cable, ()):
                    self._kept[name].add(cycle)
        return [cycle for cycle in found if self._passes(cycle, space().true)]

    def _opened(self, name: str, opened: Predicate) -> list[Cycle]:
        if opened == space().false or not self._kept[name]:
            return []
        now: set[Cycle] = set()
        for kept in self._kept[name]:
            now.update(c for c in self.fabric.cycles_over(*kept[:2], kept.cables[0]) if c.cables == kept.cables)
        self._kept[name] = now
        return [cycle for cycle in sorted(now) if self._passes(cycle, opened)]

    def _passes(self, cycle: Cycle, packets: Predicate) -> bool:
        """Whether any of the packets with these destinations gets through all filters of a loop."""
        names = {name for cable in cycle.cables for name in self._filters_of.get(cable, ())}
        if not names:
            return True
        left = packets & space().interval("ipv4_dst", cycle.first, cycle.end)
        for name in sorted(names):
            left = left & self.filters[name].passes
        return bool(left != space().false)
