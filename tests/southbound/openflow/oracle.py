"""A flow_mod as os-ken makes it of the whole entry: what frames that are put together from parts are held against."""

from __future__ import annotations

from typing import Any, Final

from intents.model.switch import FlowEntry, Match
from southbound.openflow.dialect import Dialect
from southbound.openflow.encode import Op, instructions
from southbound.openflow.oxm import FIELDS, full_mask, user_value

_ALL_BITS: Final = 0xFFFF_FFFF_FFFF_FFFF


def flow_message(dialect: Dialect, entry: FlowEntry, op: Op) -> Any:
    """PUT replaces, with its cookie and counters; REMOVE is strict and asks for the same cookie."""
    ofproto, parser = dialect.ofproto, dialect.parser
    common = {
        "table_id": entry.table,
        "priority": entry.priority,
        "match": _match(dialect, entry.match),
        "cookie": entry.cookie,
        "buffer_id": ofproto.OFP_NO_BUFFER,
        "out_port": ofproto.OFPP_ANY,
        "out_group": ofproto.OFPG_ANY,
    }
    if op is Op.REMOVE:
        command = ofproto.OFPFC_DELETE_STRICT
        return parser.OFPFlowMod(dialect.datapath, command=command, cookie_mask=_ALL_BITS, instructions=[], **common)
    listed = instructions(dialect, entry.meter, entry.actions, entry.goto)
    common["flags"] = ofproto.OFPFF_SEND_FLOW_REM
    return parser.OFPFlowMod(dialect.datapath, command=ofproto.OFPFC_ADD, instructions=listed, **common)


def _match(dialect: Dialect, fields: Match) -> Any:
    """A match of os-ken. A mask of all ones is exact, a mask of zero is no match on the field."""
    pairs: list[tuple[str, object]] = []
    for field in sorted(fields, key=lambda f: FIELDS[f.name][0]):
        value = user_value(field.name, field.value)
        if field.mask is None or field.mask == full_mask(field.name):
            pairs.append((field.name, value))
        elif field.mask:
            pairs.append((field.name, (value, user_value(field.name, field.mask))))
    return dialect.parser.OFPMatch(_ordered_fields=pairs)
