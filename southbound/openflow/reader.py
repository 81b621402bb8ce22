"""Everything that a switch holds, in one transaction: flow entries of all tables and cookies, groups, meters, ports."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

from intents.model.state import DeviceObject, DeviceState, Observation
from southbound.openflow.channel import Channel
from southbound.openflow.decode import Malformed, decode_groups, decode_meters, decode_ports
from southbound.openflow.dialect import Dialect, serialise
from southbound.openflow.said import Decoded

_BODY: Final = 16  # of a multipart reply, behind its header
Frames = Mapping[str, tuple[bytes, ...]]  # those that tell of `flow`, `group`, `meter` and `port`


def understood(dialect: Dialect, frames: Frames, device: str, *, has_nicira: bool, decoded: Decoded) -> Observation:
    """The operational state, from what `everything` gave. decoded: of this switch's last reading. Raises Malformed."""
    objects: tuple[DeviceObject, ...] = (
        *decoded.flows(dialect, frames["flow"]),
        *decode_groups(dialect, frames["group"]),
        *decode_meters(dialect, frames["meter"]),
    )
    facts = decode_ports(dialect, frames["port"], has_nicira=has_nicira)
    return Observation(state=DeviceState.of(device, objects), facts=facts)


def everything(dialect: Dialect, channel: Channel, deadline_s: float) -> Frames:
    """All that a switch says of itself. One that has no groups or no meters says so with an error, and then has none.
    Raises Malformed, ChannelError."""
    parser, ofproto, datapath = dialect.parser, dialect.ofproto, dialect.datapath
    requests = {
        "flow": parser.OFPFlowStatsRequest(
            datapath, 0, ofproto.OFPTT_ALL, ofproto.OFPP_ANY, ofproto.OFPG_ANY, 0, 0, parser.OFPMatch()
        ),
        "group": parser.OFPGroupDescStatsRequest(datapath, 0),
        "meter": parser.OFPMeterConfigStatsRequest(datapath, 0, ofproto.OFPM_ALL),
        "port": parser.OFPPortDescStatsRequest(datapath, 0),
    }
    frames = ask(channel, requests, deadline_s)
    if not frames["flow"] or not frames["port"]:
        raise Malformed("it answers neither about its flow entries nor about its ports")
    return frames


def room(dialect: Dialect, channel: Channel, deadline_s: float) -> dict[str, int]:
    """How many `meters` and fast-failover `groups` a switch has room for; of what it lacks nothing is said.
    Raises ChannelError."""
    parser, ofproto = dialect.parser, dialect.ofproto
    requests = {
        "meters": parser.OFPMeterFeaturesStatsRequest(dialect.datapath, 0),
        "groups": parser.OFPGroupFeaturesStatsRequest(dialect.datapath, 0),
    }
    frames = ask(channel, requests, deadline_s)
    found: dict[str, int] = {}
    for frame in frames["meters"][:1]:
        if len(frame) >= _BODY + 4:
            (found["meters"],) = struct.unpack_from("!I", frame, _BODY)
    for frame in frames["groups"][:1]:  # types, capabilities, then how many of each type
        if len(frame) >= _BODY + 24:
            types, _, *most = struct.unpack_from("!II4I", frame, _BODY)
            if types & 1 << ofproto.OFPGT_FF:
                found["groups"] = most[ofproto.OFPGT_FF]
    return found


def ask(channel: Channel, requests: dict[str, Any], deadline_s: float) -> dict[str, tuple[bytes, ...]]:
    """The frames that answer each request; none for one that was refused. Raises ChannelError."""
    xids = {name: channel.next_xid() for name in requests}
    replies = channel.transact([serialise(m, xids[name]) for name, m in requests.items()], deadline_s)
    return {name: replies.frames.get(xid, ()) for name, xid in xids.items()}
