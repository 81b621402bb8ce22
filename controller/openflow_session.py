"""One TCP or TLS session with one switch: os-ken's Datapath on native threads, with its known defects kept out.

    reader thread --frames--> os-ken's handlers and applications, or FrameChannel: what we asked for
    writer thread <--bytes-- bounded queue <-- FrameChannel, os-ken's handlers, keepalive

What differs from os_ken.controller.controller.Datapath 4.2.2, and why:
- its writer waits for ever on its queue after the peer is gone, and so two threads leak; here the end wakes it;
- its parser answers None for a malformed frame and goes on; here that ends the session;
- a queue that is full blocks whoever sends, the reader too and without end; here a switch that does not read is let go;
- replies of multipart requests are not parsed by the reader: a foreign entry that os-ken cannot parse would cost
  the session. The driver parses them item by item;
- other applications that os-ken runs share the session: what they send by it has a transaction identifier in the upper
  half, and the answer to it is theirs. What they do not keep up with, or cannot be parsed, is dropped and costs nobody.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import socket
import threading
import time
from typing import Any, Final, Protocol

from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.controller import Datapath
from os_ken.controller.handler import DEAD_DISPATCHER, MAIN_DISPATCHER
from os_ken.ofproto import ofproto_parser

from southbound.openflow import dialect as wire
from southbound.openflow.channel import LAST_XID, FrameChannel
from southbound.tls import TlsSocket, why

LOG: Final = logging.getLogger("clearway.openflow")
_TLS_HANDSHAKE: Final = 22  # a TLS record's first byte (RFC 8446, 5.1); no OpenFlow has such a version
_ECHO_REQUEST: Final = 2
_ECHO_REPLY: Final = 3
_PACKET_IN: Final = 10
_FLOW_REMOVED: Final = 11
_PORT_STATUS: Final = 12
_ROLE_STATUS: Final = 30
# What a switch says unasked, beside packets; os-ken's own handlers answer the echo.
_UNASKED: Final = frozenset({_ECHO_REQUEST, _ECHO_REPLY, _PORT_STATUS, _ROLE_STATUS})
# What an error during the handshake is about, where it is the handshake: hello, features, configuration, ports.
_HANDSHAKE: Final = frozenset({0, 5, 9, wire.TYPE_MULTIPART_REQUEST})
_QUEUE: Final = 256
_PATIENCE_S: Final = 5.0  # of who sends to a switch that does not read
_READ: Final = 65536


class Owner(Protocol):
    """Who accepted the session."""

    def session_changed(self, session: Session, state: str) -> None:
        """It is established, or over."""

    def port_changed(self, session: Session, port: int) -> None:
        """A port of its switch changed."""

    def flow_removed(self, session: Session, cookie: int, entry: str) -> None:
        """An entry went that we did not remove."""

    def role_changed(self, session: Session, role: int) -> None:
        """Its switch says that we are something else to it now."""


def _is_of_handshake(frame: bytes) -> bool:
    """Whether an error is OFPET_HELLO_FAILED or about a message of the handshake, not about another application's."""
    return frame[8:10] == b"\0\0" or len(frame) < 14 or frame[13] in _HANDSHAKE


