"""Entries: instances of outermost lists (an interface, a T-CONT, a forwarder), which is how a configuration is taken
apart where only a part of it matters. What stands outside of them are containers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from lxml import etree

from labs.olt.canonical import INSERT
from labs.olt.names import OPERATION
from labs.olt.paths import key_of
from labs.olt.schema import Node, Schema

MOST: Final = 2_000  # with more of them to look at, a look at everything is as fast


class Entry(NamedTuple):
    """Tags from the root to the list, and the values of its keys."""

    path: tuple[str, ...]
    keys: tuple[str, ...]


Touched = frozenset[Entry]


class Entries:
    """The entries of a tree by path and keys. For as long as the tree stays as it is."""

    def __init__(self, root: etree._Element, schema: Schema) -> None:
        self.root = root
        self._schema = schema
        self._lists: dict[tuple[str, ...], dict[tuple[str, ...], etree._Element]] = {}

    def get(self, entry: Entry) -> etree._Element | None:
        """The element of an entry; None where there is none."""
        if entry.path not in self._lists:
            self._lists[entry.path] = self._read(entry.path)
        return self._lists[entry.path].get(entry.keys)

    def _read(self, path: tuple[str, ...]) -> dict[tuple[str, ...], etree._Element]:
        parent = self.root.find("/".join(path[:-1]))
        node = node_of(path, self._schema)
        return {} if parent is None else {key_of(item, node): item for item in parent.iterchildren(path[-1])}


@dataclass(frozen=True, slots=True)
class Step:
    """From one configuration to another: they differ in the entries touched, and in nothing else."""

    before: Entries
    after: Entries
    touched: Touched


def node_of(path: tuple[str, ...], schema: Schema) -> Node:
    """The schema node of a path. Raises KeyError."""
    node = schema.root
    for tag in path:
        found = node.find(tag)
        if found is None:
            raise KeyError(tag)
        node = found
    return node


def entry_of(element: etree._Element, schema: Schema) -> Entry | None:
    """The entry that an element of a datastore's tree is in; None where it is in none."""
    chain = [element, *element.iterancestors()][-2::-1]  # below the root, outermost first
    node, path = schema.root, []
    for item in chain:
        found = node.find(str(item.tag))
        if found is None:
            return None
        path.append(str(item.tag))
        if found.kind == "list":
            return Entry(tuple(path), key_of(item, found))
        node = found
    return None


def touched_by(edit: etree._Element, schema: Schema) -> Touched | None:
    """The entries that a canonical edit may change; None where it may change something that is in none of them, or
    their order, or more than MOST of them."""
    found = set(_walk(edit, schema.root, ()))
    return None if None in found or len(found) > MOST else frozenset(entry for entry in found if entry is not None)


def _walk(edit: etree._Element, node: Node, path: tuple[str, ...]) -> Iterator[Entry | None]:
    for item in edit:
        tag = str(item.tag)
        known = node.find(tag)
        if known is None or node.choices(tag) or item.get(INSERT) is not None:
            yield None
        elif known.kind == "list":
            yield Entry((*path, tag), key_of(item, known))
        elif known.kind == "container" and len(item) and item.get(OPERATION) in (None, "merge", "create"):
            yield from _walk(item, known, (*path, tag))
        else:
            yield None
