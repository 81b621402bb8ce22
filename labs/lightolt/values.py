"""What a leaf takes, found out from libyang once a value.

Most values of a large configuration are there many times (a traffic class, a queue's weight, a type of interface). A
pair of leaf and value that libyang took is not shown to it again.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from labs.lightolt.shapes import Lean, Path, Shapes, plain
from labs.olt.errors import Fault, refuse
from labs.olt.schema import Node
from labs.olt.validate import Validator

_QNAME: Final = re.compile(r"(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)")
_MOST: Final = 200_000  # pairs that are remembered
_Pair = tuple[dict[str, str], str, str]


class Values:
    """The values that are known to be good, for all OLTs of one schema."""

    def __init__(self, shapes: Shapes, validator: Validator) -> None:
        self._shapes = shapes
        self._validator = validator
        self._known: dict[tuple[int, str], dict[str, str]] = {}
        self._of: dict[int, tuple[dict[str, str] | None, ...]] = {}  # by shape
        self._keep: list[object] = []  # shapes, so that no other gets the identity of one
        self._lock = threading.Lock()

    def checked(self, entries: Iterable[Lean]) -> list[Lean]:
        """The entries with their values as the schema writes them. Raises RpcError where libyang takes one not."""
        result: list[Lean] = []
        fresh: list[Lean] = []
        pairs: list[_Pair] = []
        with self._lock:
            for entry in entries:
                before = len(pairs)
                good = self._one(entry, pairs)
                result.append(good)
                if len(pairs) > before:
                    fresh.append(good)
            if fresh:
                self._validator.check_values(tree_of(fresh, self._shapes))
                for table, value, kept in pairs:
                    if len(table) < _MOST:
                        table[value] = kept
        return result

    def _one(self, entry: Lean, pairs: list[_Pair]) -> Lean:
        shape, values = entry
        tables = self._of.get(id(shape)) or self._tables(entry)
        changed: list[str] | None = None
        for place, table in enumerate(tables):
            if table is None:
                continue
            value = values[place]
            kept = table.get(value)
            if kept is None:
                kept = self._canonical(shape.leaves[place], value, entry)
                pairs.append((table, value, kept))
            if kept is not value:
                changed = list(values) if changed is None else changed
                changed[place] = kept
        for group in shape.lists:
            keys = [tuple(values[p] if p >= 0 else "" for p in places) for places in group]
            if len(set(keys)) != len(keys):
                raise refuse("bad-element", f"{entry.key}: an entry is there twice")
        return entry if changed is None else Lean(shape, tuple(changed))

    def _tables(self, entry: Lean) -> tuple[dict[str, str] | None, ...]:
        shape = entry.shape
        spaces = str(sorted((str(k), v) for k, v in shape.spaces.items()))
        made = tuple(
            None
            if leaf.free
            else self._known.setdefault((id(leaf), spaces if leaf.base_type == "identityref" else ""), {})
            for leaf in shape.leaves
        )
        self._of[id(shape)] = made
        self._keep.append(shape)
        return made

    def _canonical(self, leaf: Node, value: str, entry: Lean) -> str:
        text = plain(value)
        if leaf.base_type == "string":
            return value
        text = text.strip()
        match = _QNAME.fullmatch(text)
        if leaf.base_type != "identityref" or match is None:
            return escape(text)
        prefix = self._shapes.schema.prefix_of.get(entry.shape.spaces.get(match[1]) or "")
        if prefix is None:
            raise refuse("invalid-value", f"{entry.key}: the prefix of {text!r} stands for no module known here")
        return f"{prefix}:{match[2]}"


def tree_of(entries: Iterable[Lean], shapes: Shapes) -> etree._Element:
    """A canonical tree of entries alone."""
    schema = shapes.schema
    by_path: dict[Path, list[str]] = {}
    for entry in entries:
        by_path.setdefault(entry.shape.path, []).append(entry.xml)
    root = schema.empty()
    for path, texts in by_path.items():
        declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in root.nsmap.items() if prefix)
        here = root
        for tag in path[:-1]:
            found = here.find(tag)
            here = etree.SubElement(here, tag) if found is None else found
        parser = etree.XMLParser(huge_tree=True, resolve_entities=False)
        here.extend(list(etree.fromstring(f"<h{declared}>{''.join(texts)}</h>", parser)))
    return root


def missing(entry: Lean, what: str, target: str) -> Fault:
    """The fault of a reference to what is not there."""
    kind = entry.shape.path[-1].rpartition("}")[2]
    return Fault(
        tag="data-missing",
        app_tag="instance-required",
        message=f"{kind} {plain(entry.key)}: {what} names {target}, which is not there",
    )
