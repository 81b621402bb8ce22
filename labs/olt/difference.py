"""What changed between two configurations, by instance path, as netconf-config-change says it (RFC 6470)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from labs.olt.entries import Step, node_of
from labs.olt.paths import key_of, path_of
from labs.olt.schema import Node, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An instance that came, went or has another value."""

    path: str
    operation: Literal["create", "delete", "replace"]


def changes(before: etree._Element, after: etree._Element, schema: Schema) -> tuple[Change, ...]:
    """Every change, the outermost element that came or went standing for all in it; sorted by path."""
    if before is after:
        return ()
    found = _compare(before, after, schema.root, schema)
    return tuple(sorted(found, key=lambda change: (change.path, change.operation)))


def changes_of(step: Step, schema: Schema) -> tuple[Change, ...]:
    """The same, looked for only where a step touched something."""
    before, after = step.before, step.after
    ways = {"/".join(path[:count]) for path in {entry.path for entry in step.touched} for count in range(1, len(path))}
    if any((before.root.find(way) is None) != (after.root.find(way) is None) for way in ways):
        return changes(before.root, after.root, schema)  # a container came or went, and stands for what is in it
    found: list[Change] = []
    for entry in step.touched:
        old, new = before.get(entry), after.get(entry)
        if old is not None and new is not None:
            found += _compare(old, new, node_of(entry.path, schema), schema)
        elif old is not None:
            found.append(Change(path=path_of(old, schema), operation="delete"))
        elif new is not None:
            found.append(Change(path=path_of(new, schema), operation="create"))
    return tuple(sorted(found, key=lambda change: (change.path, change.operation)))


def _compare(before: etree._Element, after: etree._Element, node: Node, schema: Schema) -> Iterator[Change]:
    old, new = _instances(before, node), _instances(after, node)
    for identity, element in old.items():
        if identity not in new:
            yield Change(path=path_of(element, schema), operation="delete")
    for identity, element in new.items():
        counterpart = old.get(identity)
        if counterpart is None:
            yield Change(path=path_of(element, schema), operation="create")
            continue
        known = node.find(str(element.tag))
        if known is None or known.kind in ("leaf", "leaf-list"):
            if (counterpart.text or "") != (element.text or ""):
                yield Change(path=path_of(element, schema), operation="replace")
        elif known.kind != "list" or etree.tostring(counterpart) != etree.tostring(
            element
        ):  # most entries are as before
            yield from _compare(counterpart, element, known, schema)
    yield from _reordered(old, new, node, schema)


def _reordered(
    old: dict[tuple[str, ...], etree._Element], new: dict[tuple[str, ...], etree._Element], node: Node, schema: Schema
) -> Iterator[Change]:
    for tag in {identity[0] for identity in new}:
        known = node.find(tag)
        if known is None or not known.ordered_by_user:
            continue
        left = [identity for identity in old if identity[0] == tag and identity in new]
        right = [identity for identity in new if identity[0] == tag and identity in old]
        for first, second in zip(left, right, strict=True):
            if first != second:
                yield Change(path=path_of(new[second], schema), operation="replace")


def _instances(parent: etree._Element, node: Node) -> dict[tuple[str, ...], etree._Element]:
    instances: dict[tuple[str, ...], etree._Element] = {}
    for child in parent:
        known = node.find(str(child.tag))
        identity: tuple[str, ...] = (str(child.tag),)
        if known is not None and known.kind == "list":
            identity += key_of(child, known)
        elif known is not None and known.kind == "leaf-list":
            identity += (child.text or "",)
        instances[identity] = child
    return instances
