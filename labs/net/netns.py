"""Network namespaces: made quiet, entered by a thread."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from labs.net.command import run
from labs.runner.errors import LabError

_CLONE_NEWNET: Final = 0x40000000


def add_netns(name: str) -> None:
    """Make one in which no interface speaks IPv6 of its own accord: no neighbour discovery among what is measured.
    Raises LabError."""
    run(["ip", "netns", "add", name])
    with entered(name):
        for which in ("all", "default"):
            path = Path(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6")
            if path.exists():
                path.write_text("1", encoding="utf-8")


def inside(netns: str | None) -> list[str]:
    """What goes before a command that is to run in a namespace; None: in this one."""
    return [] if netns is None else ["ip", "netns", "exec", netns]


@contextmanager
def entered(netns: str) -> Iterator[None]:
    """This thread is in a named network namespace; sockets made here stay there. Raises LabError."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        try:
            there = os.open(str(Path("/run/netns") / netns), os.O_RDONLY)
        except OSError as error:
            raise LabError(f"no network namespace {netns}: {error.strerror}", "clearway lab up") from None
        try:
            if libc.setns(there, _CLONE_NEWNET) != 0:
                raise LabError(f"cannot enter network namespace {netns}: {os.strerror(ctypes.get_errno())}")
        finally:
            os.close(there)
        try:
            yield
        finally:
            libc.setns(home, _CLONE_NEWNET)
    finally:
        os.close(home)
