"""What an entry's validity depends on beyond itself, found out from the schema.

Every must, when and leafref is looked at once. Three kinds are understood:

    it stays within its entry           nothing else matters
    it names another entry's key        that entry must be there
    it looks into the entry so named    /list[key=current()]/a/b: also a and b matter there

Anything else (a count over a list, a path through wildcards, unique over entries) makes the schema one of which no part
can be judged alone: `closed` is False, and only the whole is validated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from labs.olt.entries import Entry, node_of
from labs.olt.schema import Node, Schema
from labs.olt.xpath import Absolute, local, looks

_NAME: Final = r"(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)"
_BY_KEY: Final = re.compile(rf"\[{_NAME}=current\(\)\]")
_BY_SIBLING: Final = re.compile(rf"\[{_NAME}=current\(\)/\.\./{_NAME}\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A node in the schema: the entry's list that it is in, how deep below it, and the nodes beside it."""

    path: tuple[str, ...]
    depth: int
    parent: Node


class References:
    """The references of a schema. `closed`: whether all of them are understood."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._targets: dict[int, frozenset[tuple[str, ...]]] = {}  # of a leaf, by its node: the lists that it names
        self._tags: set[str] = set()
        self._kept: set[int] = set()  # of leaves too: those that an entry cannot be without, for being read itself
        self._read: set[str] = set()  # names of what is read within an entry that another one names
        self._walked: set[str] = set()  # the same by leafrefs that lead into an entry
        self.closed = all(self._outside(schema.root, ()))

    def of(self, element: etree._Element, node: Node) -> Iterator[Entry]:
        """The entries that an entry names."""
        for leaf, known in self._leaves(element, node):
            for path in self._targets[id(known)]:
                yield Entry(path, (leaf.text or "",))

    def matters(self, changed: set[str]) -> bool:
        """Whether others may look at what changed within an entry, given the names of it and of all above it."""
        return not changed.isdisjoint(self._read | self._walked)

    def lighten(self, element: etree._Element, node: Node) -> None:
        """Leave out the references of a copy of an entry that is there to be looked at only."""
        for leaf, known in list(self._leaves(element, node)):
            parent = leaf.getparent()
            if parent is not None and id(known) not in self._kept and known.name not in self._read:
                parent.remove(leaf)

    def naming(self, root: etree._Element, keys: set[str]) -> Iterator[etree._Element]:
        """The leaves of a tree that may name an entry with one of these keys."""
        return (leaf for leaf in root.iter(*self._tags) if leaf.text in keys)

    def _leaves(self, element: etree._Element, node: Node) -> Iterator[tuple[etree._Element, Node]]:
        """The leaves of an entry that name others."""
        for child in element:
            known = node.find(str(child.tag))
            if known is None:
                continue
            if id(known) in self._targets:
                yield child, known
            yield from self._leaves(child, known)

    def _outside(self, node: Node, path: tuple[str, ...]) -> Iterator[bool]:
        """Each rule outside of entries: containers alone are understood there, with no conditions."""
        for child in _data(node):
            here = (*path, child.tag)
            if not child.config:
                continue
            if child.kind == "list":
                yield not child.bounded and len(child.keys) == 1 and not node.choices(child.tag)
                yield from self._inside(child, _Place(path=here, depth=0, parent=node))
            else:
                yield child.kind == "container" and not child.conditions
                yield from self._outside(child, here)

    def _inside(self, node: Node, place: _Place) -> Iterator[bool]:
        """Each rule of a node in an entry, and of what is below it."""
        if node.kind in ("leaf", "leaf-list"):
            yield node.base_type != "instance-identifier"
            yield self._leafrefs(node, place)  # before its conditions, which may be about what it names
        yield all(self._condition(text, node, place) for text in node.conditions)
        for child in node.children.values():
            deeper = 0 if child.kind in ("choice", "case") else 1
            data = node if node.kind not in ("choice", "case") else place.parent
            if child.config:
                yield from self._inside(child, _Place(path=place.path, depth=place.depth + deeper, parent=data))

    def _leafrefs(self, node: Node, place: _Place) -> bool:
        for path, module in node.refers:
            found = looks(path)
            if found is None or len(found.absolute) > 1 or found.upward > place.depth:
                return False
            if found.absolute and not self._leads(found.absolute[0], path, module, node, place):
                return False
        return True

    def _leads(self, found: Absolute, path: str, module: str, node: Node, place: _Place) -> bool:
        """Take note of a leafref that leads to another entry; whether it is of a kind that is understood."""
        tags = self._schema.tags(re.sub(r"\[[^\]]*\]", "", path), module)
        of = self._list(tags)
        if of is None:
            return False
        rest = tags[len(of) :]
        if rest == node_of(of, self._schema).keys and not found.predicate:
            self._targets[id(node)] = self._targets.get(id(node), frozenset()) | {of}
            self._tags.add(node.tag)
            if node.needed or node.tag in place.parent.keys:
                self._kept.add(id(node))
            return True
        self._walked |= {local(tag) for tag in rest}
        beside = _BY_SIBLING.fullmatch(found.predicate)
        sibling = next((n for n in _data(place.parent) if beside is not None and n.name == beside[2]), None)
        if sibling is None or len(found.steps) != len(of) or not self._leafrefs(sibling, place):
            return False
        self._kept.add(id(sibling))
        return self._targets.get(id(sibling)) == frozenset({of}) and self._is_key(beside, of)

    def _condition(self, text: str, node: Node, place: _Place) -> bool:
        found = looks(text)
        if found is None or found.upward > place.depth:
            return False
        for path in found.absolute:
            targets = self._targets.get(id(node), frozenset())
            if len(targets) != 1:
                return False
            (of,) = targets
            if path.steps != tuple(map(local, of)) or not self._is_key(_BY_KEY.fullmatch(path.predicate), of):
                return False
            self._read |= set(path.rest)
        return True

    def _is_key(self, match: re.Match[str] | None, path: tuple[str, ...]) -> bool:
        return match is not None and [match[1]] == [local(key) for key in node_of(path, self._schema).keys]

    def _list(self, tags: tuple[str, ...]) -> tuple[str, ...] | None:
        """As much of a path as leads to an outermost list; None where there is none on the way."""
        node = self._schema.root
        for count, tag in enumerate(tags, 1):
            found = node.find(tag)
            if found is None:
                return None
            if found.kind == "list":
                return tags[:count]
            node = found
        return None


def _data(node: Node) -> Iterator[Node]:
    """The data nodes below a node, choices and cases looked through."""
    for child in node.children.values():
        if child.kind in ("choice", "case"):
            yield from _data(child)
        else:
            yield child
