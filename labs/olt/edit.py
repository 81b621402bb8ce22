"""edit-config (RFC 6241 section 7.2) on canonical trees: merge, replace, create, delete, remove, none.

The target is changed in place and is left half done when an edit is refused: work on a copy.
"""

from __future__ import annotations

import copy
from typing import Literal

from lxml import etree

from labs.olt.canonical import INSERT, INSERT_KEY, INSERT_VALUE
from labs.olt.entries import Entries, Touched, node_of, touched_by
from labs.olt.errors import Fault, RpcError
from labs.olt.names import OPERATION
from labs.olt.paths import key_of, path_of, spoken
from labs.olt.schema import Node, Schema

DefaultOperation = Literal["merge", "replace", "none"]


def apply_edit(
    target: etree._Element, edit: etree._Element, schema: Schema, default: DefaultOperation
) -> Touched | None:
    """Apply canonical `edit` to canonical `target`. Returns the entries that may have changed, None where there may be
    more. Raises RpcError data-exists, data-missing, bad-attribute."""
    touched = None if default == "replace" else touched_by(edit, schema)
    if default == "replace":
        for child in list(target):
            target.remove(child)
    editor = _Editor(schema)
    editor.children(target, edit, schema.root, "merge" if default == "replace" else default)
    if touched is None:
        prune(target, schema.root)
    else:
        _prune_within(target, schema, touched)
    return touched


def _prune_within(target: etree._Element, schema: Schema, touched: Touched) -> None:
    """The same in what was touched; elsewhere the tree is as it was, and was pruned."""
    index = Entries(target, schema)
    for entry in touched:
        found = index.get(entry)
        if found is not None:
            prune(found, node_of(entry.path, schema))
    for path in {entry.path for entry in touched}:
        _prune_way(target, schema.root, path[:-1])


def _prune_way(parent: etree._Element, node: Node, way: tuple[str, ...]) -> None:
    known, child = (node.find(way[0]), parent.find(way[0])) if way else (None, None)
    if known is None or child is None:
        return
    _prune_way(child, known, way[1:])
    if len(child) == 0 and not known.presence:
        parent.remove(child)


def prune(parent: etree._Element, node: Node) -> bool:
    """Remove containers that are empty and mean nothing by being there; whether `parent` is now empty."""
    for child in list(parent):
        known = node.find(str(child.tag))
        if known is not None and known.kind in ("container", "list"):
            empty = prune(child, known)
            if empty and known.kind == "container" and not known.presence:
                parent.remove(child)
    return len(parent) == 0


def without_operations(edit: etree._Element) -> etree._Element:
    """A copy with what is to be deleted left out, keys excepted, and without edit-config's attributes."""
    result = copy.deepcopy(edit)
    doomed = [element for element in result.iter() if element.get(OPERATION) in ("delete", "remove")]
    for element in doomed:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    _clear(result)
    return result


def _clear(tree: etree._Element) -> None:
    for element in tree.iter():
        for name in (OPERATION, INSERT, INSERT_KEY, INSERT_VALUE):
            element.attrib.pop(name, "")


