"""What the driver needs of a connected switch, and the part of it that every transport shares.

    driver --transact(frames)--> FrameChannel --send(bytes)--> transport (controller/openflow_session, or a socket)
    transport's reader --deliver(frame)--> FrameChannel --replies--> driver

A transaction is: frames, a barrier, and everything that came back for them until the barrier's answer. OpenFlow 1.4.0
7.3.8: a switch has processed all earlier messages before it answers a barrier. Frames are bytes with their xid in
place, so that the driver can name the entry that an error is about.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from southbound.openflow import dialect as wire
from southbound.openflow.removals import Removals

FIRST_XID: Final = 0x0001_0000
LAST_XID: Final = 0x7FFF_FFFF  # the upper half is left to whoever else uses the session
_MOST_BYTES: Final = 256 * 2**20  # a dump of half a million entries; beyond it the switch is not to be trusted


class ChannelError(Exception):
    """The transaction did not come to its end; what the switch did is unknown."""


class ChannelLost(ChannelError):
    """The session ended."""


class ChannelSilent(ChannelError):
    """No answer within the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An OFPT_ERROR: its type and code (OpenFlow 1.4.0, 7.5.4) and the start of the frame that it is about."""

    type: int
    code: int
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """What came back, by xid, frames in order of arrival. Refusals may be about messages of earlier transactions."""

    refusals: Mapping[int, Refusal] = field(default_factory=dict)
    frames: Mapping[int, tuple[bytes, ...]] = field(default_factory=dict)


class Channel(Protocol):
    """One session with one switch."""

    datapath_id: int
    version: int

    @property
    def alive(self) -> bool:
        """Whether the session still stands, as far as is known."""

    def next_xid(self) -> int:
        """A transaction identifier that this session has not used for long."""

    def transact(self, frames: Sequence[bytes], deadline_s: float) -> Replies:
        """Send, and wait for a barrier. Raises ChannelLost, ChannelSilent."""


class ChannelProvider(Protocol):
    """Who knows the sessions: the controller."""

    def channel(self, datapath_id: int, deadline_s: float) -> Channel:
        """The session of this switch, waiting for it up to deadline_s. Raises DeviceUnreachable."""


class FrameChannel:
    """A Channel over anything that sends bytes. One transaction at a time; `deliver` and `lose` from any thread."""

    def __init__(self, datapath_id: int, version: int, send: Callable[[bytes], object]) -> None:
        self.datapath_id = datapath_id
        self.version = version
        self._send = send
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._xid = FIRST_XID
        self._lost = ""
        self._exchange: _Exchange | None = None
        self.removals = Removals()

    @property
    def alive(self) -> bool:
        """Whether nobody has said that the session is lost."""
        return not self._lost

    @property
    def lost(self) -> str:
        """Why the session is lost, "" while it is not."""
        return self._lost

    def next_xid(self) -> int:
        """Counts up from FIRST_XID to LAST_XID, and from the start again."""
        with self._changed:
            self._xid = self._xid + 1 if self._xid < LAST_XID else FIRST_XID
            return self._xid

    def transact(self, frames: Sequence[bytes], deadline_s: float) -> Replies:
        """See Channel."""
        end = time.monotonic() + deadline_s
        barrier_xid = self.next_xid()
        barrier = wire.HEADER.pack(self.version, wire.TYPE_BARRIER_REQUEST, 8, barrier_xid)
        exchange = _Exchange(frames, barrier_xid)
        with self._turn:
            self.removals.note(frames)
            with self._changed:
                self._exchange = exchange
            try:
                if self.alive:
                    self._send(b"".join((*frames, barrier)))
                with self._changed:
                    while not exchange.complete:
                        if self._lost:
                            raise ChannelLost(self._lost)
                        left = end - time.monotonic()
                        if left <= 0:
                            raise ChannelSilent(f"no answer within {deadline_s:g} s")
                        self._changed.wait(left)
            finally:
                with self._changed:
                    self._exchange = None
        return exchange.replies()

    def deliver(self, frame: bytes) -> None:
        """A frame from the switch. What no transaction waits for is dropped."""
        with self._changed:
            if self._exchange is not None:
                self._exchange.take(frame)
                if self._exchange.size > _MOST_BYTES:
                    self._lost = self._lost or "the switch sent more than anybody asked for"
                if self._exchange.complete or self._lost:
                    self._changed.notify_all()

    def lose(self, reason: str) -> None:
        """The session is over."""
        with self._changed:
            self._lost = self._lost or reason
            self._changed.notify_all()


class _Exchange:
    """Frames sent and what came back for them."""

    def __init__(self, frames: Sequence[bytes], barrier_xid: int) -> None:
        xids = {wire.header_of(f)[3]: wire.expects_reply(f) for f in frames}
        self._mine = frozenset(xids)
        self._open = {xid for xid, expected in xids.items() if expected} | {barrier_xid}
        self._barrier_xid = barrier_xid
        self._frames: dict[int, list[bytes]] = {}
        self._refusals: dict[int, Refusal] = {}
        self.size = 0

    @property
    def complete(self) -> bool:
        """Every answer that is due has come."""
        return not self._open

    def take(self, frame: bytes) -> None:
        """Sort one frame in."""
        _, kind, _, xid = wire.header_of(frame)
        if xid == self._barrier_xid:
            self._open.discard(xid)
            return
        if kind == wire.TYPE_ERROR and len(frame) >= 12:  # also about an earlier message: a commit tells what failed
            self.size += len(frame)
            code = struct.unpack_from("!HH", frame, 8)
            self._refusals.setdefault(xid, Refusal(type=code[0], code=code[1], data=frame[12:]))
            self._open.discard(xid)
            return
        if xid not in self._mine:
            return
        self.size += len(frame)
        self._frames.setdefault(xid, []).append(frame)
        more = kind == wire.TYPE_MULTIPART_REPLY and len(frame) >= 12 and frame[11] & wire.MULTIPART_MORE
        if not more:
            self._open.discard(xid)

    def replies(self) -> Replies:
        """All of it, frozen."""
        return Replies(refusals=self._refusals, frames={xid: tuple(f) for xid, f in self._frames.items()})
