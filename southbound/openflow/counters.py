"""How much has gone through a switch: bytes by flow entry of ours, and by port.

Source: OpenFlow 1.4.0, 7.3.5.2 (flow statistics), 7.3.5.6 (port statistics; in 1.3 without its length).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from intents.model.switch import COOKIE_MASK, COOKIE_PREFIX
from southbound.driver import Counters
from southbound.openflow.channel import Channel
from southbound.openflow.decode import Malformed
from southbound.openflow.dialect import OPENFLOW_13, Dialect
from southbound.openflow.reader import ask
from southbound.openflow.said import Decoded, byte_counts

_BODY: Final = 16  # of a multipart reply, behind its header
_PORT_13: Final = struct.Struct("!I4xQQQQ")
_PORT_13_SIZE: Final = 112
_PORT: Final = struct.Struct("!H2xI8xQQQQ")


def count(dialect: Dialect, channel: Channel, deadline_s: float, decoded: Decoded) -> Counters:
    """As of now. A switch that tells nothing of its ports has none. decoded: of its last counting. Raises Malformed,
    ChannelError."""
    parser, ofproto, datapath = dialect.parser, dialect.ofproto, dialect.datapath
    ours = (COOKIE_PREFIX, COOKIE_MASK)
    requests = {
        "flow": parser.OFPFlowStatsRequest(
            datapath, 0, ofproto.OFPTT_ALL, ofproto.OFPP_ANY, ofproto.OFPG_ANY, *ours, parser.OFPMatch()
        ),
        "port": parser.OFPPortStatsRequest(datapath, 0, ofproto.OFPP_ANY),
    }
    frames = ask(channel, requests, deadline_s)
    entries = decoded.flows(dialect, frames["flow"])
    ports = list(_ports(dialect, frames["port"]))
    return Counters(
        flows={entry.key: count for entry, count in zip(entries, byte_counts(frames["flow"]), strict=True)},
        received={port: received for port, received, _ in ports},
        sent={port: sent for port, _, sent in ports},
    )


def _ports(dialect: Dialect, frames: Iterable[bytes]) -> Iterator[tuple[int, int, int]]:
    """Number, bytes received, bytes sent."""
    for frame in frames:
        at = _BODY
        while at < len(frame):
            if dialect.version == OPENFLOW_13:
                layout, length = _PORT_13, _PORT_13_SIZE
            else:
                layout, length = _PORT, int.from_bytes(frame[at : at + 2], "big")
            if length < layout.size or at + length > len(frame):
                raise Malformed(f"a port of {length} bytes in {len(frame) - at}")
            fields = layout.unpack_from(frame, at)
            yield fields[-5], fields[-2], fields[-1]
            at += length