class Session(Datapath):
    """A Datapath that ends cleanly. `stop` from any thread; the owner hears once that it ended."""

    def __init__(self, sock: socket.socket | TlsSocket, address: Any, owner: Owner) -> None:
        super().__init__(sock, address)
        self.owner = owner
        self.since = time.monotonic()
        self.heard = self.since
        self.echoed = self.since
        self.reason = ""
        self.channel: FrameChannel | None = None
        self._others = itertools.count()
        self._reader: int | None = None
        self._out: queue.Queue[bytes | None] = queue.Queue(_QUEUE)
        self._stopping = threading.Lock()

    @property
    def established(self) -> bool:
        """The handshake is through."""
        return bool(self.state == MAIN_DISPATCHER)

    @property
    def certified(self) -> frozenset[str]:
        """Whom its certificate names; nobody where it shows none."""
        return self.socket.names if isinstance(self.socket, TlsSocket) else frozenset()

    def stop(self, reason: str) -> None:
        """End the session; the first reason counts."""
        with self._stopping:
            if self.reason:
                return
            self.reason = reason
        if self.channel is not None:
            self.channel.lose(reason)
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(queue.Full):
            self._out.put_nowait(None)

    def send(self, buf: bytes, close_socket: bool = False) -> bool:  # noqa: FBT001, FBT002 - os-ken's signature
        """Queue bytes. A switch that does not read them is let go after a while; at once, if it is the reader who would
        have to wait."""
        return self._queue(buf, 0 if threading.get_ident() == self._reader else _PATIENCE_S, close=close_socket)

    def _queue(self, buf: bytes, patience_s: float, *, close: bool = False) -> bool:
        if self.reason:
            return False
        try:
            self._out.put(bytes(buf), timeout=patience_s)
            if close:
                self._out.put(None, timeout=patience_s)
        except queue.Full:
            self.stop("it does not read what it is sent")
            return False
        return True

    def serve(self) -> None:
        """Run the session in this thread until it ends."""
        self._reader = threading.get_ident()
        if self._is_trusted():
            self._talk()
        self.socket.close()
        self.is_active = False
        self.set_state(DEAD_DISPATCHER)

    def _is_trusted(self) -> bool:
        """Whether each side has shown the other a certificate that it takes; without TLS nobody is asked for one."""
        if not isinstance(self.socket, TlsSocket):
            return True
        try:
            self.socket.handshake()
        except OSError as error:
            self.stop(why(error))
        return not self.reason

    def _talk(self) -> None:
        writer = threading.Thread(target=self._write, name=f"openflow-writer-{self.address}", daemon=True)
        writer.start()
        try:
            self.send_msg(self.ofproto_parser.OFPHello(self))
            self._read()
        except Exception as error:  # noqa: BLE001 - whatever a peer's bytes make the parser raise ends that session
            self.stop(f"it sent what is not OpenFlow ({type(error).__name__}: {error})")
        finally:
            self.stop("it closed the connection")
            writer.join()

    def set_xid(self, msg: Any) -> int:
        """Of a message that os-ken or another application sends: in the upper half, the channel has the lower."""
        xid = LAST_XID + 1 + next(self._others) % LAST_XID
        msg.set_xid(xid)
        return xid

    def keep_alive(self, now: float, interval_s: float) -> None:
        """Send an echo request if the switch has been quiet. Never blocks."""
        if now - self.heard >= interval_s and now - self.echoed >= interval_s:
            self.echoed = now
            request = self.ofproto_parser.OFPEchoRequest(self)
            self.set_xid(request)
            request.serialize()
            self._queue(request.buf, 0)

    def _write(self) -> None:
        try:
            while (piece := self._out.get()) is not None:
                self.socket.sendall(piece)
        except OSError as error:
            self.stop(f"it could not be sent to ({error})")
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def _read(self) -> None:
        buffer = bytearray()
        while not self.reason:
            try:
                piece = self.socket.recv(_READ)
            except TimeoutError:
                continue
            except OSError as error:
                self.stop(f"the connection broke ({why(error)})")
                return
            if not piece:
                return
            buffer += piece
            if self.id is None and buffer[0] == _TLS_HANDSHAKE:
                self.stop("it speaks TLS, and the campus says tcp: for this address")
                return
            while len(buffer) >= wire.HEADER.size:
                version, kind, length, xid = wire.HEADER.unpack_from(buffer)
                if length < wire.HEADER.size or (self.established and version != self.ofproto.OFP_VERSION):
                    self.stop("it sent what is not OpenFlow")
                    return
                if length > len(buffer):
                    break
                frame = bytes(buffer[:length])
                del buffer[:length]
                self.heard = time.monotonic()  # by a message; a byte now and then is no sign of life
                self._handle(version, kind, xid, frame)

    def _handle(self, version: int, kind: int, xid: int, frame: bytes) -> None:
        if self.channel is None and kind == wire.TYPE_ERROR and _is_of_handshake(frame):
            self.stop("it refused the handshake: does it speak OpenFlow 1.3 or 1.4?")
        elif self.channel is None or kind in _UNASKED:
            message = ofproto_parser.msg(self, version, kind, len(frame), xid, frame)
            if message is None:
                self.stop("it sent a malformed message")
            else:
                self._dispatch(ofp_event.ofp_msg_to_ev(message))
        elif kind in {_PACKET_IN, _FLOW_REMOVED} or xid > LAST_XID:
            self._for_others(version, kind, xid, frame)
        else:
            self.channel.deliver(frame)
            if not self.channel.alive:  # it does not end its answer: a new session begins with none
                self.stop(self.channel.lost)

    def _dispatch(self, event: Any) -> None:
        """As os-ken's own reader does it: to the observers by queue, and to os-ken's handlers in this thread. But an
        application that has fallen behind misses it: if the reader waited, it would keep the switch from all others."""
        for name in self.ofp_brick.get_observers(event, self.state):
            observer = app_manager.lookup_service_brick(name)
            if observer is not None and not observer.events.full():
                self.ofp_brick.send_event(name, event, self.state)
        for handler in list(self.ofp_brick.get_handlers(event, self.state)):
            handler(event)

    def _for_others(self, version: int, kind: int, xid: int, frame: bytes) -> None:
        """Packets, entries that were removed, and answers to what other applications asked."""
        if kind == _PACKET_IN and not self.ofp_brick.observers.get(ofp_event.EventOFPPacketIn):
            return
        if kind == _FLOW_REMOVED and self.channel is not None and not self.channel.removals.is_news(frame):
            return
        try:
            self._dispatch(ofp_event.ofp_msg_to_ev(ofproto_parser.msg(self, version, kind, len(frame), xid, frame)))
        except Exception as error:  # noqa: BLE001 - os-ken cannot read all that a switch may say
            LOG.info("not for us, and cannot be read", extra={"kind": kind, "detail": str(error)})

    def set_state(self, state: str) -> None:
        """As os-ken does it; an established session has its channel before anybody hears of it."""
        if state == MAIN_DISPATCHER and self.channel is None:
            self.channel = FrameChannel(self.id, self.ofproto.OFP_VERSION, self.send)
        super().set_state(state)
