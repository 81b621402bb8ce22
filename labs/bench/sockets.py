"""Sockets in network namespaces, tuned alike for every arm of a bench.

The congestion control is named: the host's default differs between machines.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CONGESTION_CONTROL: Final = b"cubic"
NOTSENT_LOWAT_BYTES: Final = 65536
_CLONE_NEWNET: Final = 0x40000000
_TCP_NOTSENT_LOWAT: Final = 25


@contextlib.contextmanager
def namespace(name: str | None) -> Iterator[None]:
    """Sockets made inside belong to the named network namespace (None: this one). For single-threaded use."""
    if name is None:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(str(Path("/run/netns") / name), os.O_RDONLY)
    try:
        if libc.setns(there, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {name}")
        yield
    finally:
        libc.setns(home, _CLONE_NEWNET)
        os.close(home)
        os.close(there)


def tune(sock: socket.socket) -> None:
    """TCP_NODELAY (an image must not wait for an acknowledgement) and the congestion control of all arms."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_CONGESTION"):
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, CONGESTION_CONTROL)


def listen(address: str, port: int = 0) -> socket.socket:
    """A listening TCP socket."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tune(sock)
    sock.bind((address, port))
    sock.listen(256)
    return sock


def greedy_pair(listener: socket.socket, sender_in: str | None, address: str) -> tuple[socket.socket, socket.socket]:
    """A connection to the listener from an address in a namespace: its greedy sender, its receiver. Neither blocks."""
    with namespace(sender_in):
        sender = socket.socket()
    tune(sender)
    greedy(sender)
    sender.settimeout(20)
    sender.bind((address, 0))
    sender.connect(listener.getsockname())
    receiver, _ = listener.accept()
    for sock in (sender, receiver):
        sock.setblocking(False)
    return sender, receiver


def greedy(sock: socket.socket) -> None:
    """A sender that always has more, with little queued in the kernel beyond what is in flight."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 19)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, NOTSENT_LOWAT_BYTES)
