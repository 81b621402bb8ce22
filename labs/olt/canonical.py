"""Configuration from a client to the form in which the datastores keep it (RFC 7950 section 8.3.1, payload parsing).

Canonical: every element is one that the schema knows, list keys come first, values are stripped (strings excepted),
and each identity carries its module's own prefix, declared on its leaf. So elements can be compared, moved between
trees and written out without regard to the prefixes that a client chose. Checking of values is libyang's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from labs.olt.errors import Fault, RpcError
from labs.olt.names import CONFIG, NC, OPERATION, WD, YANG
from labs.olt.paths import key_of, path_of
from labs.olt.schema import Node, Schema
from labs.olt.xmlio import local, namespace

OPERATIONS: Final = frozenset({"merge", "replace", "create", "delete", "remove"})
INSERT: Final = f"{{{YANG}}}insert"
INSERT_KEY: Final = f"{{{YANG}}}key"
INSERT_VALUE: Final = f"{{{YANG}}}value"
_QNAME: Final = re.compile(r"(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)")


def empty() -> etree._Element:
    """A datastore with nothing in it."""
    return etree.Element(CONFIG, nsmap={"nc": NC})


def canonical(source: etree._Element, schema: Schema, *, operations: bool) -> etree._Element:
    """`source`'s children, canonical, below a new root. `operations`: edit-config's attributes are kept, not refused.
    Raises RpcError."""
    root = empty()
    _Reader(schema, operations=operations).children(source, root, schema.root)
    return root


class _Reader:
    def __init__(self, schema: Schema, *, operations: bool) -> None:
        self._schema = schema
        self._operations = operations

    def children(self, source: etree._Element, target: etree._Element, node: Node) -> None:
        if (source.text or "").strip():
            raise self._fault("bad-element", f"text within {local(source)}", target, source)
        seen: set[tuple[str, ...]] = set()
        cases: dict[str, str] = {}
        for child in _keys_first(source, node):
            known = self._node(child, target, node)
            made = self._element(child, target, known)
            self._once(made, known, node, seen, cases)

    def _node(self, child: etree._Element, target: etree._Element, node: Node) -> Node:
        known = node.find(str(child.tag))
        if known is not None and known.config:
            return known
        if known is not None and known.kind != "notification":
            raise self._fault("unknown-element", f"{local(child)} is state, not configuration", target, child)
        if namespace(child) not in self._schema.prefix_of:
            info = (("bad-element", local(child)), ("bad-namespace", namespace(child)))
            raise self._fault("unknown-namespace", f"namespace {namespace(child)!r} is not known", target, info=info)
        where = node.name or "the configuration"
        raise self._fault("unknown-element", f"{local(child)} is not known in {where}", target, child)

    def _element(self, child: etree._Element, target: etree._Element, node: Node) -> etree._Element:
        made = etree.SubElement(target, node.tag, nsmap=_nsmap(node, target))
        self._attributes(child, made)
        if node.kind in ("leaf", "leaf-list"):
            if len(child):
                raise self._fault("bad-element", f"{node.name} holds a value, not elements", made, child)
            self._value(child, made, node)
            return made
        self.children(child, made, node)
        for key in node.keys:
            if made.find(key) is None:
                name = etree.QName(key).localname
                info = (("bad-element", name),)
                raise self._fault("missing-element", f"{node.name} without its key {name}", made, info=info)
        return made

    def _attributes(self, child: etree._Element, made: etree._Element) -> None:
        for name, value in child.attrib.items():
            attribute = str(name)
            if self._operations and attribute in (OPERATION, INSERT, INSERT_KEY, INSERT_VALUE):
                if attribute == OPERATION and str(value) not in OPERATIONS:
                    info = (("bad-attribute", "operation"), ("bad-element", local(child)))
                    raise self._fault("bad-attribute", f"operation {value!r} is not known", made, info=info)
                made.set(attribute, str(value))
            elif etree.QName(attribute).namespace != WD:
                info = (("bad-attribute", etree.QName(attribute).localname), ("bad-element", local(child)))
                raise self._fault("unknown-attribute", f"attribute {attribute} is not known", made, info=info)

    def _value(self, child: etree._Element, made: etree._Element, node: Node) -> None:
        value = child.text or ""
        if node.base_type != "string":
            value = value.strip()
        match = _QNAME.fullmatch(value)
        if node.base_type != "identityref" or match is None:
            made.text = value
            return
        spaces: Mapping[str | None, str] = child.nsmap
        space = (spaces.get(match[1]) if match[1] else spaces.get(None, namespace(child))) or ""
        prefix = self._schema.prefix_of.get(space)
        if prefix is None:
            raise self._fault("invalid-value", f"the prefix of {value!r} stands for no module known here", made)
        parent = made.getparent()
        if parent is not None:  # it always has one: declarations can only be made with a new element
            declared = etree.SubElement(parent, node.tag, nsmap={**_nsmap(node, parent), prefix: space})
            declared.attrib.update(made.attrib)
            declared.text = f"{prefix}:{match[2]}"
            parent.remove(made)

    def _once(
        self, made: etree._Element, node: Node, parent: Node, seen: set[tuple[str, ...]], cases: dict[str, str]
    ) -> None:
        """An element comes once, or once a key; of a choice, one case."""
        identity: tuple[str, ...] = (node.tag,)
        if node.kind == "list":
            identity += key_of(made, node)
        elif node.kind == "leaf-list":
            identity += (made.text or "",)
        if identity in seen:
            raise self._fault("bad-element", f"{' '.join((node.name, *identity[1:]))} is there twice", made, made)
        seen.add(identity)
        for choice, case in parent.choices(node.tag):
            if cases.setdefault(choice, case) != case:
                name = etree.QName(choice).localname
                raise self._fault("bad-element", f"{node.name} is in another case of choice {name}", made, made)

    def _fault(
        self,
        tag: str,
        message: str,
        at: etree._Element,
        bad: etree._Element | None = None,
        *,
        info: tuple[tuple[str, str], ...] = (),
    ) -> RpcError:
        if bad is not None:
            info = (*info, ("bad-element", local(bad)))
        path = path_of(at, self._schema) if at.getparent() is not None else None
        return RpcError(Fault(tag=tag, message=message, path=path, namespaces=self._schema.prefixes, info=info))


def _keys_first(source: etree._Element, node: Node) -> list[etree._Element]:
    children = list(source)
    if not node.keys:
        return children
    return sorted(children, key=lambda child: node.keys.index(child.tag) if child.tag in node.keys else len(node.keys))


def _nsmap(node: Node, parent: etree._Element) -> Any:
    space = etree.QName(node.tag).namespace or ""
    return {} if parent.nsmap.get(None) == space else {None: space}
