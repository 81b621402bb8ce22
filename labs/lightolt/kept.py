"""A configuration as entries, and an edit applied to it: a new one, the old one stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from labs.lightolt.references import Named
from labs.lightolt.shapes import Lean, Path, Shapes
from labs.lightolt.values import Values, missing, tree_of
from labs.olt.canonical import canonical
from labs.olt.edit import DefaultOperation, apply_edit
from labs.olt.errors import Fault, RpcError, refuse
from labs.olt.names import OPERATION
from labs.olt.schema import Node
from labs.olt.xmlio import local

Lists = Mapping[Path, Mapping[str, Lean]]
Place = tuple[Path, str]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A configuration: entries by list and key. touched: what the edit that made it was about."""

    lists: Lists
    touched: frozenset[Place] = frozenset()

    def entries(self) -> Iterator[Lean]:
        """All of them, list by list."""
        for found in self.lists.values():
            yield from found.values()

    def get(self, place: Place) -> Lean | None:
        """An entry; None where it is not there."""
        return self.lists.get(place[0], {}).get(place[1])


class Editor:
    """Edits configurations of one schema."""

    def __init__(self, shapes: Shapes, values: Values, named: Named) -> None:
        self._shapes = shapes
        self._values = values
        self._named = named

    def edited(self, before: Kept, edit: etree._Element, default: DefaultOperation) -> Kept:
        """`before` with an edit-config's <config> applied. Raises RpcError."""
        lists = {path: dict(found) for path, found in before.lists.items()}
        if default == "replace":
            lists, default = {}, "merge"
        touched: set[Place] = set()
        sent = list(self._sent(edit, self._shapes.schema.root, (), lists, touched))
        good = self._values.checked([entry for entry, _ in sent])
        for entry, (_, element) in zip(good, sent, strict=True):
            self._apply(lists, entry, element, default)
            touched.add((entry.shape.path, entry.key))
        since = before.touched | touched
        return Kept({path: found for path, found in lists.items() if found}, frozenset(since))

    def check(self, config: Kept, since: Kept | None) -> None:
        """Whether every entry is whole, and names what is there. since: what was found good before; only what was
        touched after it is looked at. Raises RpcError."""
        faults: list[Fault] = []
        places = config.touched if since is not None else {(e.shape.path, e.key) for e in config.entries()}
        gone: dict[Path, set[str]] = {}
        for place in places:
            entry = config.get(place)
            if entry is None:
                gone.setdefault(place[0], set()).add(place[1])
                continue
            if entry.shape.lacking:
                what = f"{local_of(place[0])} {place[1]}: {entry.shape.lacking} must be there"
                faults.append(Fault(tag="data-missing", message=what))
            faults += [missing(entry, what, name) for what, name in self._named.unmet(entry, config.lists)]
        if gone:
            faults += [
                missing(entry, what, name)
                for entry in config.entries()
                for what, name in self._named.unmet(entry, config.lists, gone)
                if (entry.shape.path, entry.key) not in places
            ]
        if faults:
            raise RpcError(*faults[:20])

    def _sent(
        self, edit: etree._Element, node: Node, path: Path, lists: dict[Path, dict[str, Lean]], touched: set[Place]
    ) -> Iterator[tuple[Lean, etree._Element]]:
        """The entries of an edit; whole containers that it removes are removed at once."""
        of: dict[str, list[etree._Element]] = {}
        for child in edit:
            of.setdefault(str(child.tag), []).append(child)
        if (edit.text or "").strip():
            raise refuse("bad-element", f"text within {local(edit)}")
        lists_below: list[etree._Element] = []
        for tag, found in of.items():
            known = node.find(tag)
            if known is None or not known.config or known.kind not in ("list", "container"):
                canonical(_around(edit, path), self._shapes.schema, operations=True)  # which says what is wrong with it
                raise refuse("operation-not-supported", f"{local(found[0])} is not within a list")
            if known.kind == "list":
                lists_below += found
                continue
            for child in found:
                self._clear(child, (*path, tag), lists, touched)
                if child.get(OPERATION) not in ("delete", "remove"):
                    yield from self._sent(child, known, (*path, tag), lists, touched)
        if lists_below:
            if len(lists_below) != len(edit):
                raise refuse("operation-not-supported", f"{local(edit)}: entries beside containers")
            yield from self._shapes.read(edit, path)

    def _clear(
        self, container: etree._Element, path: Path, lists: dict[Path, dict[str, Lean]], touched: set[Place]
    ) -> None:
        if container.get(OPERATION) in ("delete", "remove", "replace"):
            for other in [p for p in lists if p[: len(path)] == path]:
                touched |= {(other, key) for key in lists[other]}
                del lists[other]

    def _apply(
        self, lists: dict[Path, dict[str, Lean]], entry: Lean, element: etree._Element, default: DefaultOperation
    ) -> None:
        shape, key = entry.shape, entry.key
        mine = lists.setdefault(shape.path, {})
        operation = shape.operation or default
        if operation in ("delete", "remove"):
            if mine.pop(key, None) is None and operation == "delete":
                raise refuse("data-missing", f"{local_of(shape.path)} {key} is not there to be deleted")
        elif shape.simple and (operation == "replace" or (operation in ("merge", "create") and key not in mine)):
            mine[key] = entry
        else:
            self._merge(mine, entry, element, default)

    def _merge(self, mine: dict[str, Lean], entry: Lean, element: etree._Element, default: DefaultOperation) -> None:
        """The long way, for an entry that is there already, or whose parts have operations of their own."""
        path, key = entry.shape.path, entry.key
        old = mine.get(key)
        target = tree_of([] if old is None else [old], self._shapes)
        wanted = canonical(_around(element, path[:-1], alone=True), self._shapes.schema, operations=True)
        apply_edit(target, wanted, self._shapes.schema, default)
        found: list[etree._Element] = [target]
        for tag in path:
            found = [below for item in found for below in item.iterchildren(tag)]
        mine.pop(key, None)
        for item in found:
            (good,) = self._values.checked([self._shapes.of(item, path[:-1])])
            mine[key] = good


def local_of(path: Path) -> str:
    """The name of a list."""
    return path[-1].rpartition("}")[2]


def _around(element: etree._Element, path: Path, *, alone: bool = False) -> etree._Element:
    """A <config> in which a copy of an element, or of an element's children, is where the path says."""
    nsmap: Any = element.nsmap  # may have a default, which lxml's stubs do not expect
    config = etree.Element("config", nsmap=nsmap)
    here = config
    for tag in path:
        here = etree.SubElement(here, tag)
    copied = etree.fromstring(etree.tostring(element, with_tail=False))
    here.extend([copied] if alone else list(copied))
    return config
