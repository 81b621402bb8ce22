"""Subtree filtering (RFC 6241 section 6) of canonical trees."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from lxml import etree

from labs.olt.schema import Node, Schema
from labs.olt.xmlio import local, namespace, text


def select(
    data: etree._Element, filter_: etree._Element, schema: Schema, into: etree._Element | None = None
) -> etree._Element:
    """The parts of `data` that the filter's children select, below a copy of its root, or below `into`: to move them
    there afterwards takes lxml longer than all else."""
    nsmap: Any = data.nsmap  # may have a default, which lxml's stubs do not expect
    result = etree.Element(data.tag, nsmap=nsmap) if into is None else into
    _Selection(schema).children(list(data), list(filter_), result, schema.root)
    return result


def narrowed(tree: etree._Element, filter_: etree._Element, schema: Schema) -> etree._Element:
    """A copy of a datastore's tree without the entries that a filter rules out by what is configured. To what is left
    state may be added, and `select` then finds what it would have found in the whole."""
    nsmap: Any = tree.nsmap
    result = etree.Element(tree.tag, nsmap=nsmap)
    _Selection(schema).narrow(tree, list(filter_), result, schema.root)
    return result


def possible(entries: Iterable[etree._Element], filters: list[etree._Element], schema: Schema) -> list[etree._Element]:
    """The entries that filters of their name do not rule out by what is configured."""
    selection = _Selection(schema)
    of: dict[str, list[etree._Element]] = {}
    for entry in entries:
        of.setdefault(str(entry.tag), []).append(entry)
    chosen = {tag: [item for item in filters if _names(item, alike[0])] for tag, alike in of.items()}
    return [e for tag, alike in of.items() for e in alike if any(selection.may(item, e) for item in chosen[tag])]


class _Selection:
    def __init__(self, schema: Schema) -> None:
        self._prefix_of = schema.prefix_of
        self._asked: dict[etree._Element, list[tuple[str, str]]] = {}

    def children(
        self, data: list[etree._Element], filters: list[etree._Element], result: etree._Element, node: Node | None
    ) -> None:
        for child in data:
            matching = [item for item in filters if _names(item, child)]
            if not matching:
                continue
            known = None if node is None else node.find(str(child.tag))
            if any(_selects(item) for item in matching):
                result.append(copy.deepcopy(child))
                continue
            parts = [part for item in matching if (part := self._contained(child, item, known)) is not None]
            for part in parts[1:]:
                _join(parts[0], part)
            result.extend(parts[:1])

    def narrow(
        self, data: etree._Element, filters: list[etree._Element], result: etree._Element, node: Node | None
    ) -> None:
        for child in data:
            matching = [item for item in filters if _names(item, child)]
            known = None if node is None else node.find(str(child.tag))
            if known is not None and known.kind == "container" and matching and not any(map(_is_blunt, matching)):
                inside = etree.SubElement(result, child.tag)
                self.narrow(child, [below for item in matching for below in item], inside, known)
            elif any(self.may(item, child) for item in matching):
                result.append(copy.deepcopy(child))

    def may(self, item: etree._Element, data: etree._Element) -> bool:
        """Whether no text that a filter asks for is another in the data. What is not there may be state."""
        if item not in self._asked:  # entries are many, and filters few
            self._asked[item] = [(_pattern(w), self._value(w)) for w in item if _is_content(w)]
        for tag, value in self._asked[item]:
            found = [text(child) for child in data.iterchildren(tag)]
            if found and value not in found:
                return False
        return True

    def _contained(self, data: etree._Element, item: etree._Element, node: Node | None) -> etree._Element | None:
        """What a containment node selects of one data element; None where nothing matches."""
        content = [child for child in item if _is_content(child)]
        for wanted in content:
            if not any(_names(wanted, child) and text(child) == self._value(wanted) for child in data):
                return None
        deeper = [child for child in item if not _is_content(child)]
        if content and not deeper:
            return copy.deepcopy(data)
        part = etree.Element(data.tag)
        keys = () if node is None else node.keys
        shown = [child for child in data if child.tag in keys or any(_names(wanted, child) for wanted in content)]
        part.extend([copy.deepcopy(child) for child in shown])
        self.children([child for child in data if child not in shown], deeper, part, node)
        asked_for_keys = any(_names(wanted, child) for wanted in deeper for child in shown)
        return part if len(part) > len(shown) or content or asked_for_keys else None

    def _value(self, wanted: etree._Element) -> str:
        """The text to match, an identity with the prefix that the datastore gives it."""
        value = text(wanted)
        prefix, colon, name = value.partition(":")
        known = self._prefix_of.get(wanted.nsmap.get(prefix, "")) if colon else None
        return value if known is None else f"{known}:{name}"


def _join(into: etree._Element, other: etree._Element) -> None:
    """Two selections of the same element, as one: what `into` lacks is added."""
    have = {etree.tostring(child) for child in into}
    for child in other:
        if etree.tostring(child) not in have:
            into.append(copy.deepcopy(child))


def _names(item: etree._Element, data: etree._Element) -> bool:
    """Whether a filter's element has the name of a data element; no namespace stands for any."""
    wanted = str(item.tag)
    return wanted == data.tag or (wanted[:1] != "{" and wanted == local(data))


def _pattern(item: etree._Element) -> str:
    """The tag that lxml finds what a filter's element names by."""
    return f"{{{namespace(item) or '*'}}}{local(item)}"


def _selects(item: etree._Element) -> bool:
    return len(item) == 0 and not text(item)


def _is_blunt(item: etree._Element) -> bool:
    """Whether a filter of a container selects all of it, or by its own leaves."""
    return _selects(item) or any(_is_content(child) for child in item)


def _is_content(item: etree._Element) -> bool:
    return len(item) == 0 and bool(text(item))
