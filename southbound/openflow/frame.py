"""Neutral switch objects to frames. decode.py is its inverse: decode(encode(x)) == x.

A flow_mod is put together from parts that many entries share. A campus has tens of thousands of entries that differ in
an address or a port: os-ken makes the instructions, once for all that have the same, and the fields of the match are
packed here. The tests hold every frame against the one that os-ken makes of the whole message.

Source: OpenFlow 1.4.0, 7.2.3 (OXM) and 7.3.4.1; 1.3.5 has the same layout.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final

from intents.model.switch import Action, FieldMatch, FlowEntry, GroupEntry, Match, Meter
from southbound.openflow.dialect import HEADER, Dialect, dialect, serialise
from southbound.openflow.encode import Op, group_message, instructions, meter_message
from southbound.openflow.oxm import FIELDS, CannotEncode, checked, full_mask

_TYPE_FLOW_MOD: Final = 14
_ADD: Final = 0
_DELETE_STRICT: Final = 4
_ANY: Final = 0xFFFF_FFFF
_TELL_WHEN_REMOVED: Final = 1  # OFPFF_SEND_FLOW_REM
_ALL_BITS: Final = 0xFFFF_FFFF_FFFF_FFFF
# cookie, cookie mask, table, command, idle and hard timeout, priority, buffer, out port, out group, flags, importance
_BODY: Final = struct.Struct("!QQBBHHHIIIHH")
_MATCH: Final = struct.Struct("!HH")
_OXM_BASIC: Final = 0x8000 << 16
_INSTRUCTIONS_AT: Final = HEADER.size + _BODY.size + 8  # behind an empty match
_MANY: Final = 2**18


def encode(talk: Dialect, thing: FlowEntry | GroupEntry | Meter, op: Op) -> bytes:
    """The frame that does `op` with a flow entry, a group or a meter, with xid 0. Raises CannotEncode."""
    try:
        match thing:
            case FlowEntry():
                return _flow_frame(talk.version, thing, op)
            case GroupEntry():
                return serialise(group_message(talk, thing, op))
            case Meter():
                return serialise(meter_message(talk, thing, op))
    except (struct.error, OverflowError) as error:
        raise CannotEncode(f"a value is out of range: {error}") from error


def _flow_frame(version: int, entry: FlowEntry, op: Op) -> bytes:
    """A flow_mod. PUT replaces, with its cookie and counters; REMOVE is strict and asks for the same cookie."""
    if entry.match_residue:
        raise CannotEncode(entry.match_residue)
    removes = op is Op.REMOVE
    body = _BODY.pack(
        entry.cookie,
        _ALL_BITS if removes else 0,
        entry.table,
        _DELETE_STRICT if removes else _ADD,
        0,
        0,
        entry.priority,
        _ANY,
        _ANY,
        _ANY,
        0 if removes else _TELL_WHEN_REMOVED,
        0,
    )
    fields = _match(entry.match)
    instructions = b"" if removes else _instructions(version, entry.meter, entry.actions, entry.goto)
    length = HEADER.size + len(body) + len(fields) + len(instructions)
    return b"".join((HEADER.pack(version, _TYPE_FLOW_MOD, length, 0), body, fields, instructions))


def _match(fields: Match) -> bytes:
    oxm = b"".join([_oxm(field) for field in sorted(fields, key=_number)])
    length = _MATCH.size + len(oxm)
    return _MATCH.pack(1, length) + oxm + bytes(-length % 8)


def _number(field: FieldMatch) -> int:
    return FIELDS[field.name][0]


@lru_cache(maxsize=_MANY)
def _oxm(field: FieldMatch) -> bytes:
    """A mask of all ones is exact, a mask of zero is no match on the field."""
    number, bits = FIELDS[field.name]
    value, width = checked(field.name, field.value), (bits + 7) // 8
    if field.mask is None or field.mask == full_mask(field.name):
        return struct.pack("!I", _OXM_BASIC | number << 9 | width) + value.to_bytes(width, "big")
    mask = checked(field.name, field.mask)
    if not mask:
        return b""
    head = struct.pack("!I", _OXM_BASIC | number << 9 | 1 << 8 | 2 * width)
    return head + value.to_bytes(width, "big") + mask.to_bytes(width, "big")


@lru_cache(maxsize=_MANY)
def _instructions(version: int, meter: int | None, actions: tuple[Action, ...], goto: int | None) -> bytes:
    talk = dialect(version)
    bare = talk.parser.OFPFlowMod(talk.datapath, instructions=instructions(talk, meter, actions, goto))
    return serialise(bare)[_INSTRUCTIONS_AT:]
