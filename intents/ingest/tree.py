"""A document as read: scalars, sequences and tables that remember where they were written.

Nothing here knows YAML or Clearway. Tables keep their keys as text, in the order written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from intents.model.diagnostic import Position

ScalarValue = str | int | float | bool | None
Plain = ScalarValue | list["Plain"] | dict[str, "Plain"]


class Scalar(NamedTuple):
    """One value. `text` is what was written, without quotes. `offset`: columns from `position` to the first letter
    of `text` where the text stands letter by letter on one line, else None."""

    value: ScalarValue
    text: str
    position: Position
    offset: int | None = None

    def inside(self, index: int) -> Position:
        """Where the letter `index` of the text was written; the scalar itself if that cannot be said."""
        if self.offset is None:
            return self.position
        at = self.position
        return Position(at.file, at.line, at.column + self.offset + index)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping. `entries`: key text to key and value."""

    entries: Mapping[str, tuple[Scalar, Node]]
    position: Position = field(compare=False)

    def get(self, key: str) -> Node | None:
        """The value of a key, None if there is none."""
        entry = self.entries.get(key)
        return entry[1] if entry else None

    def table(self, key: str) -> Table | None:
        """The value of a key if it is a table."""
        value = self.get(key)
        return value if isinstance(value, Table) else None

    def text(self, key: str) -> Scalar | None:
        """The value of a key if it is a scalar other than null."""
        value = self.get(key)
        return value if isinstance(value, Scalar) and value.value is not None else None

    def items(self) -> Iterator[tuple[Scalar, Node]]:
        """Keys and values in the order written."""
        return iter(self.entries.values())


Node = Scalar | Sequence | Table


def table_of(entries: list[tuple[Scalar, Node]], position: Position) -> Table:
    """A table from keys and values; a later entry replaces an earlier one of the same key."""
    return Table({key.text: (key, value) for key, value in entries}, position)


def plain(node: Node) -> Plain:
    """The document without positions, as a JSON validator wants it."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [item.value if type(item) is Scalar else plain(item) for item in node.items]
    return {key: v.value if type(v) is Scalar else plain(v) for key, (_, v) in node.entries.items()}


def find(node: Node, path: tuple[str | int, ...]) -> Node:
    """The node at a path, or the nearest above it that exists."""
    for step in path:
        if isinstance(node, Table) and str(step) in node.entries:
            node = node.entries[str(step)][1]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node


def key_position(node: Node, key: str) -> Position:
    """Where a key of a table was written; the table itself if it has no such key."""
    if isinstance(node, Table) and key in node.entries:
        return node.entries[key][0].position
    return node.position
