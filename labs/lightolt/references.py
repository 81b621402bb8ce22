"""Which entries an entry names by a leafref, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from labs.lightolt.shapes import Lean, Path, Shape, plain
from labs.olt.entries import node_of
from labs.olt.schema import Schema

_Target = tuple[int, str, tuple[Path, ...]]


class Named:
    """The leafrefs of a schema that lead to the key of an outermost list. No others are looked at."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._of: dict[Shape, tuple[_Target, ...]] = {}

    def unmet(
        self, entry: Lean, lists: Mapping[Path, Mapping[str, Lean]], gone: Mapping[Path, set[str]] | None = None
    ) -> Iterator[tuple[str, str]]:
        """Leaf and value of each reference to what is not there; only to what is gone, where that is given."""
        found = self._of.get(entry.shape)
        if found is None:
            found = self._of[entry.shape] = tuple(self._targets(entry.shape))
        for place, name, targets in found:
            value = entry.values[place]
            if gone is not None and not any(value in gone.get(target, ()) for target in targets):
                continue
            if not any(value in lists.get(target, ()) for target in targets):
                yield name, plain(value)

    def _targets(self, shape: Shape) -> Iterator[_Target]:
        for place, leaf in enumerate(shape.leaves):
            targets = tuple(t for path, module in leaf.refers if (t := self._list(path, module)) is not None)
            if targets and len(targets) == len(leaf.refers):
                yield place, leaf.name, targets

    def _list(self, path: str, module: str) -> Path | None:
        """The outermost list whose key an absolute path leads to."""
        if not path.startswith("/") or "[" in path:
            return None
        tags = self._schema.tags(path, module)
        try:
            node = node_of(tags[:-1], self._schema)
        except KeyError:
            return None
        return tags[:-1] if node.kind == "list" and node.keys == tags[-1:] else None
