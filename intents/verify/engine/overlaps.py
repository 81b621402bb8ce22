"""Which of many matches may share a packet with another: an index over values under masks.

Matches are kept by mask, and under each mask by value. Two matches share a packet (as far as value and mask tell) just
where they agree in the bits that both masks have. So a look-up asks each mask once: by the whole value where the other
match has all its bits, else by an index over the common bits that is made when it is first asked for.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Item = TypeVar("Item")
_ByValue = dict[int, list[Item]]


class Overlaps(Generic[Item]):
    """Items by value and mask. A value's bits outside its mask are zero."""

    __slots__ = ("_by_mask",)

    def __init__(self) -> None:
        self._by_mask: dict[int, dict[int, _ByValue[Item]]] = {}  # mask -> common bits -> value in these -> items

    def add(self, value: int, mask: int, item: Item) -> None:
        """Add an item."""
        indexes = self._by_mask.get(mask)
        if indexes is None:
            indexes = self._by_mask[mask] = {mask: {}}
        for common, index in indexes.items():
            index.setdefault(value & common, []).append(item)

    def discard(self, value: int, mask: int, item: Item) -> None:
        """Take an item away that was added with this value and mask."""
        indexes = self._by_mask[mask]
        for common, index in indexes.items():
            items = index[value & common]
            items.remove(item)
            if not items:
                del index[value & common]
        if not indexes[mask]:
            del self._by_mask[mask]

    def meeting(self, value: int, mask: int) -> list[Item]:
        """The items that agree in all bits that both masks have. In no particular order."""
        found: list[Item] = []
        for own, indexes in self._by_mask.items():
            common = own & mask
            index = indexes.get(common)
            if index is None:
                index = self._indexed(own, common)
            items = index.get(value & common)
            if items:
                found += items
        return found

    def _indexed(self, mask: int, common: int) -> _ByValue[Item]:
        made: _ByValue[Item] = {}
        for value, items in self._by_mask[mask][mask].items():
            made.setdefault(value & common, []).extend(items)
        self._by_mask[mask][common] = made
        return made
