"""A relay of TCP that can be made a hole: what comes in stays there, and nobody is told."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import Self


class Relay:
    """From a free port of loopback to `target`. A context manager."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._wake = socket.socketpair()
        self._open = threading.Event()
        self._open.set()
        self._ending = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        self._open.set()
        self._wake[1].send(b"x")
        self._thread.join(10)

    def cut(self) -> None:
        """From now on nothing comes through, in either direction."""
        self._open.clear()

    def mend(self) -> None:
        """What was held comes through."""
        self._open.set()

    def _run(self) -> None:
        pairs: dict[socket.socket, socket.socket] = {}
        while not self._ending:
            ready, _, _ = select.select([self._listener, self._wake[0], *pairs], [], [], 0.2)
            self._open.wait()
            for sock in ready:
                if sock is self._listener:
                    self._welcome(pairs)
                elif sock in pairs and not self._pass_on(sock, pairs[sock]):
                    self._end(sock, pairs)
        for sock in (*pairs, self._listener, *self._wake):
            sock.close()

    def _welcome(self, pairs: dict[socket.socket, socket.socket]) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._target), 2)
        except OSError:
            near.close()
            return
        pairs[near], pairs[far] = far, near

    @staticmethod
    def _pass_on(sock: socket.socket, other: socket.socket) -> bool:
        try:
            piece = sock.recv(65536)
            other.sendall(piece)
        except OSError:
            return False
        return bool(piece)

    @staticmethod
    def _end(sock: socket.socket, pairs: dict[socket.socket, socket.socket]) -> None:
        other = pairs.pop(sock)
        pairs.pop(other, None)
        for one in (sock, other):
            with contextlib.suppress(OSError):
                one.close()
