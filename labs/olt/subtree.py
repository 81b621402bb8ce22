"""Subtree filtering (RFC 6241 section 6) of canonical trees."""

from __future__ import annotations

import copy
from typing import Any

from lxml import etree

from labs.olt.names import default
from labs.olt.schema import Node, Schema
from labs.olt.xmlio import local, namespace, text


def select(data: etree._Element, filter_: etree._Element, schema: Schema) -> etree._Element:
    """The parts of `data` that the filter's children select, below a copy of its root."""
    result = etree.Element(data.tag)
    _children(data, list(filter_), result, schema.root)
    return result


def _children(data: etree._Element, filters: list[etree._Element], result: etree._Element, node: Node | None) -> None:
    for child in data:
        matching = [item for item in filters if _names(item, child)]
        if not matching:
            continue
        known = None if node is None else node.find(str(child.tag))
        if any(_selects(item) for item in matching):
            result.append(copy.deepcopy(child))
            continue
        parts = [part for item in matching if (part := _contained(child, item, known)) is not None]
        if parts:
            result.append(parts[0])
            for part in parts[1:]:
                _join(parts[0], part)


def _contained(data: etree._Element, item: etree._Element, node: Node | None) -> etree._Element | None:
    """What a containment node selects of one data element; None where nothing matches."""
    content = [child for child in item if _is_content(child)]
    for wanted in content:
        if not any(_names(wanted, child) and text(child) == _value(wanted, child) for child in data):
            return None
    deeper = [child for child in item if not _is_content(child)]
    if content and not deeper:
        return copy.deepcopy(data)
    part = etree.Element(data.tag, nsmap=_nsmap(data))
    keys = () if node is None else node.keys
    shown = [child for child in data if child.tag in keys or any(_names(wanted, child) for wanted in content)]
    for child in shown:
        part.append(copy.deepcopy(child))
    rest = [child for child in data if child not in shown]
    before = len(part)
    holder = etree.Element("holder")
    holder.extend([copy.deepcopy(child) for child in rest])
    _children(holder, deeper, part, node)
    asked_for_keys = any(_names(item, child) for item in deeper for child in shown)
    return part if len(part) > before or content or asked_for_keys else None


def _join(into: etree._Element, other: etree._Element) -> None:
    """Two selections of the same element, as one: what `into` lacks is added."""
    have = {etree.tostring(child) for child in into}
    for child in other:
        if etree.tostring(child) not in have:
            into.append(copy.deepcopy(child))


def _names(item: etree._Element, data: etree._Element) -> bool:
    """Whether a filter's element has the name of a data element; no namespace stands for any."""
    return local(item) == local(data) and namespace(item) in ("", namespace(data))


def _selects(item: etree._Element) -> bool:
    return len(item) == 0 and not text(item)


def _is_content(item: etree._Element) -> bool:
    return len(item) == 0 and bool(text(item))


def _value(wanted: etree._Element, data: etree._Element) -> str:
    """The text to match, with the prefix of an identity as the datastore has it."""
    value = text(wanted)
    prefix, colon, name = value.partition(":")
    uri = wanted.nsmap.get(prefix) if colon else None
    if uri is None:
        return value
    for known, space in data.nsmap.items():
        if space == uri and known is not None:
            return f"{known}:{name}"
    return value


def _nsmap(element: etree._Element) -> Any:
    return default(namespace(element))
