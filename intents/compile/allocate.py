"""Numbers that stay: each name hashes to its number, the next free one is probed, what a device holds is kept.

So the same intents give the same numbers on every machine, and one intent more renumbers nothing that is in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from intents.model.switch import COOKIE_PREFIX

# Numbers of a PON by technology. XGS-PON: G.9807.1 C.6.1.5 and TR-385; G-PON: G.984.3. GEM ports stay at or below
# 4094 on XGS-PON as well, because line cards exist that take no more. First and last, both included.
ONU_IDS: Final[Mapping[str, tuple[int, int]]] = {"xgs-pon": (0, 1020), "gpon": (0, 253)}
ALLOC_IDS: Final[Mapping[str, tuple[int, int]]] = {"xgs-pon": (1024, 16383), "gpon": (256, 4095)}
GEM_IDS: Final[Mapping[str, tuple[int, int]]] = {"xgs-pon": (1024, 4094), "gpon": (256, 4094)}
PON_IDS: Final = (1, 0xFFFF)


class Exhausted(Exception):
    """More names than numbers. `limit` is how many there are."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"only {limit} numbers")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Held:
    """Numbers that a device holds: by name (ours, to be kept), and all of them (not to be given to another)."""

    by_name: Mapping[str, int]
    taken: frozenset[int]


NOTHING_HELD: Final = Held({}, frozenset())


def hashed(name: str, bits: int = 48) -> int:
    """A number of so many bits (at most 64) that depends on the name alone."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") >> (64 - bits)


@lru_cache(maxsize=2**20)
def _hash(name: str) -> int:
    return hashed(name, 64)


@lru_cache(maxsize=2**18)
def cookie(name: str) -> int:
    """The cookie of an intent's flow entries; `place/NAME` and `campus` own what no intent asked for."""
    return COOKIE_PREFIX | hashed(name)


def allocate(names: Iterable[str], numbers: tuple[int, int], held: Held = NOTHING_HELD) -> dict[str, int]:
    """A number of the range for each name, whatever their order. Raises Exhausted."""
    first, last = numbers
    size = last - first + 1
    wanted = sorted(set(names))
    if len(wanted) > size:
        raise Exhausted(size)
    kept: dict[str, int] = {}
    used: set[int] = set()
    for name in wanted:
        number = held.by_name.get(name)
        if number is not None and first <= number <= last and number not in used:
            kept[name] = number
            used.add(number)
    avoid = used | held.taken
    for name in wanted:
        if name in kept:
            continue
        start = _hash(name) % size
        number = _probe(start, first, size, avoid)
        if number is None:  # rather take what is about to be given back than fail
            number = _probe(start, first, size, used)
        if number is None:
            raise Exhausted(size)
        kept[name] = number
        used.add(number)
        avoid.add(number)
    return kept


def _probe(start: int, first: int, size: int, avoid: set[int]) -> int | None:
    numbers = (first + (start + step) % size for step in range(size))
    return next((number for number in numbers if number not in avoid), None)
