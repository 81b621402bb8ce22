"""Atoms: per kind of header field, finitely many classes of values that no device of the network can tell apart.

Why this is sound. A device looks at a field only through its matches (value and mask, and the look-ups that an OLT
makes), and writes a field only with a constant or with a copy of another field of the same kind. Take all matches and
all constants of the network on one kind of field. The atoms are the values named exactly, one each, and the classes of
all other values by which of the masked matches they satisfy. Two values of one atom satisfy the same matches, so two
packets that differ only within atoms take the same way and get the same treatment. A set of atoms per field, the
fields independent, is therefore exact under matching, and its cross product covers every packet: nothing is sampled.
Sets are bit masks over the atoms, in Python integers.

If masks are so contrived that there would be more than MAX_CUBES pieces, `TooManyAtoms` is raised and the verdict is
"cannot prove"; nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["mac", "ip", "eth_type", "proto", "l4", "dscp", "vid", "pcp", "tpid", "arp_op"]

WIDTH: Final[dict[Kind, int]] = {
    "mac": 48,
    "ip": 32,
    "eth_type": 16,
    "proto": 8,
    "l4": 16,
    "dscp": 6,
    "vid": 12,
    "pcp": 3,
    "tpid": 16,
    "arp_op": 16,
}
MAX_CUBES: Final = 20_000

Masked = tuple[int, int]  # value, mask


class TooManyAtoms(Exception):
    """The masks on one kind of field cut it into more pieces than this engine looks at."""


@dataclass(slots=True)
class Mentions:
    """Everything that the network and the campus say about values of each kind."""

    exact: dict[Kind, set[int]] = field(default_factory=lambda: {k: set() for k in WIDTH})
    masked: dict[Kind, set[Masked]] = field(default_factory=lambda: {k: set() for k in WIDTH})

    def value(self, kind: Kind, value: int) -> None:
        """A constant."""
        self.exact[kind].add(value)

    def match(self, kind: Kind, value: int, mask: int | None) -> None:
        """A match; with no mask, or a full one, it is a constant."""
        full = (1 << WIDTH[kind]) - 1
        if mask is None or mask & full == full:
            self.exact[kind].add(value & full)
        else:
            self.masked[kind].add((value & mask & full, mask & full))


class Domain:
    """The atoms of one kind. Bit i < len(values) is a named value, the others are the classes of unnamed ones."""

    def __init__(self, width: int, exact: Iterable[int], masked: Iterable[Masked]) -> None:
        self.full_mask = (1 << width) - 1
        self.values = tuple(sorted(exact))
        self._masks = tuple(sorted(masked))
        self._index = {v: i for i, v in enumerate(self.values)}
        self._samples: list[int] = list(self.values)
        self._region: dict[tuple[bool, ...], int] = {}
        for signature, cubes in _regions(width, self._masks).items():
            sample = _first_not_in(cubes, self.full_mask, self._index)
            if sample is not None:
                self._region[signature] = len(self._samples)
                self._samples.append(sample)
        self.full = (1 << len(self._samples)) - 1
        self.unnamed = self.full & ~((1 << len(self.values)) - 1)
        self._matching: dict[Masked, int] = {}

    def covers(self, exact: AbstractSet[int], masked: AbstractSet[Masked]) -> bool:
        """Whether these values are named, and these matches told apart; what else is makes the atoms finer only."""
        return exact <= self._index.keys() and masked <= set(self._masks)

    def of(self, value: int) -> int:
        """The atom that a value is in."""
        at = self._index.get(value)
        if at is None:
            at = self._region[tuple(value & m == v for v, m in self._masks)]
        return 1 << at

    def matching(self, value: int, mask: int | None) -> int:
        """The atoms that a match takes in. The match must have been among the mentions."""
        if mask is None or mask & self.full_mask == self.full_mask:
            return self.of(value & self.full_mask)
        key = (value & mask & self.full_mask, mask & self.full_mask)
        if key not in self._matching:
            if key[1] and key not in self._masks:
                raise KeyError(f"match {key} was not mentioned")
            hits = (1 << i for i, sample in enumerate(self._samples) if sample & key[1] == key[0])
            self._matching[key] = sum(hits)
        return self._matching[key]

    def samples(self, bits: int) -> Iterator[int]:
        """One value of each atom of a set, named values first."""
        while bits:
            lowest = bits & -bits
            yield self._samples[lowest.bit_length() - 1]
            bits ^= lowest

    def sample(self, bits: int) -> int:
        """One value of a set that is not empty."""
        return self._samples[(bits & -bits).bit_length() - 1]

    def single(self, bits: int) -> int | None:
        """The value, if the set is one named value."""
        if bits & (bits - 1) or bits & self.unnamed or not bits:
            return None
        return self.values[bits.bit_length() - 1]


class Atoms:
    """The domains of all kinds."""

    def __init__(self, mentions: Mentions) -> None:
        self._domains: dict[Kind, Domain] = {
            kind: Domain(width, mentions.exact[kind], mentions.masked[kind]) for kind, width in WIDTH.items()
        }

    def __getitem__(self, kind: Kind) -> Domain:
        return self._domains[kind]

    def cover(self, mentions: Mentions) -> bool:
        """Whether the atoms are fine enough for a network of which these are the mentions."""
        return all(d.covers(mentions.exact[kind], mentions.masked[kind]) for kind, d in self._domains.items())


def _regions(width: int, masks: Iterable[Masked]) -> dict[tuple[bool, ...], list[Masked]]:
    """The whole space cut by each match: which matches hold -> disjoint ternary cubes (value, care bits)."""
    regions: dict[tuple[bool, ...], list[Masked]] = {(): [(0, 0)]}
    for value, mask in masks:
        cut: dict[tuple[bool, ...], list[Masked]] = {}
        count = 0
        for signature, cubes in regions.items():
            inside = [both for cube in cubes if (both := _intersect(cube, (value, mask))) is not None]
            outside = [piece for cube in cubes for piece in _subtract(cube, (value, mask), width)]
            count += len(inside) + len(outside)
            if inside:
                cut[(*signature, True)] = inside
            if outside:
                cut[(*signature, False)] = outside
        if count > MAX_CUBES:
            raise TooManyAtoms(f"{count} pieces after match {value:#x}/{mask:#x}")
        regions = cut
    return regions


def _intersect(a: Masked, b: Masked) -> Masked | None:
    common = a[1] & b[1]
    if a[0] & common != b[0] & common:
        return None
    return (a[0] | b[0], a[1] | b[1])


def _subtract(a: Masked, b: Masked, width: int) -> Iterator[Masked]:
    if _intersect(a, b) is None:
        yield a
        return
    value, care = a
    for bit in (1 << i for i in reversed(range(width))):
        if b[1] & bit and not care & bit:
            yield (value | (~b[0] & bit), care | bit)
            value, care = value | (b[0] & bit), care | bit


def _first_not_in(cubes: list[Masked], full: int, named: dict[int, int]) -> int | None:
    """The least value of the first cube that has one outside the named values."""
    for value, care in cubes:
        free = full & ~care
        combination = 0
        while True:
            if value | combination not in named:
                return value | combination
            if combination == free:
                break
            combination = (combination - free) & free  # the next subset of the free bits
    return None
