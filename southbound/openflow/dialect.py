"""What os-ken knows of one OpenFlow version, and the few facts of the wire that the driver needs itself.

Wire formats: OpenFlow 1.4.0, 7.1 (header), 7.3.9 (bundles); OpenFlow 1.3.5 and ONF EXT-230 for version 4.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

HEADER: Final = struct.Struct("!BBHI")
OPENFLOW_13: Final = 0x04
OPENFLOW_14: Final = 0x05

TYPE_ERROR: Final = 1
TYPE_EXPERIMENTER: Final = 4
TYPE_FLOW_MOD: Final = 14
TYPE_MULTIPART_REQUEST: Final = 18
TYPE_MULTIPART_REPLY: Final = 19
TYPE_BARRIER_REQUEST: Final = 20
TYPE_BARRIER_REPLY: Final = 21
TYPE_ROLE_REQUEST: Final = 24
TYPE_BUNDLE_CONTROL: Final = 33
TYPE_BUNDLE_ADD: Final = 34
ERROR_BUNDLE_FAILED: Final = 17
ERROR_EXPERIMENTER: Final = 0xFFFF
ONF_BUNDLE_ERRORS: Final = 2300  # in OpenFlow 1.3: added to the code
_DELETE_STRICT: Final = 4
BUNDLE_OPEN: Final = 0
BUNDLE_COMMIT: Final = 4
BUNDLE_DISCARD: Final = 6
BUNDLE_FLAGS: Final = 3  # atomic and ordered
_BUNDLE_CONTROL: Final = struct.Struct("!IHH")
_BUNDLE_ADD: Final = struct.Struct("!I2xH")
_ONF_CONTROL: Final = struct.pack("!II", 0x4F4E4600, 2300)
_ONF_ADD: Final = struct.pack("!II", 0x4F4E4600, 2301)
MULTIPART_MORE: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One OpenFlow version: os-ken's constants, its message classes, and the description that messages are made for."""

    version: int
    ofproto: Any
    parser: Any
    datapath: Any

    @property
    def name(self) -> str:
        """`openflow 1.4`."""
        return f"openflow 1.{self.version - 1}"


@lru_cache(maxsize=4)
def dialect(version: int = OPENFLOW_14) -> Dialect:
    """The dialect of a wire version (4 is OpenFlow 1.3, 5 is 1.4)."""
    from os_ken.ofproto import (  # noqa: PLC0415 - os-ken takes 0.2 s: only who talks OpenFlow pays for it
        ofproto_v1_3,
        ofproto_v1_3_parser,
        ofproto_v1_4,
        ofproto_v1_4_parser,
    )

    modules = {
        OPENFLOW_13: (ofproto_v1_3, ofproto_v1_3_parser),
        OPENFLOW_14: (ofproto_v1_4, ofproto_v1_4_parser),
    }
    ofproto, parser = modules[version]
    return Dialect(version=version, ofproto=ofproto, parser=parser, datapath=_Datapath(ofproto, parser))


class _Datapath:
    """The little that os-ken's messages ask of the switch they are for. Its own ProtocolDesc asks a global."""

    def __init__(self, ofproto: Any, parser: Any) -> None:
        self.ofproto = ofproto
        self.ofproto_parser = parser


def serialise(message: Any, xid: int = 0) -> bytes:
    """A message of os-ken as a frame, with this transaction identifier."""
    message.set_xid(xid)
    message.serialize()
    return bytes(message.buf)


def with_xid(frame: bytes, xid: int) -> bytes:
    """The same frame under another transaction identifier."""
    return frame[:4] + xid.to_bytes(4, "big") + frame[8:]


def bundle_control(version: int, bundle_id: int, what: int, xid: int) -> bytes:
    """OFPT_BUNDLE_CONTROL; `what` is one of BUNDLE_OPEN, BUNDLE_COMMIT, BUNDLE_DISCARD."""
    return _bundle(version, TYPE_BUNDLE_CONTROL, _BUNDLE_CONTROL.pack(bundle_id, what, BUNDLE_FLAGS), xid)


def bundle_add(version: int, bundle_id: int, frame: bytes, xid: int) -> bytes:
    """OFPT_BUNDLE_ADD_MESSAGE around a frame; both carry the same xid (OpenFlow 1.4.0, 7.3.9.2)."""
    body = _BUNDLE_ADD.pack(bundle_id, BUNDLE_FLAGS) + with_xid(frame, xid)
    return _bundle(version, TYPE_BUNDLE_ADD, body, xid)


def expects_reply(frame: bytes) -> bool:
    """Whether an answer other than an error is due for it."""
    kind = frame[1]
    control = frame[8:16] == _ONF_CONTROL
    return kind in {TYPE_MULTIPART_REQUEST, TYPE_ROLE_REQUEST, TYPE_BUNDLE_CONTROL} or (
        kind == TYPE_EXPERIMENTER and control
    )


def removal_of(frame: bytes) -> bytes | None:
    """Of a flow_mod that removes one entry, in a bundle or not: what `removed_entry` says of the entry."""
    at = 0
    if frame[1] == TYPE_BUNDLE_ADD:
        at = HEADER.size + _BUNDLE_ADD.size
    elif frame[1] == TYPE_EXPERIMENTER and frame[8:16] == _ONF_ADD:
        at = HEADER.size + len(_ONF_ADD) + _BUNDLE_ADD.size
    if frame[at + 1] != TYPE_FLOW_MOD or frame[at + 25] != _DELETE_STRICT:
        return None
    return frame[at + 8 : at + 16] + frame[at + 30 : at + 32] + frame[at + 24 : at + 25]


def removed_entry(frame: bytes) -> bytes:
    """Cookie, priority and table of the entry that an OFPT_FLOW_REMOVED is about (OpenFlow 1.4.0, 7.4.2)."""
    return frame[8:18] + frame[19:20]


def _bundle(version: int, kind: int, body: bytes, xid: int) -> bytes:
    if version == OPENFLOW_13:  # as an extension, ONF EXT-230: the same bodies in experimenter messages
        body = (_ONF_CONTROL if kind == TYPE_BUNDLE_CONTROL else _ONF_ADD) + body
        kind = TYPE_EXPERIMENTER
    return HEADER.pack(version, kind, HEADER.size + len(body), xid) + body


def header_of(frame: bytes) -> tuple[int, int, int, int]:
    """(version, type, length, xid) of a frame of at least eight bytes."""
    version, kind, length, xid = HEADER.unpack_from(frame)
    return version, kind, length, xid
