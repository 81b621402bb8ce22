"""What a switch says of each of its flow entries, without what only carries packets: the age and the counters.

By it two readings are held against each other without an object being made of any entry, and an entry that was decoded
once is decoded again only when something else is said of it.
Source: OpenFlow 1.4.0, 7.3.5.2 (flow statistics); the layout is that of decode.py.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from intents.model.switch import FlowEntry
from southbound.openflow.decode import Malformed, decode_flows
from southbound.openflow.dialect import Dialect

_BODY: Final = 16  # of a multipart reply, behind its header
_LENGTH: Final = struct.Struct("!H")
_COUNT: Final = struct.Struct("!Q")
_SMALLEST: Final = 56


def said(frames: Iterable[bytes]) -> Iterator[bytes]:
    """Of each entry of a flow statistics reply: its bytes without the duration (4 to 12) and the counters (32 to 48).
    Raises Malformed."""
    return (frame[at : at + 4] + frame[at + 12 : at + 32] + frame[at + 48 : end] for frame, at, end in _entries(frames))


def byte_counts(frames: Iterable[bytes]) -> Iterator[int]:
    """Of each entry, how many bytes have gone by it. Raises Malformed."""
    return (_COUNT.unpack_from(frame, at + 40)[0] for frame, at, _ in _entries(frames))


def _entries(frames: Iterable[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """The frame of each entry, and where it begins and ends in it."""
    for frame in frames:
        at, end = _BODY, len(frame)
        while at < end:
            if at + _SMALLEST > end:
                raise Malformed(f"{end - at} bytes left over")
            (length,) = _LENGTH.unpack_from(frame, at)
            if length < _SMALLEST or at + length > end:
                raise Malformed(f"an item of {length} bytes in {end - at}")
            yield frame, at, at + length
            at += length


class Decoded:
    """The entries of the last reading, by what was said of them. It holds no more than the switch does."""

    def __init__(self) -> None:
        self._version = 0
        self._entries: dict[bytes, FlowEntry] = {}

    def flows(self, dialect: Dialect, frames: Iterable[bytes]) -> tuple[FlowEntry, ...]:
        """See decode_flows. Raises Malformed."""
        known = self._entries if self._version == dialect.version else {}
        told = list(said(frames))
        new = [item for item in told if item not in known]
        body = b"".join(item[:4] + bytes(8) + item[4:24] + bytes(16) + item[24:] for item in new)
        decoded = dict(zip(new, decode_flows(dialect, [bytes(_BODY) + body]), strict=True))
        entries = {item: known.get(item) or decoded[item] for item in told}
        self._version, self._entries = dialect.version, entries
        return tuple(entries[item] for item in told)
