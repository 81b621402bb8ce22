"""Processes by pid: whether one is the one that was started, and which bear a lab's mark in their environment.

From /proc where there is one (Linux), else from `ps` (macOS, BSD), which shows the environment of one's own processes.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")


def start_time(pid: int) -> str | None:
    """Something that tells this process from a later one with the same pid; None where it is gone."""
    if has_proc():
        fields = _stat(pid)
        return None if fields is None or fields[0] == "Z" else fields[19]
    line = _ps("-o", "stat=,lstart=", "-p", str(pid)).strip()
    state, _, started = line.partition(" ")
    return None if not started or state.startswith("Z") else " ".join(started.split())


def processor_s(pid: int) -> float:
    """How much of a processor it has had, s (proc(5), stat: utime and stime); 0 where that cannot be told."""
    fields = _stat(pid) if has_proc() else None
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def waits_s(pid: int) -> float:
    """How long it has waited for a processor that others had, s (proc(5), schedstat); 0 where that cannot be told."""
    try:
        return int((PROC / str(pid) / "schedstat").read_text(encoding="utf-8").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def alive(pid: int) -> bool:
    """Whether the process still runs; a child of ours that ended is waited for."""
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
    return start_time(pid) is not None


def signalled(pid: int, number: signal.Signals) -> bool:
    """Send the signal; whether there was a process to take it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def marked(name: str, value: str) -> set[int]:
    """Processes, not this one, that were started with the variable `name` of that value."""
    wanted = f"{name}={value}"
    found = _marked_in_proc(wanted) if has_proc() else _marked_by_ps(wanted)
    return found - {os.getpid()}


def has_proc() -> bool:
    """Whether this system shows its processes as files."""
    return (PROC / "self").exists()


def _stat(pid: int) -> list[str] | None:
    """Fields of stat(5) from the third on: the second is a name that may hold anything."""
    try:
        return (PROC / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None


def _marked_in_proc(wanted: str) -> set[int]:
    found = set()
    for path in PROC.glob("[0-9]*/environ"):
        try:
            if wanted.encode() in path.read_bytes().split(b"\0"):
                found.add(int(path.parent.name))
        except OSError:
            continue  # gone, or not ours to read
    return found


def _marked_by_ps(wanted: str) -> set[int]:
    found = set()
    for line in _ps("axeww", "-o", "pid=,command=").splitlines():
        pid, _, words = line.strip().partition(" ")
        # A value with spaces is shown as it is, so this looks for it whole, up to the next space or the end.
        if f" {wanted} " in f"{words} " and pid.isdigit():
            found.add(int(pid))
    return found


def _ps(*words: str) -> str:
    return subprocess.run(["ps", *words], capture_output=True, text=True, check=False).stdout
