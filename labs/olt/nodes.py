"""Nodes of the data tree that YANG modules describe, made from their statements.

The statements that labs/yang uses are known, and others are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from labs.olt.yangtext import Statement

Kind = Literal["root", "container", "list", "leaf", "leaf-list", "choice", "case", "notification"]

_DATA: Final = ("container", "list", "leaf", "leaf-list", "choice", "case", "notification")
_IGNORED: Final = frozenset(
    [
        "augment",
        "config",
        "contact",
        "default",
        "description",
        "error-app-tag",
        "error-message",
        "extension",
        "feature",
        "grouping",
        "identity",
        "if-feature",
        "import",
        "key",
        "mandatory",
        "max-elements",
        "min-elements",
        "must",
        "namespace",
        "ordered-by",
        "organization",
        "prefix",
        "presence",
        "reference",
        "revision",
        "rpc",
        "type",
        "typedef",
        "units",
        "when",
        "yang-version",
    ]
)


@dataclass(slots=True, kw_only=True)
class Node:
    """A schema node. `children`: by {namespace}name, choices and cases included. Changed only while modules load.

    conditions: its must and when expressions, and the when of augments below it. refers: paths of its leafrefs that
    need their instance, each with the module that the path's prefixes are of. bounded: it has unique, min-elements or
    max-elements. needed: a parent may not be without it. free: a leaf that takes any text
    but for what it refers to.
    """

    kind: Kind
    tag: str
    prefix: str
    config: bool = True
    keys: tuple[str, ...] = ()
    base_type: str = ""
    ordered_by_user: bool = False
    presence: bool = False
    conditions: list[str] = field(default_factory=list)
    refers: tuple[tuple[str, str], ...] = ()
    bounded: bool = False
    needed: bool = False
    free: bool = False
    children: dict[str, Node] = field(default_factory=dict)
    _data: dict[str, tuple[Node, tuple[tuple[str, str], ...]]] | None = None

    @property
    def name(self) -> str:
        """The name without its namespace."""
        return self.tag.rpartition("}")[2]

    @property
    def space(self) -> str:
        """The namespace."""
        return self.tag[1:].partition("}")[0]

    def find(self, tag: str) -> Node | None:
        """The data node below, with choices and cases looked through."""
        found = self._lookup().get(tag)
        return None if found is None else found[0]

    def choices(self, tag: str) -> tuple[tuple[str, str], ...]:
        """(choice, case) pairs, outermost first, that data node `tag` sits in."""
        found = self._lookup().get(tag)
        return () if found is None else found[1]

    def _lookup(self) -> dict[str, tuple[Node, tuple[tuple[str, str], ...]]]:
        if self._data is None:
            self._data = dict(self._walk(()))
        return self._data

    def _walk(
        self, within: tuple[tuple[str, str], ...]
    ) -> Iterator[tuple[str, tuple[Node, tuple[tuple[str, str], ...]]]]:
        for child in self.children.values():
            if child.kind == "choice":
                for case in child.children.values():
                    inside = (*within, (child.tag, case.tag))
                    if case.kind == "case":
                        yield from case._walk(inside)  # noqa: SLF001 - a node of the same kind
                    else:
                        yield case.tag, (case, inside)
            else:
                yield child.tag, (child, within)


@dataclass(frozen=True, slots=True)
class Builder:
    """Turns statements into nodes of one namespace; `scope` is the module in which names are looked up."""

    statements: Mapping[str, Statement]
    namespace: str
    prefix: str

    def fill(self, parent: Node, statement: Statement, scope: str, *, config: bool) -> None:
        """Add what a statement (a module, an augment, a node) describes to `parent`. Raises ValueError."""
        if statement.keyword == "augment":
            parent.conditions += [when.argument for when in statement.all("when")]
        for child in statement.substatements:
            if child.keyword == "uses":
                self._use(parent, child.argument, statement, scope, config=config)
            elif child.keyword in _DATA:
                node = self._node(child, scope, config=config)
                parent.children[node.tag] = node
            elif child.keyword not in _IGNORED:
                raise ValueError(f"statement {child.keyword} is not known here")

    def _node(self, statement: Statement, scope: str, *, config: bool) -> Node:
        mine = config and statement.value("config", "true") == "true" and statement.keyword != "notification"
        node = Node(
            kind=statement.keyword,  # type: ignore[arg-type]  # one of _DATA
            tag=f"{{{self.namespace}}}{statement.argument}",
            prefix=self.prefix,
            config=mine,
            keys=tuple(f"{{{self.namespace}}}{key}" for key in statement.value("key").split()),
            base_type=self._base(statement.first("type"), scope),
            ordered_by_user=statement.value("ordered-by") == "user",
            presence=statement.first("presence") is not None,
            conditions=[s.argument for kind in ("must", "when") for s in statement.all(kind)],
            refers=tuple(self._refers(statement.first("type"), scope)),
            bounded=any(statement.first(kind) for kind in ("unique", "min-elements", "max-elements")),
            needed=statement.value("mandatory") == "true" or statement.value("min-elements", "0") != "0",
            free=self._free(statement.first("type"), scope),
        )
        if node.kind not in ("leaf", "leaf-list"):
            self.fill(node, statement, scope, config=mine)
        return node

    def _use(self, parent: Node, name: str, near: Statement, scope: str, *, config: bool) -> None:
        prefix, _, local = name.rpartition(":")
        owner = module_of(prefix, scope, self.statements[scope])
        grouping = next((g for g in self.statements[owner].all("grouping") if g.argument == local), None)
        if grouping is None:
            raise ValueError(f"grouping {name} is not known in {near.argument}")
        self.fill(parent, grouping, owner, config=config)

    def _base(self, kind: Statement | None, scope: str) -> str:
        """The built-in type; `identityref` also for a union with one in it."""
        if kind is None:
            return ""
        if kind.argument == "union":
            members = {self._base(member, scope) for member in kind.all("type")}
            return "identityref" if "identityref" in members else "union"
        owner, typedef = self._typedef(kind, scope)
        return kind.argument if typedef is None else self._base(typedef.first("type"), owner)

    def _free(self, kind: Statement | None, scope: str) -> bool:
        """Whether a type takes any text: a string without restrictions, or a reference."""
        if kind is None or any(kind.first(limit) for limit in ("pattern", "length")):
            return False
        owner, typedef = self._typedef(kind, scope)
        return kind.argument in ("string", "leafref") if typedef is None else self._free(typedef.first("type"), owner)

    def _refers(self, kind: Statement | None, scope: str) -> Iterator[tuple[str, str]]:
        """Paths of the leafrefs in a type, and the module whose prefixes they are written with."""
        if kind is None:
            return
        if kind.argument == "leafref":
            if kind.value("require-instance", "true") == "true":
                yield kind.value("path"), scope
            return
        for member in kind.all("type"):
            yield from self._refers(member, scope)
        owner, typedef = self._typedef(kind, scope)
        if typedef is not None:
            yield from self._refers(typedef.first("type"), owner)

    def _typedef(self, kind: Statement, scope: str) -> tuple[str, Statement | None]:
        """The typedef that a type names, and its module; None for a built-in type."""
        prefix, _, local = kind.argument.rpartition(":")
        owner = module_of(prefix, scope, self.statements[scope])
        return owner, next((t for t in self.statements[owner].all("typedef") if t.argument == local), None)


def module_of(prefix: str, scope: str, statement: Statement) -> str:
    """The module that `prefix` stands for in module `scope`."""
    if not prefix or prefix == statement.value("prefix"):
        return scope
    for imported in statement.all("import"):
        if imported.value("prefix") == prefix:
            return imported.argument
    raise ValueError(f"prefix {prefix} is not imported by {scope}")
