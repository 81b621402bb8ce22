"""What a lab makes, written down before it is made, so that it can be undone by anybody, also after kill -9.

One file a lab under /run (which a reboot empties, as it does the kernel): a JSON object a line. Undoing goes backwards
and does not mind what is gone already. System settings are put back by the last lab that had changed them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from labs.net.command import run, tried
from labs.net.names import Names
from labs.runner.errors import LabError

FOLDER: Final = Path("/run/clearway-lab")
_KILL_S: Final = 5.0


class Record:
    """The record of one lab."""

    def __init__(self, names: Names, folder: Path = FOLDER) -> None:
        self.names = names
        self.folder = folder
        self._path = folder / f"{names.prefix}.jsonl"

    @property
    def open(self) -> bool:
        """Whether there is something to undo."""
        return self._path.exists()

    def note(self, kind: str, **what: Any) -> None:
        """Write an entry, on disk before this returns. Kinds: netns (name), folder (path; with pidfiles in it),
        sysctl (name, and the value that was)."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, **what}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> list[dict[str, Any]]:
        """What is written; a line that was cut short is left out, since nothing was made after it."""
        return list(_read(self._path))

    def raise_setting(self, name: str, at_least: int) -> None:
        """Raise a system setting (`net.core.rmem_default`) until the last lab that asked for it is gone."""
        path = _setting(name)
        now = int(path.read_text(encoding="utf-8"))
        others = [e["value"] for e in self._others() if e["kind"] == "sysctl" and e["name"] == name]
        if not any(e["kind"] == "sysctl" and e["name"] == name for e in self.entries()):
            self.note("sysctl", name=name, value=min([now, *others]))
        if now < at_least:
            path.write_text(str(at_least), encoding="utf-8")

    def undo(self) -> None:
        """Take away everything recorded, and whatever bears this lab's prefix."""
        for entry in reversed(self.entries()):
            self._undo(entry["kind"], entry)
        for name in _namespaces():
            if self.names.owns(name):
                tried(["ip", "netns", "del", name])
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # another lab's record is in it
            self.folder.rmdir()

    def _others(self) -> Iterable[dict[str, Any]]:
        for path in sorted(self.folder.glob("cw*.jsonl")):
            if path != self._path:
                yield from _read(path)

    def _undo(self, kind: str, what: dict[str, Any]) -> None:
        if kind == "netns":
            tried(["ip", "netns", "del", what["name"]])
        elif kind == "folder":
            folder = Path(what["path"])
            for pidfile in sorted(folder.glob("*.pid")):  # ovs-vswitchd before the database that it follows
                _end(pidfile)
            shutil.rmtree(folder, ignore_errors=True)
        elif kind == "sysctl" and not any(e["kind"] == kind and e["name"] == what["name"] for e in self._others()):
            _setting(what["name"]).write_text(str(what["value"]), encoding="utf-8")


def _read(path: Path) -> Iterable[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        with contextlib.suppress(ValueError):
            yield json.loads(line)


def _setting(name: str) -> Path:
    return Path("/proc/sys") / name.replace(".", "/")


def _namespaces() -> list[str]:
    try:
        return [item["name"] for item in json.loads(run(["ip", "-j", "netns", "list"]) or "[]")]
    except (LabError, ValueError):
        return []


def _end(pidfile: Path) -> None:
    """End the process of a pidfile, if it is still one that works in that folder."""
    try:
        pid = int(pidfile.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if str(pidfile.parent).encode() not in _command(pid):
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + _KILL_S
        while time.monotonic() < deadline:
            if not _command(pid):
                return
            time.sleep(0.01)


def _command(pid: int) -> bytes:
    """Its command line; empty where it is gone, or has ended and waits for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
