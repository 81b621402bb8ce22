"""Unix sockets where a folder's path is longer than the 104 to 108 bytes that the kernel takes as a name."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path


def bound(path: Path) -> socket.socket:
    """A stream socket with this name, in place of one that a killed process left. Raises OSError.

    The name that the kernel sees is the last part alone: the socket is bound from within its folder. For a program's
    start, when no other thread yet goes by relative paths.
    """
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with contextlib.chdir(path.parent):
            Path(path.name).unlink(missing_ok=True)
            found.bind(path.name)
    except OSError:
        found.close()
        raise
    return found
