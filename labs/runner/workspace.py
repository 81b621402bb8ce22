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

MARK: Final = "CLEARWAY_LAB"
_STOP_S: Final = 5.0


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
        self.note(f"process-{name}", {"pid": process.pid, "started": _start_time(process.pid)})
        return process.pid

    def processes(self) -> dict[str, int]:
        """Name to pid of the recorded processes that are still the ones started."""
        found = {}
        for path in sorted(self.folder.glob("process-*.json")):
            record = self.noted(path.stem) or {}
            pid = record.get("pid")
            if isinstance(pid, int) and _start_time(pid) == record.get("started") and _start_time(pid) is not None:
                found[path.stem.removeprefix("process-")] = pid
        return found

    def stop_all(self) -> None:
        """End every process of this lab: the recorded ones, and those that bear its mark."""
        pids = set(self.processes().values()) | _marked(str(self.folder))
        for number in (signal.SIGTERM, signal.SIGKILL):
            pids = {p for p in pids if _signal(p, number)}
            deadline = time.monotonic() + _STOP_S
            while pids and time.monotonic() < deadline:
                pids = {p for p in pids if _alive(p)}
                time.sleep(0.02)
        for path in self.folder.glob("process-*.json"):
            path.unlink(missing_ok=True)

    def log_tail(self, name: str, lines: int = 5) -> str:
        """The last lines that a process printed."""
        try:
            return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def _start_time(pid: int) -> str | None:
    """Something that tells this process from a later one with the same pid; None where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return "unknown" if not Path("/proc/self").exists() and _alive(pid) else None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def _alive(pid: int) -> bool:
    try:
        waited, _ = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        waited = 0
    if waited == pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()


def _signal(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _marked(folder: str) -> set[int]:
    wanted = f"{MARK}={folder}".encode()
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in path.read_bytes().split(b"\0"):
                found.add(int(path.parent.name))
        except OSError:
            continue  # gone, or not ours to read
    return found - {os.getpid()}
