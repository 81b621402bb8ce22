"""A Unix socket beside the state, for the lab's runner and tests: one JSON object a line, one answer each.

{"cmd": "onu-appear", "serial": ...}, {"cmd": "onu-lose", "serial": ...}, {"cmd": "plant"} (read the file again),
{"cmd": "break", "fault": "fibre-cut", "at": serial number or PON} (see light.py), {"cmd": "mend"} (all of it),
{"cmd": "status"}; {"cmd": "record"} (how often each operation was asked for);
{"cmd": "misbehave", "fault": ..., "on": ..., "times": 1, "after": 0}, {"cmd": "behave"},
{"cmd": "reboot", "empty": false} (see manners.py). Answers: {"ok": true, ...} or {"ok": false, "error": ...}.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labs.olt.device import Device
from labs.olt.errors import RpcError
from labs.olt.light import broken_of
from labs.olt.manners import order_of
from labs.olt.plant import PlantError
from labs.unixsocket import bound

_LINE = 1 << 16
COMMANDS = ("onu-appear", "onu-lose", "plant", "break", "mend", "status", "record", "misbehave", "behave", "reboot")


class Control:
    """The socket. reload: read the plant's file into the device; raises PlantError."""

    def __init__(self, device: Device, path: Path, reload: Callable[[], None]) -> None:
        self._device = device
        self._path = path
        self._reload = reload
        self._server: asyncio.AbstractServer | None = None

    async def start(self) -> None:
        """Begin to listen, in place of a socket that a killed OLT left. Raises OSError."""
        self._server = await asyncio.start_unix_server(self._serve, sock=bound(self._path), limit=_LINE)

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            return {"ok": True, **await self._do(request)}
        except (PlantError, RpcError, ValueError, TypeError, AttributeError, KeyError) as error:
            return {"ok": False, "error": str(error)}

    def _broken(self) -> list[str]:
        return [f"{broken.kind} {broken.at}" for broken in sorted(self._device.broken)]

    async def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        command = request["cmd"]
        if command in ("onu-appear", "onu-lose"):
            present = command == "onu-appear"
            self._device.set_plant(self._device.plant.with_presence(str(request["serial"]), present=present))
            return {}
        if command == "plant":
            self._reload()
            return {}
        if command == "break":
            broken = broken_of(request["fault"], request["at"], self._device.plant)
            self._device.set_broken(self._device.broken | {broken})
            return {}
        if command == "mend":
            self._device.set_broken(frozenset())
            return {}
        if command == "status":
            config, due = self._device.config, self._device.faults.listed()
            sizes = {"v_anis": len(config.v_anis), "tconts": len(config.tconts)}
            return {"name": self._device.name, **sizes, "faults": due, "broken": self._broken()}
        if command == "record":
            return {"asked": dict(sorted(self._device.asked.items()))}
        if command == "misbehave":
            order = order_of(request["fault"], request["on"], request.get("times", 1), request.get("after", 0))
            self._device.faults.order(order)
            return {}
        if command == "behave":
            self._device.faults.clear()
            return {}
        if command == "reboot":
            await self._device.reboot(empty=bool(request.get("empty", False)))
            return {}
        raise PlantError(f"no command {command!r}: {', '.join(COMMANDS)}")


def ask(path: Path, **command: Any) -> dict[str, Any]:
    """One command to the socket at `path` and its answer, for whoever drives an OLT. Raises OSError, ValueError."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(path))
        sock.sendall(json.dumps(command).encode() + b"\n")
        with sock.makefile() as file:
            answer: dict[str, Any] = json.loads(file.readline())
    if not answer.get("ok"):
        raise ValueError(answer.get("error", "no answer"))
    return answer
