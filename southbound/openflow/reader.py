"""Everything that a switch holds, in one transaction: flow entries of all tables and cookies, groups, meters, ports."""

from __future__ import annotations

from typing import Any

from intents.model.state import DeviceObject, DeviceState, Observation
from southbound.openflow.channel import Channel
from southbound.openflow.decode import Malformed, decode_flows, decode_groups, decode_meters, decode_ports
from southbound.openflow.dialect import Dialect, serialise


def read(dialect: Dialect, channel: Channel, device: str, deadline_s: float, *, has_nicira: bool) -> Observation:
    """The operational state. A switch that has no groups or no meters says so with an error, and then has none.
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
    objects: tuple[DeviceObject, ...] = (
        *decode_flows(dialect, frames["flow"]),
        *decode_groups(dialect, frames["group"]),
        *decode_meters(dialect, frames["meter"]),
    )
    facts = decode_ports(dialect, frames["port"], has_nicira=has_nicira)
    return Observation(state=DeviceState.of(device, objects), facts=facts)


def ask(channel: Channel, requests: dict[str, Any], deadline_s: float) -> dict[str, tuple[bytes, ...]]:
    """The frames that answer each request; none for one that was refused. Raises ChannelError."""
    xids = {name: channel.next_xid() for name in requests}
    replies = channel.transact([serialise(m, xids[name]) for name, m in requests.items()], deadline_s)
    return {name: replies.frames.get(xid, ()) for name, xid in xids.items()}
