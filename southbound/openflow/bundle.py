"""A bundle: many messages that a switch takes together or not at all (OpenFlow 1.4.0, 6.8 and 7.3.9).

Open vSwitch does not let a message that it refuses when it is added fail the commit: so all are added, a barrier
collects every refusal, and only a bundle without one is committed. It also forgets a bundle that is idle for 10 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from southbound.openflow.channel import Channel, Refusal
from southbound.openflow.dialect import Dialect, bundle_add, serialise

_CHUNK: Final = 2000


class BundleRefused(Exception):
    """The switch said no, and nothing of the bundle took effect. index: which message, None for the bundle itself."""

    def __init__(self, refusal: Refusal, index: int | None) -> None:
        super().__init__(f"error {refusal.type},{refusal.code}")
        self.refusal = refusal
        self.index = index


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBundle:
    """A bundle that the switch holds, closed or not. xids: of the messages in it, in order."""

    channel: Channel
    bundle_id: int
    xids: tuple[int, ...]


def stage(dialect: Dialect, channel: Channel, messages: Sequence[bytes], deadline_s: float) -> OpenBundle:
    """Open a bundle and add the messages. Raises BundleRefused (discarded then), ChannelError."""
    bundle_id = channel.next_xid()
    opened = OpenBundle(channel=channel, bundle_id=bundle_id, xids=())
    xid, opening = _control(dialect, opened, dialect.ofproto.OFPBCT_OPEN_REQUEST)
    refusals = channel.transact([opening], deadline_s).refusals
    if xid in refusals:
        raise BundleRefused(refusals[xid], None)
    xids: list[int] = []
    for at in range(0, len(messages), _CHUNK):
        frames = []
        for message in messages[at : at + _CHUNK]:
            xids.append(channel.next_xid())
            frames.append(bundle_add(dialect.version, bundle_id, _flags(dialect), message, xids[-1]))
        refusals = channel.transact(frames, deadline_s).refusals
        bad = [x for x in xids if x in refusals]
        if bad:
            discard(dialect, opened, deadline_s)
            raise BundleRefused(refusals[bad[0]], xids.index(bad[0]))
    return OpenBundle(channel=channel, bundle_id=bundle_id, xids=tuple(xids))


def commit(dialect: Dialect, bundle: OpenBundle, deadline_s: float) -> None:
    """Make it take effect. Raises BundleRefused (nothing took effect), ChannelError (unknown)."""
    xid, message = _control(dialect, bundle, dialect.ofproto.OFPBCT_COMMIT_REQUEST)
    refusals = bundle.channel.transact([message], deadline_s).refusals
    if xid not in refusals:
        return
    # Open vSwitch sends the failed message's own error first, under that message's xid.
    inner = [x for x in bundle.xids if x in refusals]
    if inner:
        raise BundleRefused(refusals[inner[0]], bundle.xids.index(inner[0]))
    raise BundleRefused(refusals[xid], None)


def discard(dialect: Dialect, bundle: OpenBundle, deadline_s: float) -> None:
    """Forget it. A switch that does not know it any more is as good. Raises ChannelError."""
    _, message = _control(dialect, bundle, dialect.ofproto.OFPBCT_DISCARD_REQUEST)
    bundle.channel.transact([message], deadline_s)


def _control(dialect: Dialect, bundle: OpenBundle, what: int) -> tuple[int, bytes]:
    xid = bundle.channel.next_xid()
    message = dialect.parser.OFPBundleCtrlMsg(dialect.datapath, bundle.bundle_id, what, _flags(dialect), [])
    return xid, serialise(message, xid)


def _flags(dialect: Dialect) -> int:
    ofproto = dialect.ofproto
    return int(ofproto.OFPBF_ATOMIC | ofproto.OFPBF_ORDERED)
