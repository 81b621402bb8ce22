"""Dials the controller, again and again, and runs a session whenever it answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from labs.softswitch import wire
from labs.softswitch.session import Closed, Session, Switch

_RETRY_S: Final = 0.5
_PROBE_S: Final = 5.0
_DROPS_A_SECOND: Final = 20


class Link:
    """A thread that keeps a session with one controller. target: (host, port). drip: it says no more than so many
    bytes a second, a few at a time; None: as fast as it can."""

    def __init__(self, switch: Switch, target: tuple[str, int], drip: int | None = None) -> None:
        self._switch = switch
        self._target = target
        self._drip = drip
        self._stopping = threading.Event()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="softswitch-link", daemon=True)

    def start(self) -> None:
        """Begin to dial."""
        self._thread.start()

    def stop(self) -> None:
        """End the session and the thread."""
        self._stopping.set()
        self.cut()
        self._thread.join()

    def cut(self) -> None:
        """End the session that there is; it is dialled again."""
        connection = self._socket
        if connection is not None:
            with contextlib.suppress(OSError):  # it may have ended by itself meanwhile
                connection.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with socket.create_connection(self._target, timeout=2) as connection:
                    self._socket = connection
                    self._talk(connection)
            except (OSError, Closed):
                pass  # not there, or gone: dialled again
            finally:
                self._socket = None
            self._stopping.wait(_RETRY_S)

    def _talk(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_PROBE_S)
        session = Session(self._switch, connection.sendall if self._drip is None else self._dripping(connection))
        try:
            self._serve(session, connection)
        finally:
            session.end()

    def _dripping(self, connection: socket.socket) -> Callable[[bytes], None]:
        drop = max(1, (self._drip or 0) // _DROPS_A_SECOND)

        def send(data: bytes) -> None:
            for at in range(0, len(data), drop):
                if self._stopping.wait(1 / _DROPS_A_SECOND):
                    raise Closed
                connection.sendall(data[at : at + drop])

        return send

    def _serve(self, session: Session, connection: socket.socket) -> None:
        session.hello()
        buffer = bytearray()
        probed = 0.0
        while not self._stopping.is_set():
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                if probed:
                    return  # it did not answer the echo request either
                probed = time.monotonic()
                connection.sendall(wire.frame(wire.V14, wire.ECHO_REQUEST, 0))
                continue
            if not piece:
                return
            probed = 0.0
            buffer += piece
            while len(buffer) >= wire.HEADER.size:
                length = int.from_bytes(buffer[2:4], "big")
                if length < wire.HEADER.size:
                    return
                if length > len(buffer):
                    break
                frame = bytes(buffer[:length])
                del buffer[:length]
                session.receive(frame)
