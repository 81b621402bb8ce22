"""A flow table that looks at the port too by which a packet came: a table of its own for each port that is named.

A port is matched whole or not at all, so it needs no bits in a predicate: an entry that names one stands in that port's
table, and one that names none in all of them and in the table of the other ports.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from intents.verify.engine.space import Match
from intents.verify.engine.table import Delta, Table


class Ruling(NamedTuple):
    """A rule but for its port. tag: see Table."""

    priority: int
    match: Match
    action: int
    tag: object = None


class PortedTable:
    """Rules by port, priority and match. A port of None stands for every port that no rule names."""

    __slots__ = ("_names", "_others", "_own")

    def __init__(self) -> None:
        self._others = Table()
        self._own: dict[int, Table] = {}
        self._names: dict[int, int] = {}  # port -> how many rules name it

    def __len__(self) -> int:
        return len(self._others) + sum(self._names.values())

    def of(self, port: int) -> Table:
        """The table that decides for packets that came by a port."""
        return self._own.get(port, self._others)

    def each(self) -> Iterator[tuple[int | None, Table]]:
        """The tables, and for which port."""
        yield None, self._others
        yield from self._own.items()

    def load(self, port: int | None, rule: Ruling) -> None:
        """Put a rule without asking what it changes: for tables that nobody has looked at yet."""
        for _, table in self._holding(port, rule):
            table.load(*_named(port, rule))

    def put(self, port: int | None, rule: Ruling) -> list[tuple[int | None, list[Delta]]]:
        """Add a rule, or give one of the same port, priority and match another action. What changed, by port."""
        return [(at, table.put(*_named(port, rule))) for at, table in self._holding(port, rule)]

    def remove(self, port: int | None, rule: Ruling) -> list[tuple[int | None, list[Delta]]]:
        """Take a rule away; nothing happens if it is not there. What changed, by port."""
        priority, match, _, tag = _named(port, rule)
        if port is None:
            return [(at, table.remove(priority, match, tag)) for at, table in self.each()]
        table = self._own.get(port)
        if table is None or table.action(priority, match, tag) is None:
            return []
        deltas = table.remove(priority, match, tag)
        self._names[port] -= 1
        if not self._names[port]:
            del self._own[port], self._names[port]
        return [(port, deltas)]

    def _holding(self, port: int | None, rule: Ruling) -> list[tuple[int | None, Table]]:
        """The tables that a rule is to stand in; one for its port is made if there is none."""
        if port is None:
            return list(self.each())
        table = self._own.get(port)
        if table is None:
            table = self._own[port] = Table()
            self._names[port] = 0
            for other in self._others:
                table.load(other.priority, other.match, other.action, other.tag)
        priority, match, _, tag = _named(port, rule)
        if table.action(priority, match, tag) is None:
            self._names[port] += 1
        return [(port, table)]


def _named(port: int | None, rule: Ruling) -> Ruling:
    """The rule as it stands in a table: one that names the port is another than one that does not."""
    return rule if port is None else rule._replace(tag=(port, rule.tag))
