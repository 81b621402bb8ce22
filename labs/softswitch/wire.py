"""OpenFlow's wire formats, as far as the soft switch speaks them (OpenFlow 1.3.5 and 1.4.0, 7.1 to 7.5)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

HEADER: Final = struct.Struct("!BBHI")
V13: Final = 4
V14: Final = 5
ONF: Final = 0x4F4E4600
NICIRA: Final = 0x00002320
ANY: Final = 0xFFFFFFFF

HELLO: Final = 0
ERROR: Final = 1
ECHO_REQUEST: Final = 2
ECHO_REPLY: Final = 3
EXPERIMENTER: Final = 4
FEATURES_REQUEST: Final = 5
FEATURES_REPLY: Final = 6
GET_CONFIG_REQUEST: Final = 7
GET_CONFIG_REPLY: Final = 8
SET_CONFIG: Final = 9
PACKET_OUT: Final = 13
FLOW_MOD: Final = 14
GROUP_MOD: Final = 15
MULTIPART_REQUEST: Final = 18
MULTIPART_REPLY: Final = 19
BARRIER_REQUEST: Final = 20
BARRIER_REPLY: Final = 21
ROLE_REQUEST: Final = 24
ROLE_REPLY: Final = 25
METER_MOD: Final = 29
BUNDLE_CONTROL: Final = 33
BUNDLE_ADD: Final = 34

# Error types and codes (OpenFlow 1.4.0, 7.5.4).
BAD_REQUEST: Final = 1
BAD_ACTION: Final = 2
BAD_INSTRUCTION: Final = 3
BAD_MATCH: Final = 4
FLOW_MOD_FAILED: Final = 5
GROUP_MOD_FAILED: Final = 6
ROLE_REQUEST_FAILED: Final = 11
METER_MOD_FAILED: Final = 12
BUNDLE_FAILED: Final = 17

# Fields of OXM class 0x8000: number to width in bits. All that OpenFlow 1.4 has are known; these can be checked.
OXM_BASIC: Final = 0x8000
WIDTHS: Final = {
    0: 32,
    1: 32,
    2: 64,
    3: 48,
    4: 48,
    5: 16,
    6: 13,
    7: 3,
    8: 6,
    9: 2,
    10: 8,
    11: 32,
    12: 32,
    13: 16,
    14: 16,
    15: 16,
    16: 16,
    21: 16,
    22: 32,
    23: 32,
    24: 48,
    25: 48,
    38: 64,
}
LAST_FIELD: Final = 41


class OpenFlowError(Exception):
    """A refusal: what goes in an OFPT_ERROR."""

    def __init__(self, kind: int, code: int) -> None:
        super().__init__(f"OpenFlow error {kind},{code}")
        self.kind = kind
        self.code = code


@dataclass(frozen=True, slots=True)
class Field:
    """One OXM field as it stands in a match. number is within its class; mask None: exact."""

    oxm_class: int
    number: int
    value: bytes
    mask: bytes | None = None

    @property
    def basic(self) -> int | None:
        """The number, if the field is of the standard class."""
        return self.number if self.oxm_class == OXM_BASIC else None

    @property
    def integer(self) -> int:
        """The value as an integer."""
        return int.from_bytes(self.value, "big")

    def pack(self) -> bytes:
        """As it goes on the wire."""
        mask = self.mask or b""
        has_mask = int(self.mask is not None)
        head = struct.pack("!HBB", self.oxm_class, self.number << 1 | has_mask, len(self.value) + len(mask))
        return head + self.value + mask


def fields(raw: bytes) -> Iterator[Field]:
    """OXM fields, one after the other. Raises OpenFlowError."""
    at = 0
    while at < len(raw):
        if at + 4 > len(raw):
            raise OpenFlowError(BAD_MATCH, 1)
        oxm_class, number, length = struct.unpack_from("!HBB", raw, at)
        body = raw[at + 4 : at + 4 + length]
        if len(body) != length or length == 0 or (number & 1 and length % 2):
            raise OpenFlowError(BAD_MATCH, 1)
        half = length // 2
        yield Field(oxm_class, number >> 1, *((body[:half], body[half:]) if number & 1 else (body,)))
        at += 4 + length


def items(raw: bytes, kind: int, code: int, length_at: int = 2, smallest: int = 8) -> Iterator[bytes]:
    """Instructions, actions, buckets, bands: items with a length of their own. Raises OpenFlowError(kind, code)."""
    at = 0
    while at < len(raw):
        if at + smallest > len(raw):
            raise OpenFlowError(kind, code)
        (length,) = struct.unpack_from("!H", raw, at + length_at)
        if length < smallest or at + length > len(raw):
            raise OpenFlowError(kind, code)
        yield raw[at : at + length]
        at += length


def match_of(raw: bytes) -> tuple[bytes, bytes]:
    """(OXM fields, what follows the padded match). Raises OpenFlowError."""
    if len(raw) < 4:
        raise OpenFlowError(BAD_MATCH, 1)
    kind, length = struct.unpack_from("!HH", raw)
    padded = (length + 7) // 8 * 8
    if kind != 1 or length < 4 or padded > len(raw):
        raise OpenFlowError(BAD_MATCH, 0 if kind != 1 else 1)
    return raw[4:length], raw[padded:]


def pack_match(match: tuple[Field, ...]) -> bytes:
    """A match as it goes on the wire, padded."""
    body = b"".join(f.pack() for f in match)
    length = 4 + len(body)
    return struct.pack("!HH", 1, length) + body + bytes(-length % 8)


def frame(version: int, kind: int, xid: int, body: bytes = b"") -> bytes:
    """One message."""
    return HEADER.pack(version, kind, HEADER.size + len(body), xid) + body
