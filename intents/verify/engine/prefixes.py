"""A table that forwards by the longest matching prefix of an IPv4 destination, as disjoint intervals of addresses.

Each interval knows the action of the prefix that wins there and how long that prefix is. A longer prefix is always
inside a shorter one or beside it, so an update looks at the intervals inside its own prefix and at no others.

Intervals stand in two parallel sorted lists of plain integers: an update then costs two bisections and a short splice,
and whoever follows packets reads the lists without a call.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Final

WIDTH: Final = 32
TOP: Final = 1 << WIDTH
MISS: Final = 0  # the action where no prefix matches

# Addresses first <= a < end whose action was `old` and is now `new`: (first, end, old, new).
Change = tuple[int, int, int, int]

LENGTH_BITS: Final = 6  # of an owner; its action is above them
_LENGTH: Final = (1 << LENGTH_BITS) - 1


class PrefixTable:
    """Prefixes (first address, length in bits) and their actions, small integers; 0 is MISS.

    starts: where intervals begin, ascending, TOP as the last. owners: action << 6 | length + 1 of the prefix that wins
    in the interval, 0 where none matches. Both are for reading only.
    """

    __slots__ = ("_idle", "_lengths", "_rules", "owners", "starts")

    def __init__(self, rules: Iterable[tuple[int, int, int]] = ()) -> None:
        """rules: first address, length, action; of one prefix the last counts."""
        self._rules = {
            start << LENGTH_BITS | length: action << LENGTH_BITS | length + 1 for start, length, action in rules
        }
        self._lengths = [0] * (WIDTH + 1)  # how many prefixes of each length
        for key in self._rules:
            self._lengths[key & _LENGTH] += 1
        self.starts, self.owners = _intervals(self._rules)
        self._idle = 0  # borders that may have the same owner on both sides, at most

    def __len__(self) -> int:
        return len(self._rules)

    def decide(self, address: int) -> int:
        """The action for an address."""
        return self.owners[bisect_right(self.starts, address) - 1] >> LENGTH_BITS

    def put(self, start: int, length: int, action: int) -> list[Change]:
        """Add a prefix, or give one that is there another action. Returns what changed, in ascending order."""
        key = start << LENGTH_BITS | length
        own = action << LENGTH_BITS | length + 1
        before = self._rules.get(key)
        if before == own:
            return []
        self._rules[key] = own
        if before is None:
            self._lengths[length] += 1
        return self._paint(start, start + (TOP >> length), length + 1, own)

    def remove(self, start: int, length: int) -> list[Change]:
        """Take a prefix away; nothing happens if it is not there. Returns what changed, in ascending order."""
        if self._rules.pop(start << LENGTH_BITS | length, None) is None:
            return []
        self._lengths[length] -= 1
        changes = self._paint(start, start + (TOP >> length), length + 1, self._parent(start, length))
        # Its borders stay, for a prefix that goes often comes back, until one in eight may be idle.
        self._idle += 2
        if self._idle << 3 > len(self.starts):
            self._join()
        return changes

    def _parent(self, start: int, length: int) -> int:
        """What wins where a prefix is taken away: the longest that contains it."""
        rules, lengths = self._rules, self._lengths
        for shorter in range(length - 1, -1, -1):
            if lengths[shorter]:
                host = WIDTH - shorter
                own = rules.get(start >> host << host << LENGTH_BITS | shorter)
                if own is not None:
                    return own
        return 0

    def _paint(self, start: int, end: int, most: int, own: int) -> list[Change]:
        """Give the intervals of a prefix to another owner, but for those of longer prefixes (above `most`)."""
        starts, owners = self.starts, self.owners
        i = bisect_right(starts, start) - 1
        after = starts[i + 1]
        if after >= end:  # inside one interval, as most prefixes are
            was = owners[i]
            if starts[i] == start:
                if after != end:
                    starts.insert(i + 1, end)
                    owners.insert(i + 1, was)
                owners[i] = own
            elif after == end:
                starts.insert(i + 1, start)
                owners.insert(i + 1, own)
            else:
                starts[i + 1 : i + 1] = (start, end)
                owners[i + 1 : i + 1] = (own, was)
            old, new = was >> LENGTH_BITS, own >> LENGTH_BITS
            return [(start, end, old, new)] if old != new else []
        return self._paint_several(i, start, end, most, own)

    def _paint_several(self, i: int, start: int, end: int, most: int, own: int) -> list[Change]:
        starts, owners = self.starts, self.owners
        if starts[i] != start:
            starts.insert(i + 1, start)
            owners.insert(i + 1, owners[i])
            i += 1
        j = bisect_left(starts, end, i + 1)
        if starts[j] != end:
            starts.insert(j, end)
            owners.insert(j, owners[j - 1])
        new = own >> LENGTH_BITS
        changes: list[Change] = []
        for k in range(i, j):
            was = owners[k]
            if was & _LENGTH <= most:
                owners[k] = own
                if was >> LENGTH_BITS != new:
                    changes.append((starts[k], starts[k + 1], was >> LENGTH_BITS, new))
        return changes

    def _join(self) -> None:
        """Take all borders away that have the same owner on both sides."""
        self._idle = 0
        starts, owners = self.starts, self.owners
        kept = [i for i in range(1, len(starts)) if owners[i] != owners[i - 1] or starts[i] == TOP]
        starts[1:] = [starts[i] for i in kept]
        owners[1:] = [owners[i] for i in kept]


def _intervals(rules: dict[int, int]) -> tuple[list[int], list[int]]:
    """Sweep over the prefixes by first address, the longer after the shorter; a stack holds those that are open."""
    starts, owners = [0], [0]
    open_until: list[int] = [TOP]
    open_owner: list[int] = [0]
    for key in sorted(rules):
        start, own = key >> LENGTH_BITS, rules[key]
        while open_until[-1] <= start:
            _begin(starts, owners, open_until.pop(), open_owner[-2])
            open_owner.pop()
        _begin(starts, owners, start, own)
        open_until.append(start + (TOP >> (key & _LENGTH)))
        open_owner.append(own)
    while len(open_until) > 1:
        _begin(starts, owners, open_until.pop(), open_owner[-2])
        open_owner.pop()
    if starts[-1] == TOP:
        starts.pop()
        owners.pop()
    starts.append(TOP)
    owners.append(0)
    return starts, owners


def _begin(starts: list[int], owners: list[int], start: int, own: int) -> None:
    """An interval begins; one of no length is replaced, and one of the same owner goes on."""
    if starts[-1] == start:
        starts.pop()
        owners.pop()
    if not owners or owners[-1] != own:
        starts.append(start)
        owners.append(own)
