"""A blocking JSON-RPC client of one OVSDB server, with a deadline on everything (RFC 7047).

The `ovs` package's own client waits in its poll loop without a deadline; this needs three methods of the protocol.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from typing import Any, Final

from southbound.tls import misnamed, names_in, why

_READ: Final = 65536
_MOST_BYTES: Final = 64 * 2**20


class OvsdbDown(Exception):
    """No connection, or it was lost; what a transaction under way did is unknown."""


class OvsdbError(Exception):
    """The server understood and answered with an error."""


class Ovsdb:
    """One connection. remote: `tcp:HOST:PORT`, `ssl:HOST:PORT` (with tls) or `unix:PATH`. name: whom its certificate
    has to name. Raises OvsdbDown where it cannot be had."""

    def __init__(self, remote: str, deadline_s: float, tls: ssl.SSLContext | None = None, name: str = "") -> None:
        self._buffer = b""
        self._next = 0
        try:
            self._socket = _connect(remote, deadline_s, tls, name)
        except (OSError, ValueError) as error:
            raise OvsdbDown(why(error)) from error

    def transact(self, database: str, operations: list[dict[str, Any]], deadline_s: float) -> list[dict[str, Any]]:
        """Results, one an operation, in order (fewer after an error; one more for a commit that failed).
        Raises OvsdbDown, OvsdbError."""
        found = self.call("transact", [database, *operations], deadline_s)
        if not isinstance(found, list):
            raise OvsdbError("it answers a transaction with something else than results")
        return [r or {} for r in found]

    def call(self, method: str, params: list[Any], deadline_s: float) -> Any:
        """Call and wait for the answer to this call. Raises OvsdbDown, OvsdbError."""
        end = time.monotonic() + deadline_s
        self._next += 1
        try:
            self._send({"method": method, "params": params, "id": self._next}, end)
            while True:
                message = self._receive(end)
                if message.get("method") == "echo":
                    self._send({"result": message.get("params"), "error": None, "id": message.get("id")}, end)
                elif message.get("id") == self._next and "method" not in message:
                    break
        except TimeoutError as error:
            raise OvsdbDown(f"no answer within {deadline_s:g} s") from error
        except OSError as error:
            raise OvsdbDown(why(error)) from error
        if message.get("error") is not None:
            raise OvsdbError(json.dumps(message["error"]))
        return message.get("result")

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _send(self, message: dict[str, Any], end: float) -> None:
        self._socket.settimeout(max(0.001, end - time.monotonic()))
        self._socket.sendall(json.dumps(message).encode())

    def _receive(self, end: float) -> dict[str, Any]:
        """The next message. They follow one another without a separator."""
        while True:
            if self._buffer.rstrip().endswith(b"}") or b"}{" in self._buffer:
                try:
                    text = self._buffer.decode()
                    message, length = json.JSONDecoder().raw_decode(text.lstrip())
                except (json.JSONDecodeError, UnicodeDecodeError):
                    message = None
                if message is not None:
                    if not isinstance(message, dict):
                        raise OSError("it sends what is not JSON-RPC")
                    self._buffer = text.lstrip()[length:].encode()
                    return message
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            piece = self._socket.recv(_READ)
            if not piece:
                raise OSError("it closed the connection")
            self._buffer += piece
            if len(self._buffer) > _MOST_BYTES:
                raise OSError("it sends more than anybody asked for")


def _connect(remote: str, deadline_s: float, tls: ssl.SSLContext | None, name: str) -> socket.socket:
    kind, _, where = remote.partition(":")
    if kind == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(deadline_s)
        try:
            connection.connect(where)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = where.rpartition(":")
    if kind not in {"tcp", "ssl"} or not host or not port.isdigit():
        raise ValueError(f"{remote!r} is not tcp:HOST:PORT, ssl:HOST:PORT or unix:PATH")
    connection = socket.create_connection((host.strip("[]"), int(port)), deadline_s)
    if kind == "tcp":
        return connection
    if tls is None:
        connection.close()
        raise ValueError("ssl: needs a certificate to show")
    try:
        secured = tls.wrap_socket(connection)  # the deadline is that of the whole handshake
    except OSError:
        connection.close()
        raise
    names = names_in(secured.getpeercert())
    if name not in names:
        secured.close()
        raise ConnectionError(misnamed(names, name))
    return secured
