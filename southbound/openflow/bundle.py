"""A bundle: many messages that a switch takes together or not at all (OpenFlow 1.4.0, 6.8 and 7.3.9).

Open vSwitch does not let a message that it refuses when it is added fail the commit: so all are added, a barrier
collects every refusal, and only a bundle without one is committed. It also forgets a bundle that is idle for 10 s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from southbound.openflow import dialect as wire
from southbound.openflow.channel import Channel, Refusal

_CHUNK: Final = 2000
_GONE: Final = (2, 14)  # OFPBFC_BAD_ID, OFPBFC_TIMEOUT


class BundleRefused(Exception):
    """The switch said no, and nothing of the bundle took effect. index: which message, None for the bundle itself."""

    def __init__(self, refusal: Refusal, index: int | None) -> None:
        super().__init__(f"error {refusal.type},{refusal.code}")
        self.refusal = refusal
        self.index = index

    @property
    def gone(self) -> bool:
        """The switch does not know the bundle any more: it was idle for too long, or the session is another."""
        kinds = {(wire.ERROR_BUNDLE_FAILED, code) for code in _GONE} | {
            (wire.ERROR_EXPERIMENTER, wire.ONF_BUNDLE_ERRORS + code) for code in _GONE
        }
        return self.index is None and (self.refusal.type, self.refusal.code) in kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBundle:
    """A bundle that the switch holds, closed or not. xids: of the messages in it, in order."""

    channel: Channel
    bundle_id: int
    xids: tuple[int, ...]


def stage(channel: Channel, messages: Sequence[bytes], deadline_s: float) -> OpenBundle:
    """Open a bundle and add the frames. Raises BundleRefused (discarded then), ChannelError."""
    bundle_id = channel.next_xid()
    opened = OpenBundle(channel=channel, bundle_id=bundle_id, xids=())
    refusals, xid = _control(opened, wire.BUNDLE_OPEN, deadline_s)
    if xid in refusals:
        raise BundleRefused(refusals[xid], None)
    xids: list[int] = []
    for at in range(0, len(messages), _CHUNK):
        frames = []
        for message in messages[at : at + _CHUNK]:
            xids.append(channel.next_xid())
            frames.append(wire.bundle_add(channel.version, bundle_id, message, xids[-1]))
        refusals = channel.transact(frames, deadline_s).refusals
        bad = [index for index, x in enumerate(xids) if x in refusals]
        if bad:
            discard(opened, deadline_s)
            raise BundleRefused(refusals[xids[bad[0]]], bad[0])
    return OpenBundle(channel=channel, bundle_id=bundle_id, xids=tuple(xids))


def commit(bundle: OpenBundle, deadline_s: float) -> None:
    """Make it take effect. Raises BundleRefused (nothing took effect), ChannelError (unknown)."""
    refusals, xid = _control(bundle, wire.BUNDLE_COMMIT, deadline_s)
    if xid not in refusals:
        return
    # Open vSwitch sends the failed message's own error first, under that message's xid.
    inner = [index for index, x in enumerate(bundle.xids) if x in refusals]
    if inner:
        raise BundleRefused(refusals[bundle.xids[inner[0]]], inner[0])
    raise BundleRefused(refusals[xid], None)


def discard(bundle: OpenBundle, deadline_s: float) -> None:
    """Forget it. A switch that does not know it any more is as good. Raises ChannelError."""
    _control(bundle, wire.BUNDLE_DISCARD, deadline_s)


def _control(bundle: OpenBundle, what: int, deadline_s: float) -> tuple[Mapping[int, Refusal], int]:
    channel = bundle.channel
    xid = channel.next_xid()
    frame = wire.bundle_control(channel.version, bundle.bundle_id, what, xid)
    return channel.transact([frame], deadline_s).refusals, xid
