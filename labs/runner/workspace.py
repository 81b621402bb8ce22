"""The lab's own folder beside its topology (`.lab`): keys, process records, device state, logs.

Everything that a lab starts is marked with the folder's path, so that `down` and the next `up` find it again after
kill -9, and end nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from labs.runner.processes import alive, marked, signalled, start_time

MARK: Final = "CLEARWAY_LAB"
_STOP_S: Final = 5.0
_START_S: Final = 1.0  # from fork to exec, on a machine that is busy


class Workspace:
    """One running (or left-over) lab."""

    def __init__(self, topology: Path) -> None:
        self.topology = topology.resolve()
        self.folder = self.topology.parent / ".lab"

    def prepare(self) -> None:
        """Make the folder, readable by its owner only: it holds private keys."""
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def note(self, name: str, value: Mapping[str, Any]) -> None:
        """Write a record atomically."""
        temporary = self.folder / f"{name}.json.new"
        temporary.write_text(json.dumps(value, indent=1), encoding="utf-8")
        temporary.replace(self.folder / f"{name}.json")

    def noted(self, name: str) -> dict[str, Any] | None:
        """A record, or None."""
        try:
            found: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found

    def spawn(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
        """Start a process in its own session, its output in NAME.log; returns its pid."""
        self.note(f"starting-{name}", {})
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, MARK: str(self.folder), "PYTHONUNBUFFERED": "1", **(environment or {})},
            )
        self.note(f"process-{name}", {"pid": process.pid, "started": start_time(process.pid)})
        (self.folder / f"starting-{name}.json").unlink()
        return process.pid

    def processes(self) -> dict[str, int]:
        """Name to pid of the recorded processes that are still the ones started."""
        found = {}
        for path in sorted(self.folder.glob("process-*.json")):
            record = self.noted(path.stem) or {}
            pid = record.get("pid")
            if isinstance(pid, int) and start_time(pid) == record.get("started") and start_time(pid) is not None:
                found[path.stem.removeprefix("process-")] = pid
        return found

    def stop_all(self) -> None:
        """End every process of this lab: the recorded ones, and those that bear its mark."""
        pids = set(self.processes().values())
        pids |= self._marked(pids)
        for number in (signal.SIGTERM, signal.SIGKILL):
            pids = {p for p in pids if signalled(p, number)}
            deadline = time.monotonic() + _STOP_S
            while pids and time.monotonic() < deadline:
                pids = {p for p in pids if alive(p)}
                time.sleep(0.02)
        for path in (*self.folder.glob("process-*.json"), *self.folder.glob("starting-*.json")):
            path.unlink(missing_ok=True)

    def _marked(self, known: set[int]) -> set[int]:
        """Processes with the mark. One that was being started when its starter was killed bears it a moment later."""
        deadline = time.monotonic() + (_START_S if any(self.folder.glob("starting-*.json")) else 0)
        while True:
            found = marked(MARK, str(self.folder))
            if found - known or time.monotonic() >= deadline:
                return found
            time.sleep(0.02)

    def log_tail(self, name: str, lines: int = 5) -> str:
        """The last lines that a process printed."""
        try:
            return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""
