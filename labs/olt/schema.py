"""The data tree that the YANG modules describe, as far as editing needs it: kinds, keys, choices, identities.

libyang checks values and constraints; its Python binding does not say what a list's keys are, so this does. It knows
the statements that labs/yang uses, and refuses others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from lxml import etree

from labs.olt.names import CONFIG, NC
from labs.olt.nodes import Builder, Node, module_of
from labs.olt.yangtext import Statement, parse

__all__ = ["Module", "Node", "Schema"]
_SERVED: Final = ("container", "rpc", "notification")  # what makes a module more than types for others


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module as loaded. `features`: those that are on. `implemented`: it has more than types."""

    name: str
    revision: str
    namespace: str
    prefix: str
    yang_version: str
    features: tuple[str, ...]
    implemented: bool
    path: Path
    statement: Statement


class Schema:
    """All modules of a folder, those of its load-order.txt implemented."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.features = _load_order(folder / "load-order.txt")
        self._statements = {path.stem: parse(path.read_text()) for path in sorted(folder.glob("*.yang"))}
        self.root = Node(kind="root", tag="", prefix="")
        for name in self.features:
            self._define(name)
        self._augment()

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """Every module, by name."""
        return tuple(
            Module(
                name=name,
                revision=statement.value("revision"),
                namespace=statement.value("namespace"),
                prefix=statement.value("prefix"),
                yang_version=statement.value("yang-version", "1"),
                features=self.features.get(name, tuple(f.argument for f in statement.all("feature"))),
                implemented=name in self.features or any(statement.first(kind) for kind in _SERVED),
                path=self.folder / f"{name}.yang",
                statement=statement,
            )
            for name, statement in self._statements.items()
        )

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """Module prefix to namespace; prefixes are unique among the modules."""
        return {module.prefix: module.namespace for module in self.modules}

    def empty(self) -> etree._Element:
        """A datastore with nothing in it. Its root declares every prefix, so that an identity's never gets lost."""
        return etree.Element(CONFIG, nsmap={"nc": NC, **self.prefixes})

    @cached_property
    def prefix_of(self) -> Mapping[str, str]:
        """Namespace to module prefix."""
        return {module.namespace: module.prefix for module in self.modules}

    @cached_property
    def prefix_of_module(self) -> Mapping[str, str]:
        """Module name to its prefix."""
        return {module.name: module.prefix for module in self.modules}

    def tags(self, path: str, module: str) -> tuple[str, ...]:
        """The steps of a path without predicates as {namespace}name. module: whose prefixes it is written with."""
        found = []
        for step in path.strip("/").split("/"):
            prefix, _, local = step.strip().rpartition(":")
            owner = self._statements[module_of(prefix, module, self._statements[module])]
            found.append(f"{{{owner.value('namespace')}}}{local}")
        return tuple(found)

    def _define(self, name: str) -> None:
        statement = self._statements[name]
        builder = Builder(self._statements, namespace=statement.value("namespace"), prefix=statement.value("prefix"))
        builder.fill(self.root, statement, name, config=True)

    def _augment(self) -> None:
        waiting = [(name, augment) for name in self.features for augment in self._statements[name].all("augment")]
        while waiting:
            later = [(name, augment) for name, augment in waiting if not self._apply(name, augment)]
            if len(later) == len(waiting):
                raise ValueError(f"augment of what is not there: {later[0][1].argument}")
            waiting = later

    def _apply(self, name: str, augment: Statement) -> bool:
        statement = self._statements[name]
        target: Node | None = self.root
        for tag in self.tags(augment.argument, name):
            target = None if target is None else target.children.get(tag)
        if target is None:
            return False
        builder = Builder(self._statements, namespace=statement.value("namespace"), prefix=statement.value("prefix"))
        builder.fill(target, augment, name, config=target.config)
        return True


def _load_order(path: Path) -> dict[str, tuple[str, ...]]:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {name.strip(): tuple(features.split()) for name, _, features in (line.partition(":") for line in lines)}
