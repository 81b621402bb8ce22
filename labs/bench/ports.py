"""Ports of this machine that nobody listens on now, for labs and services of a bench."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import ExitStack, suppress

from labs.runner.errors import LabError


def free_ports(count: int) -> list[int]:
    """So many, chosen by the system."""
    with ExitStack() as stack:
        return [_taken(stack, 0) for _ in range(count)]


def free_stretch(length: int, firsts: Iterable[int]) -> int:
    """The first port of so many in a row that are free. firsts: where such a row may begin, tried in turn. Raises
    LabError."""
    for first in firsts:
        with ExitStack() as stack, suppress(OSError):
            for port in range(first, first + length):
                _taken(stack, port)
            return first
    raise LabError("no ports are free on loopback", "end other labs")


def _taken(stack: ExitStack, port: int) -> int:
    """Listened on until the stack ends, so that it is not found twice; 0: any."""
    found: int = stack.enter_context(socket.create_server(("127.0.0.1", port))).getsockname()[1]
    return found
