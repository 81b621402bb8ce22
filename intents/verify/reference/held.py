"""What an OLT holds, by name and by kind: the reference asks for nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from intents.model.pon_base import Named
from intents.model.state import DeviceObject

_Kind = TypeVar("_Kind")
_Name = TypeVar("_Name", bound=Named)


class Held:
    """Objects in the order of their keys. Those of a kind are looked for once, however many packets ask for them."""

    def __init__(self, objects: Iterable[DeviceObject]) -> None:
        self._by_key = {o.key: o for o in sorted(objects, key=lambda o: o.key)}
        self._by_kind: dict[type, tuple[object, ...]] = {}

    def every(self, kind: type[_Kind]) -> tuple[_Kind, ...]:
        """All objects of a kind."""
        if kind not in self._by_kind:
            self._by_kind[kind] = tuple(o for o in self._by_key.values() if isinstance(o, kind))
        return self._by_kind[kind]  # type: ignore[return-value] # as they were put in

    def named(self, kind: type[_Name], name: str | None) -> _Name | None:
        """The object of a kind that has a name."""
        found = self._by_key.get((kind.kind, name or ""))
        return found if isinstance(found, kind) else None
