"""Whether a switch still holds what it held: one number for all of it, without making an object of any entry.

An entry's counters and its age are left out, so what only carries packets has the same number; the order in which a
switch tells its entries does not count. Two states with one number by chance: one in 2**64, by a keyed hash (SipHash).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from southbound.openflow.reader import Frames
from southbound.openflow.said import said

_BODY: Final = 16  # of a multipart reply, behind its header
_ROUND: Final = (1 << 64) - 1


def digest(frames: Frames) -> str:
    """Of flow entries, groups, meters and ports, others' too. Raises Malformed."""
    rest = hash(tuple(tuple(sorted(f[_BODY:] for f in frames[kind])) for kind in ("group", "meter", "port")))
    return f"{flows_digest(frames['flow']):016x}{rest & _ROUND:016x}"


def flows_digest(frames: Iterable[bytes]) -> int:
    """Of the entries of a flow statistics reply: the sum of their hashes. Raises Malformed."""
    return sum(map(hash, said(frames))) & _ROUND
