"""The bare minimum of a switch, by hand, so that it can also misbehave."""

from __future__ import annotations

import socket
import ssl
import struct

HEADER = struct.Struct("!BBHI")


class RawSwitch:
    """One TCP connection to a controller. All calls block for at most timeout_s."""

    def __init__(
        self, address: tuple[str, int], *, version: int = 5, timeout_s: float = 5.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.version = version
        self.socket = socket.create_connection(address, timeout_s)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket)
        self._buffer = b""

    def send(self, kind: int, body: bytes = b"", xid: int = 1) -> None:
        """Send one message."""
        self.socket.sendall(HEADER.pack(self.version, kind, HEADER.size + len(body), xid) + body)

    def receive(self) -> tuple[int, int, bytes]:
        """(type, xid, body) of the next message. Raises ConnectionError when the controller hangs up."""
        while True:
            if len(self._buffer) >= HEADER.size:
                _, kind, length, xid = HEADER.unpack_from(self._buffer)
                if len(self._buffer) >= length:
                    body = self._buffer[HEADER.size : length]
                    self._buffer = self._buffer[length:]
                    return kind, xid, body
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError
            self._buffer += piece

    def expect(self, kind: int) -> int:
        """The xid of the next message of this type; others are skipped."""
        while True:
            found, xid, _ = self.receive()
            if found == kind:
                return xid

    def handshake(self, datapath_id: int) -> None:
        """Hello, features, one port."""
        bitmap = struct.pack("!HHI", 1, 8, 1 << self.version)
        self.send(0, bitmap)
        self.expect(0)
        xid = self.expect(5)
        self.send(6, struct.pack("!QIBB2xII", datapath_id, 0, 254, 0, 0, 0), xid)
        xid = self.expect(18)
        self.send(19, struct.pack("!HH4x", 13, 0) + port(1, self.version), xid)

    def answer_barrier(self) -> None:
        """Answer the next barrier, whatever came before it."""
        self.send(21, xid=self.expect(20))

    def hung_up(self) -> bool:
        """Whether the controller ends the connection within the timeout."""
        try:
            while True:
                self.receive()
        except TimeoutError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def port(number: int, version: int = 5) -> bytes:
    """A port description, up: of 40 bytes in OpenFlow 1.4, of 64 in 1.3."""
    name = f"p{number}".encode()
    if version == 4:
        return struct.pack("!I4x6s2x16sII24x", number, b"\2\0\0\0\0\1", name, 0, 4)
    return struct.pack("!IH2x6s2x16sII", number, 40, b"\2\0\0\0\0\1", name, 0, 4)
