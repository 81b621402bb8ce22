"""What a switch says that it has room for."""

from __future__ import annotations

import struct

import pytest

from southbound.openflow.channel import FrameChannel
from southbound.openflow.dialect import (
    HEADER,
    OPENFLOW_13,
    OPENFLOW_14,
    TYPE_BARRIER_REPLY,
    TYPE_BARRIER_REQUEST,
    TYPE_ERROR,
    TYPE_MULTIPART_REPLY,
    dialect,
)
from southbound.openflow.reader import room

METER_FEATURES = struct.pack("!IIIBB2x", 512, 2, 0xF, 1, 8)


def group_features(types: int) -> bytes:
    return struct.pack("!II4I4I", types, 0, 11, 12, 13, 14, 1, 1, 1, 1)


def channel(version: int, answers: dict[int, bytes]) -> FrameChannel:
    """A session with a switch that answers these multipart types, and refuses any other."""

    def send(data: bytes) -> None:
        while data:
            _, kind, length, xid = HEADER.unpack_from(data)
            (what,) = struct.unpack_from("!H", data, 8) if length > HEADER.size else (0,)
            data = data[length:]
            if kind == TYPE_BARRIER_REQUEST:
                made.deliver(HEADER.pack(version, TYPE_BARRIER_REPLY, 8, xid))
            elif what in answers:
                body = struct.pack("!HH4x", what, 0) + answers[what]
                made.deliver(HEADER.pack(version, TYPE_MULTIPART_REPLY, 8 + len(body), xid) + body)
            else:
                made.deliver(HEADER.pack(version, TYPE_ERROR, 12, xid) + struct.pack("!HH", 1, 2))

    made = FrameChannel(1, version, send)
    return made


@pytest.mark.parametrize("version", [OPENFLOW_13, OPENFLOW_14])
@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({8: group_features(0b1111), 11: METER_FEATURES}, {"meters": 512, "groups": 14}),
        ({8: group_features(0b0111), 11: METER_FEATURES}, {"meters": 512}),  # every type but fast failover
        ({8: b"", 11: b""}, {}),
        ({}, {}),
    ],
)
def test_what_a_switch_lacks_is_not_said_of_it(version: int, answers: dict[int, bytes], said: dict[str, int]) -> None:
    assert room(dialect(version), channel(version, answers), 1.0) == said
