"""Serves the database over TCP by JSON-RPC (RFC 7047, 4): list_dbs, get_schema, transact, echo; locks by `steal`."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections import Counter
from typing import Any, Final

from labs.softswitch.ovsdb import NAME, Database

_MOST_BYTES: Final = 16 * 2**20


class OvsdbServer:
    """A listening thread, and one a connection. Raises OSError where the address cannot be had."""

    def __init__(self, address: tuple[str, int], database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()
        self.asked: Counter[str] = Counter()  # operations of transactions, by name, since it was started
        self._listener = socket.create_server(address)
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()
        self._locks: dict[str, socket.socket] = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._accept, name="softswitch-ovsdb", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, with the port that a 0 became."""
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Begin to accept."""
        self._thread.start()

    def stop(self) -> None:
        """End all connections and threads."""
        self._stopping = True
        with contextlib.suppress(OSError):
            socket.create_connection(self.address, 1).close()  # wakes accept, on every system
        self._thread.join()
        self._listener.close()
        with self._guard:
            open_ones = list(self._connections.items())
        for connection, thread in open_ones:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._stopping:
                connection.close()
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._guard:
                self._connections[connection] = thread
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        decoder = json.JSONDecoder()
        buffer = ""
        try:
            while piece := connection.recv(65536):
                buffer += piece.decode()
                while buffer := buffer.lstrip():
                    try:
                        message, end = decoder.raw_decode(buffer)
                    except json.JSONDecodeError:
                        break  # not all there yet
                    buffer = buffer[end:]
                    if message.get("id") is not None and "method" in message:
                        with self._turn:
                            connection.sendall(json.dumps(self._answer(message, connection)).encode())
                if len(buffer) > _MOST_BYTES:
                    return
        except (OSError, ValueError, AttributeError):
            return  # gone, or it does not speak JSON-RPC
        finally:
            connection.close()
            with self._guard:
                self._connections.pop(connection, None)
            with self._turn:
                self._locks = {name: held for name, held in self._locks.items() if held is not connection}

    def _steal(self, name: str, connection: socket.socket) -> dict[str, bool]:
        """Whoever had the lock is told (RFC 7047, 4.1.10)."""
        before = self._locks.get(name)
        self._locks[name] = connection
        if before is not None and before is not connection:
            stolen = {"method": "stolen", "params": [name], "id": None}
            with contextlib.suppress(OSError):  # it may be gone
                before.sendall(json.dumps(stolen).encode())
        return {"locked": True}

    def _answer(self, message: dict[str, Any], connection: socket.socket) -> dict[str, Any]:
        result: Any = None
        error: Any = None
        params = message.get("params") or []
        match message["method"]:
            case "echo":
                result = params
            case "list_dbs":
                result = [NAME]
            case "get_schema" if params == [NAME]:
                result = Database.schema()
            case "transact" if params[:1] == [NAME]:
                self.asked.update(str(o.get("op")) for o in params[1:] if isinstance(o, dict))
                owned = frozenset(name for name, held in self._locks.items() if held is connection)
                result = self._database.transact(params[1:], owned)
            case "steal" if len(params) == 1:
                result = self._steal(params[0], connection)
            case "get_schema" | "transact":
                error = {"error": "unknown database", "details": str(params[:1])}
            case method:
                error = {"error": "unknown method", "details": str(method)}
        return {"id": message["id"], "result": result, "error": error}
