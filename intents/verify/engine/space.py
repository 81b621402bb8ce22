"""Sets of packets as predicates over header bits: binary decision diagrams, by CUDD where its wheel is there.

There is one manager a process (a predicate means nothing to another), and variables are never reordered: the
destination's bits come first, since tables mostly look at these. A field's variables are made when something first
looks at it; those of destination and VLAN from the start, so that they are first.

A packet has two VLAN tags at most here; `vlan_vid` carries VID_PRESENT as in OXM, and an absent tag is all zeros.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final
from weakref import WeakValueDictionary

try:
    from dd.cudd import BDD
except ImportError:  # no wheel for this machine: the same in Python, ten to sixty times slower
    from dd.autoref import BDD

# Bits of each field. l4_src and l4_dst are the ports of TCP or UDP.
WIDTHS: Final[Mapping[str, int]] = {
    "ipv4_dst": 32,
    "vlan_vid": 13,
    "vlan_pcp": 3,
    "eth_type": 16,
    "ipv4_src": 32,
    "ip_proto": 8,
    "l4_dst": 16,
    "l4_src": 16,
    "ip_dscp": 6,
    "eth_dst": 48,
    "eth_src": 48,
    "arp_tpa": 32,
    "arp_spa": 32,
    "arp_op": 16,
    "inner_vid": 13,
    "inner_pcp": 3,
}

_FIRST: Final = ("ipv4_dst", "vlan_vid", "vlan_pcp", "inner_vid", "inner_pcp")

# A field's value under a mask: (name, value, mask).
Part = tuple[str, int, int]
_MOST_KEPT: Final = 100_000  # predicates of each kind that are kept because they may be asked for again

Predicate = Any  # dd.cudd.Function: &, |, ~, ==; its package has no types


class Match:
    """The packets of a match. yes, no: they and all others. value, mask: bits that they all have, for an index.

    Two matches of the same parts are the same object as long as anybody holds it; so they are compared by identity.
    """

    __slots__ = ("__weakref__", "mask", "no", "value", "yes")

    def __init__(self, yes: Predicate, value: int, mask: int) -> None:
        self.yes = yes
        self.no = ~yes
        self.value = value
        self.mask = mask


class Space:
    """Every packet there is. Get it by `space()`."""

    def __init__(self) -> None:
        self.bdd = BDD()
        self.bdd.configure(reordering=False)
        self.true: Predicate = self.bdd.true
        self.false: Predicate = self.bdd.false
        self._at: dict[str, int] = {}
        self._bits: dict[str, list[tuple[Predicate, Predicate]]] = {}  # most significant first: (set, clear)
        at = 0
        for name, width in WIDTHS.items():
            self._at[name] = at
            at += width
        for name in _FIRST:
            self._declare(name)
        self._fields: dict[Part, Predicate] = {}
        self._matches: WeakValueDictionary[tuple[Part, ...], Match] = WeakValueDictionary()
        self._forgotten: dict[tuple[tuple[str, ...], Predicate], Predicate] = {}

    def _declare(self, name: str) -> list[tuple[Predicate, Predicate]]:
        names = _variables(name)
        self.bdd.declare(*names)
        made = self._bits[name] = [(self.bdd.var(n), ~self.bdd.var(n)) for n in names]
        return made

    def field(self, name: str, value: int, mask: int) -> Predicate:
        """Packets whose field has these bits where the mask has ones."""
        key = (name, value & mask, mask)
        found = self._fields.get(key)
        if found is None:
            if len(self._fields) >= _MOST_KEPT:
                self._fields.clear()
            found = self.true
            for bit, (one, zero) in enumerate(reversed(self._bits.get(name) or self._declare(name))):
                if mask >> bit & 1:
                    found = (one if value >> bit & 1 else zero) & found
            self._fields[key] = found
        return found

    def exact(self, name: str, value: int) -> Predicate:
        """Packets whose field has this value."""
        return self.field(name, value, (1 << WIDTHS[name]) - 1)

    def interval(self, name: str, first: int, end: int) -> Predicate:
        """Packets whose field is in first <= value < end."""
        found, width = self.false, WIDTHS[name]
        for value, mask in aligned(first, end, width):
            found = found | self.field(name, value, mask)
        return found

    def match(self, parts: Iterable[Part]) -> Match:
        """The packets that meet all parts."""
        key = tuple(parts)
        found = self._matches.get(key)
        if found is None:
            yes = self.true
            for part in key:
                yes = self.field(*part) & yes
            found = self._matches[key] = Match(yes, *self.bits_of(key))
        return found

    def forget(self, predicate: Predicate, names: tuple[str, ...]) -> Predicate:
        """The packets of a predicate with these fields set to anything."""
        key = (names, predicate)
        found = self._forgotten.get(key)
        if found is None:
            if len(self._forgotten) >= _MOST_KEPT:
                self._forgotten.clear()
            bits = [bit for name in names if name in self._bits for bit in _variables(name)]
            found = self._forgotten[key] = self.bdd.exist(bits, predicate)
        return found

    def moved(self, predicate: Predicate, names: Mapping[str, str]) -> Predicate:
        """The packets of a predicate with fields moved to others of the same width, of which it must say nothing."""
        pairs: dict[str, str] = {}
        for a, b in names.items():
            pairs |= zip(_variables(a), _variables(b), strict=True)
        return self.bdd.let(pairs, predicate)

    def bits_of(self, parts: Iterable[Part]) -> tuple[int, int]:
        """The value and mask of parts over the whole header, as in Match."""
        values = masks = 0
        for name, value, mask in parts:
            values |= (value & mask) << self._at[name]
            masks |= mask << self._at[name]
        return values, masks


@cache
def _variables(name: str) -> tuple[str, ...]:
    """The names of a field's variables, the most significant first."""
    return tuple(f"{name}.{bit}" for bit in reversed(range(WIDTHS[name])))


@cache
def space() -> Space:
    """The space of this process."""
    return Space()


def aligned(first: int, end: int, width: int) -> Iterable[tuple[int, int]]:
    """An interval as values under masks that leave low bits open."""
    top = (1 << width) - 1
    while first < end:
        size = first & -first or 1 << width
        while first + size > end:
            size >>= 1
        yield first, top & ~(size - 1)
        first += size