class _Editor:
    """One edit. Remembers, by parent and list, where each entry is."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._index: dict[tuple[etree._Element, str], dict[tuple[str, ...], etree._Element]] = {}

    def children(self, target: etree._Element, edit: etree._Element, node: Node, operation: str) -> None:
        for item in edit:
            tag = str(item.tag)
            known = node.find(tag)
            if known is not None and tag not in node.keys:  # always known: the edit is canonical
                self._one(target, item, known, node, item.get(OPERATION) or operation)

    def _one(self, target: etree._Element, item: etree._Element, node: Node, parent: Node, operation: str) -> None:
        existing = self._find(target, item, node)
        if operation in ("delete", "remove"):
            if existing is not None:
                self._forget(target, existing, node)
            elif operation == "delete":
                raise self._fault("data-missing", "is not there to be deleted", item)
            return
        leaf = node.kind in ("leaf", "leaf-list")
        if operation == "create" and existing is not None:
            raise self._fault("data-exists", "is there already", item)
        if operation == "none" and leaf:
            return
        if operation == "none" and existing is None:
            raise self._fault("data-missing", "is not there to be changed", item)
        self._other_cases(target, node, parent)
        self._put(target, item, node, existing, operation)

    def _put(
        self,
        target: etree._Element,
        item: etree._Element,
        node: Node,
        existing: etree._Element | None,
        operation: str,
    ) -> None:
        if existing is None and operation != "none" and not _has_operations(item):
            made = copy.deepcopy(item)
            target.append(made)
            self._note(target, made, node)
            return
        if existing is None:
            existing = self._insert(target, item, node)
        elif operation == "replace":
            _empty(existing, node)
        if item.get(INSERT) is not None:
            self._move(target, existing, item, node)
        if node.kind in ("leaf", "leaf-list"):
            existing.text = item.text
        else:
            self.children(existing, item, node, operation)

    def _find(self, target: etree._Element, item: etree._Element, node: Node) -> etree._Element | None:
        if node.kind not in ("list", "leaf-list"):
            return target.find(node.tag)
        return self._entries(target, node).get(_identity(item, node))

    def _entries(self, target: etree._Element, node: Node) -> dict[tuple[str, ...], etree._Element]:
        entries = self._index.get((target, node.tag))
        if entries is None:
            entries = {_identity(entry, node): entry for entry in target.iterchildren(node.tag)}
            self._index[(target, node.tag)] = entries
        return entries

    def _insert(self, target: etree._Element, item: etree._Element, node: Node) -> etree._Element:
        made = _shell(target, item, node)
        self._note(target, made, node)
        return made

    def _note(self, target: etree._Element, made: etree._Element, node: Node) -> None:
        """Remember a new entry where the list's entries are known already."""
        known = self._index.get((target, node.tag))
        if known is not None:
            known[_identity(made, node)] = made

    def _forget(self, target: etree._Element, existing: etree._Element, node: Node) -> None:
        if node.kind in ("list", "leaf-list"):
            self._entries(target, node).pop(_identity(existing, node), None)
        target.remove(existing)

    def _other_cases(self, target: etree._Element, node: Node, parent: Node) -> None:
        mine = dict(parent.choices(node.tag))
        if not mine:
            return
        for sibling in list(target):
            known = parent.find(str(sibling.tag))
            if known is not None and any(
                mine.get(choice, case) != case for choice, case in parent.choices(str(sibling.tag))
            ):
                self._forget(target, sibling, known)

    def _move(self, target: etree._Element, existing: etree._Element, item: etree._Element, node: Node) -> None:
        """The insert attribute of RFC 7950 7.8.6, for lists that are ordered by the user."""
        where = item.get(INSERT)
        if not node.ordered_by_user or where not in ("first", "last", "before", "after"):
            raise self._fault("bad-attribute", f"cannot be inserted {where!r}", item)
        others = [entry for entry in target.iterchildren(node.tag) if entry is not existing]
        if where in ("before", "after"):
            wanted = item.get(INSERT_KEY) or item.get(INSERT_VALUE) or ""
            anchor = next((entry for entry in others if _mentioned(entry, node, wanted)), None)
            if anchor is None:
                raise self._fault("bad-attribute", "is to be beside what is not there", item, "missing-instance")
        elif not others:
            return
        else:
            anchor = others[0] if where == "first" else others[-1]
        if where in ("first", "before"):
            anchor.addprevious(existing)
        else:
            anchor.addnext(existing)

    def _fault(self, tag: str, what: str, item: etree._Element, app_tag: str | None = None) -> RpcError:
        path = path_of(item, self._schema)
        return RpcError(
            Fault(
                tag=tag, message=f"{spoken(path)} {what}", path=path, namespaces=self._schema.prefixes, app_tag=app_tag
            )
        )


def _has_operations(item: etree._Element) -> bool:
    return any(element.attrib for element in item.iter())


def _shell(target: etree._Element, item: etree._Element, node: Node) -> etree._Element:
    """The new element with nothing but its keys or its value."""
    made = etree.SubElement(target, node.tag)
    for key in node.keys:
        for found in item.iterchildren(key):
            etree.SubElement(made, key).text = found.text
    if node.kind in ("leaf", "leaf-list"):
        made.text = item.text
    return made


def _empty(entry: etree._Element, node: Node) -> None:
    for child in list(entry):
        if str(child.tag) not in node.keys:
            entry.remove(child)


def _identity(element: etree._Element, node: Node) -> tuple[str, ...]:
    return (element.text or "",) if node.kind == "leaf-list" else key_of(element, node)


def _mentioned(entry: etree._Element, node: Node, wanted: str) -> bool:
    """Whether the key attribute, [prefix:key='value'] for each key, means this entry."""
    if node.kind == "leaf-list":
        return entry.text == wanted
    return all(f"'{value}'" in wanted or f'"{value}"' in wanted for value in key_of(entry, node))
