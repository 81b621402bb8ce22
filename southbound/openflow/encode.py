"""Neutral switch objects to os-ken messages. frame.py makes frames of them; decode.py is the inverse.

Source: OpenFlow 1.4.0, 7.2 to 7.3.4; Nicira extensions in nicira.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import Any, Final

from intents.model.switch import (
    PORT_CONTROLLER,
    Action,
    ArpReply,
    DecTtl,
    GroupEntry,
    LearnNeighbour,
    Meter,
    Output,
    PopVlan,
    PushVlan,
    Resubmit,
    SetField,
    SetQueue,
    ToGroup,
    Unmodelled,
)
from southbound.openflow.dialect import Dialect
from southbound.openflow.nicira import NX_IN_PORT, arp_reply_actions, learn_action
from southbound.openflow.oxm import CannotEncode, user_value

_RAW_ACTION: Final = re.compile(r"^action .*#([0-9a-f]+)$", re.DOTALL)


class Op(Enum):
    """What to do with an object."""

    PUT = "put"  # add, or replace the entry with the same table, priority and match
    MODIFY = "modify"
    REMOVE = "remove"


def _raw_action(dialect: Dialect, raw: bytes) -> Any:
    """An action that was read as bytes and goes back as the same bytes. os-ken asks for one of its own classes."""

    def serialize(buffer: bytearray, offset: int) -> None:
        buffer += bytes(max(0, offset - len(buffer)))
        buffer[offset:] = raw

    action = dialect.parser.OFPActionPopVlan()
    action.len = len(raw)
    action.serialize = serialize
    return action


def encode_actions(dialect: Dialect, actions: Iterable[Action]) -> list[Any]:
    """Actions in order. Raises CannotEncode."""
    return [encoded for action in actions for encoded in _encode_action(dialect, action)]


def _encode_action(dialect: Dialect, action: Action) -> list[Any]:
    parser = dialect.parser
    match action:
        case PushVlan(ethertype):
            return [parser.OFPActionPushVlan(ethertype)]
        case PopVlan():
            return [parser.OFPActionPopVlan()]
        case SetField(name, value):
            return [parser.OFPActionSetField(**{name: user_value(name, value)})]
        case DecTtl():
            return [parser.OFPActionDecNwTtl()]
        case SetQueue(queue_id):
            return [parser.OFPActionSetQueue(queue_id)]
        case Output(port):
            return [parser.OFPActionOutput(port, dialect.ofproto.OFPCML_NO_BUFFER if port == PORT_CONTROLLER else 0)]
        case ToGroup(group_id):
            return [parser.OFPActionGroup(group_id)]
        case ArpReply(mac):
            return arp_reply_actions(dialect, mac)
        case LearnNeighbour():
            return [learn_action(dialect, action)]
        case Resubmit(table, in_port):
            port = NX_IN_PORT if in_port is None else in_port
            return [parser.NXActionResubmitTable(in_port=port, table_id=table)]
        case Unmodelled(text):
            found = _RAW_ACTION.match(text)
            if found is None:
                raise CannotEncode(text)
            return [_raw_action(dialect, bytes.fromhex(found.group(1)))]


def instructions(dialect: Dialect, meter: int | None, actions: tuple[Action, ...], goto: int | None) -> list[Any]:
    """The instructions of a flow entry: to its meter, its actions, on to its next table. Raises CannotEncode."""
    ofproto, parser = dialect.ofproto, dialect.parser
    listed = []
    if meter is not None:
        listed.append(_meter_instruction(dialect, meter))
    if actions:
        listed.append(parser.OFPInstructionActions(ofproto.OFPIT_APPLY_ACTIONS, encode_actions(dialect, actions)))
    if goto is not None:
        listed.append(parser.OFPInstructionGotoTable(goto))
    return listed


def _meter_instruction(dialect: Dialect, meter_id: int) -> Any:
    return dialect.parser.OFPInstructionMeter(meter_id)


def group_message(dialect: Dialect, group: GroupEntry, op: Op) -> Any:
    """A group_mod."""
    ofproto, parser = dialect.ofproto, dialect.parser
    commands = {Op.PUT: ofproto.OFPGC_ADD, Op.MODIFY: ofproto.OFPGC_MODIFY, Op.REMOVE: ofproto.OFPGC_DELETE}
    types = {
        "all": ofproto.OFPGT_ALL,
        "select": ofproto.OFPGT_SELECT,
        "indirect": ofproto.OFPGT_INDIRECT,
        "ff": ofproto.OFPGT_FF,
    }
    buckets = [
        parser.OFPBucket(
            weight=bucket.weight,
            watch_port=ofproto.OFPP_ANY if bucket.watch_port is None else bucket.watch_port,
            watch_group=ofproto.OFPG_ANY if bucket.watch_group is None else bucket.watch_group,
            actions=encode_actions(dialect, bucket.actions),
        )
        for bucket in (() if op is Op.REMOVE else group.buckets)
    ]
    return parser.OFPGroupMod(dialect.datapath, commands[op], types[group.type], group.group_id, buckets)


def meter_message(dialect: Dialect, meter: Meter, op: Op) -> Any:
    """A meter_mod with one drop band in kbit/s."""
    ofproto, parser = dialect.ofproto, dialect.parser
    commands = {Op.PUT: ofproto.OFPMC_ADD, Op.MODIFY: ofproto.OFPMC_MODIFY, Op.REMOVE: ofproto.OFPMC_DELETE}
    flags = ofproto.OFPMF_KBPS | (ofproto.OFPMF_BURST if meter.burst_kbit else 0)
    bands = [] if op is Op.REMOVE else [parser.OFPMeterBandDrop(rate=meter.rate_kbps, burst_size=meter.burst_kbit)]
    return parser.OFPMeterMod(dialect.datapath, commands[op], flags, meter.meter_id, bands)
