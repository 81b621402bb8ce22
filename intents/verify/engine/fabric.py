"""Switches that forward by destination prefix, their cables, and the loops that an update makes.

An update changes the way of the addresses in its difference at one switch. Only these are followed, over each cable to
which they are now sent and were not before, through the tables of the switches after it. A packet that comes to a cable
over which it went already is in a loop.

Filters on cables (access lists) are not looked at here: they only take packets away, so where destinations alone make
no loop there is none. Whoever has filters decides whether a cycle that is found gets through them (`Cycle.cables`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from intents.verify.engine.prefixes import LENGTH_BITS, Change, PrefixTable


class Cycle(NamedTuple):
    """Destinations first <= a < end that come again and again over the same cables, in order, the least one first."""

    first: int
    end: int
    cables: tuple[int, ...]


class Fabric:
    """Switches, numbered in the order of `names`; ports and cables are numbered as they become known.

    bounces: whether a packet may go back by the port that it came by, as a router lets it and a switch does not
    (OpenFlow 1.3.5, 4.5).
    """

    def __init__(self, names: Sequence[str], *, bounces: bool = True) -> None:
        self.names = tuple(names)
        self.tables = [PrefixTable() for _ in names]
        self.ports: list[tuple[int, str]] = []  # port -> switch, name
        self.ends: list[int] = []  # cable -> switch at its end
        self.outputs: list[tuple[int, ...]] = [()]  # action -> ports; 0 is a drop
        self.cables_of: list[tuple[int, ...]] = [()]  # action -> cables
        self.bounces = bounces
        self.begins: list[int] = []  # cable -> port where it begins
        self.arrivals: list[int] = []  # cable -> port at its end
        self._number: dict[tuple[int, str], int] = {}
        self._beginning: list[list[int]] = []  # port -> cables that begin there
        self._back: list[list[int]] = []  # cable -> cables by which a packet that came over it may not go on
        self._actions: dict[tuple[int, ...], int] = {(): 0}

    # --- how it is built

    def port(self, switch: int, name: str) -> int:
        """The number of a port."""
        key = (switch, name)
        if key not in self._number:
            self._number[key] = len(self.ports)
            self.ports.append(key)
            self._beginning.append([])
        return self._number[key]

    def connect(self, begin: int, end: int) -> int:
        """A cable, one way, from a port to a port; returns its number. All cables before the first action."""
        cable = len(self.ends)
        self.ends.append(self.ports[end][0])
        self.begins.append(begin)
        self.arrivals.append(end)
        self._beginning[begin].append(cable)
        self._back.append([] if self.bounces else self._beginning[end])
        return cable

    def action(self, ports: Iterable[int]) -> int:
        """The number of the action that sends to each of these ports (or, of equal cost, to any); none: it drops."""
        asked = tuple(ports)
        found = self._actions.get(asked)
        if found is None:
            key = tuple(sorted(asked))
            found = self._actions.get(key)
            if found is None:
                found = self._actions[key] = len(self.outputs)
                self.outputs.append(key)
                self.cables_of.append(tuple(cable for port in key for cable in self._beginning[port]))
            self._actions[asked] = found  # in this order too: to sort costs more than all else here
        return found

    def load(self, switch: int, rules: Iterable[tuple[int, int, int]]) -> None:
        """Give a switch a whole table: first address, length, action."""
        self.tables[switch] = PrefixTable(rules)

    def has_cable(self, port: int) -> bool:
        """Whether a cable begins at a port; without one it is an edge of the network."""
        return bool(self._beginning[port])

    # --- updates

    def put(self, switch: int, start: int, length: int, action: int) -> list[Cycle]:
        """Add or change a prefix at a switch. Returns the loops that the difference is in."""
        return self._loops(self.tables[switch].put(start, length, action))

    def remove(self, switch: int, start: int, length: int) -> list[Cycle]:
        """Take a prefix away from a switch. Returns the loops that the difference is in."""
        return self._loops(self.tables[switch].remove(start, length))

    def _loops(self, changes: list[Change]) -> list[Cycle]:
        cables_of = self.cables_of
        found: list[Cycle] = []
        for first, end, old, new in changes:
            for cable in cables_of[new]:
                if cable not in cables_of[old]:
                    self._follow(first, end, cable, found)
        return found

    # --- packets

    def cycles_over(self, first: int, end: int, cable: int) -> list[Cycle]:
        """The loops that destinations come into which go over a cable."""
        found: list[Cycle] = []
        self._follow(first, end, cable, found)
        return found

    def all_cycles(self) -> Iterator[Cycle]:
        """Every loop that there is, looked for from every switch, of each range of destinations apart."""
        seen: set[Cycle] = set()
        for table in self.tables:
            starts = table.starts
            for i, owner in enumerate(table.owners[:-1]):
                for cable in self.cables_of[owner >> LENGTH_BITS]:
                    for cycle in self.cycles_over(starts[i], starts[i + 1], cable):
                        if cycle not in seen:
                            seen.add(cycle)
                            yield cycle

    def _follow(self, first: int, end: int, begun: int, found: list[Cycle]) -> None:
        """Find the loops over the cable `begun`. The usual way is one after which there is one cable, for all."""
        ends, tables, cables_of, back = self.ends, self.tables, self.cables_of, self._back
        cable, left = begun, len(ends)
        while left:
            table = tables[ends[cable]]
            starts = table.starts
            i = bisect_right(starts, first)
            if starts[i] < end:
                break
            cables = cables_of[table.owners[i - 1] >> LENGTH_BITS]
            if not cables:
                return
            if len(cables) > 1 or cables[0] == begun or cables[0] in back[cable]:
                break
            cable = cables[0]
            left -= 1
        else:
            return  # more cables than there are: it has come into a loop that was there already, and not over this one
        self._search(first, end, begun, found)

    def _search(self, first: int, end: int, begun: int, found: list[Cycle]) -> None:
        """The same where ways part: each of them, over no cable twice."""
        ends, tables, cables_of, back = self.ends, self.tables, self.cables_of, self._back
        pending: list[tuple[int, int, tuple[int, ...]]] = [(first, end, (begun,))]
        while pending:
            first, end, path = pending.pop()
            cable = path[-1]
            table = tables[ends[cable]]
            starts, owners = table.starts, table.owners
            i = bisect_right(starts, first) - 1
            while True:
                until = starts[i + 1]
                stop = until if until < end else end  # noqa: FURB136 - a call costs as much as the whole step
                for onward in cables_of[owners[i] >> LENGTH_BITS]:
                    if onward in back[cable]:
                        continue
                    if onward == begun:
                        found.append(Cycle(first, stop, _turned(path)))
                    elif onward not in path:
                        pending.append((first, stop, (*path, onward)))
                if until >= end:
                    break
                first = until
                i += 1


def _turned(path: tuple[int, ...]) -> tuple[int, ...]:
    """The cables of a path that has come round, the least first."""
    least = path.index(min(path))
    return path[least:] + path[:least]
