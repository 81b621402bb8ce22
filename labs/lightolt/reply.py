"""What a light OLT answers a reading with: canonical trees, of as much as a filter may select."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from labs.lightolt.kept import Kept, Place
from labs.lightolt.meaning import INTERFACES
from labs.lightolt.shapes import Lean, Path, Shapes, plain
from labs.lightolt.state import stated
from labs.lightolt.values import tree_of
from labs.olt.config import OltConfig
from labs.olt.entries import node_of
from labs.olt.events import ONU_STATE
from labs.olt.light import Light
from labs.olt.paths import quoted
from labs.olt.reading import tail
from labs.olt.schema import Node
from labs.olt.xmlio import local, namespace, text


class Answers:
    """Trees of one schema."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._schema = shapes.schema

    def tree(self, kept: Kept) -> etree._Element:
        """All of a configuration."""
        return tree_of(kept.entries(), self._shapes)

    def operational(
        self, kept: Kept, config: OltConfig, light: Light, filter_: etree._Element | None
    ) -> etree._Element:
        """Configuration and state of what a subtree filter does not rule out by keys."""
        if filter_ is None:
            result, of = self.tree(kept), None
        else:
            chosen = {id(e): e for item in filter_ for e in self._chosen(kept, item, self._schema.root, ())}
            result = tree_of(chosen.values(), self._shapes)
            asked = [item for item in filter_ if local(item) == "interfaces-state"]
            if not asked:
                return result
            of = None if any(not len(item) for item in asked) else list(_asked(kept, asked))
        self._append(result, stated(kept, config, light, of))
        return result

    def path_of(self, place: Place) -> str:
        """An entry's instance path with the schema's prefixes."""
        path, key = place
        prefix_of = self._schema.prefix_of
        steps = "".join(f"/{prefix_of[tag[1:].partition('}')[0]]}:{tag.rpartition('}')[2]}" for tag in path)
        node = node_of(path, self._schema)
        return f"{steps}[{node.prefix}:{node.keys[0].rpartition('}')[2]}={quoted(plain(key))}]"

    def _append(self, result: etree._Element, texts: str) -> None:
        declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in result.nsmap.items() if prefix)
        parser = etree.XMLParser(huge_tree=True, resolve_entities=False)
        whole = f'<h{declared} xmlns:s="{ONU_STATE}"><if:interfaces-state>{texts}</if:interfaces-state></h>'
        result.append(etree.fromstring(whole, parser)[0])

    def _chosen(self, kept: Kept, item: etree._Element, node: Node, path: Path) -> Iterator[Lean]:
        """The entries below one node of a filter."""
        for known in self._named(item, node):
            here = (*path, known.tag)
            if known.kind == "list":
                yield from _by_key(kept, item, here, known)
            elif not len(item):
                yield from (e for p, found in kept.lists.items() if p[: len(here)] == here for e in found.values())
            else:
                for below in item:
                    yield from self._chosen(kept, below, known, here)

    def _named(self, item: etree._Element, node: Node) -> list[Node]:
        """The configuration nodes that a filter's element names; no namespace stands for any."""
        if namespace(item):
            found = node.find(str(item.tag))
            return [found] if found is not None and found.config and found.kind in ("list", "container") else []
        return [n for n in node.children.values() if n.name == local(item) and n.kind in ("list", "container")]


def _by_key(kept: Kept, item: etree._Element, path: Path, node: Node) -> Iterable[Lean]:
    mine = kept.lists.get(path, {})
    keys = [text(below) for below in item if str(below.tag) == node.keys[0] and text(below)]
    if not keys:
        return mine.values()
    return [entry for entry in (mine.get(key) for key in keys) if entry is not None]


def _asked(kept: Kept, asked: list[etree._Element]) -> Iterator[Lean]:
    """The interfaces that filters of interfaces-state do not rule out by type or name."""
    wanted = [below for item in asked for below in item]
    for entry in kept.lists.get(INTERFACES, {}).values():
        if any(_may(entry, item) for item in wanted):
            yield entry


def _may(entry: Lean, item: etree._Element) -> bool:
    for leaf in item:
        if text(leaf) and local(leaf) == "name" and text(leaf) != plain(entry.key):
            return False
        if text(leaf) and local(leaf) == "type" and tail(text(leaf)) != tail(entry.get("type") or ""):
            return False
    return True
