"""A Unix socket for the lab's runner and tests: one JSON object a line, one answer each, as labs/olt/control.py has it.

{"cmd": "status"}; {"cmd": "change", "frame": HEX} (a flow_mod, group_mod or meter_mod as of another controller);
{"cmd": "carry", "frame": HEX, "bytes": N} (as if so much had gone by the flow entry that a flow_mod names);
{"cmd": "record"} (how often each kind of message, and each OVSDB operation, came);
{"cmd": "misbehave", "fault": ..., "on": ..., "times": 1, "after": 0}, {"cmd": "behave"},
{"cmd": "reboot"} (see manners.py). Answers: {"ok": true, ...} or {"ok": false, "error": ...}.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from labs.softswitch import wire
from labs.softswitch.manners import order_of
from labs.softswitch.session import Switch
from labs.unixsocket import bound


class Control:
    """A thread that serves the socket at `path`, one client after another. reboot: cut the session. Raises OSError."""

    def __init__(
        self, switch: Switch, path: Path, reboot: Callable[[], None], database: Mapping[str, int] | None = None
    ) -> None:
        self._switch = switch
        self._database = database or {}  # OVSDB operations that came, by name
        self._path = path
        self._reboot = reboot
        self._listener = bound(path)
        self._listener.listen()
        self._thread = threading.Thread(target=self._run, name="softswitch-control", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError, ValueError), connection.makefile("rw") as file:
                connection.settimeout(10)
                for line in file:
                    file.write(json.dumps(self._answer(line)) + "\n")
                    file.flush()

    def _answer(self, line: str) -> dict[str, Any]:
        try:
            return {"ok": True, **self._do(json.loads(line))}
        except (ValueError, TypeError, KeyError, AttributeError, wire.OpenFlowError, struct.error) as error:
            return {"ok": False, "error": str(error)}

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["cmd"]:
            case "status":
                held = self._switch.held
                sizes = {"flows": len(held.flows), "groups": len(held.groups), "meters": len(held.meters)}
                return {**sizes, "digest": held.digest(), "faults": self._switch.faults.listed()}
            case "change":
                frame = bytes.fromhex(request["frame"])
                version, kind, _, _ = wire.HEADER.unpack_from(frame)
                self._switch.held.change(kind, frame[wire.HEADER.size :], version)
            case "carry":
                frame = bytes.fromhex(request["frame"])
                version = wire.HEADER.unpack_from(frame)[0]
                self._switch.held.carry(frame[wire.HEADER.size :], version, int(request["bytes"]))
            case "record":
                return {"asked": {**dict(sorted(self._switch.asked.items())), **dict(sorted(self._database.items()))}}
            case "misbehave":
                fault = order_of(request["fault"], request["on"], request.get("times", 1), request.get("after", 0))
                self._switch.faults.order(fault)
            case "behave":
                self._switch.faults.clear()
            case "reboot":
                self._switch.empty()
                self._reboot()
            case command:
                raise ValueError(f"no command {command!r}: status, change, carry, record, misbehave, behave, reboot")
        return {}
