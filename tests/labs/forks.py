"""OLTs of the lab as forks of one process that has all their modules loaded, which starts them in a tenth of the time.

Each is a process of its own, killed and waited for like any other. `python -m labs.olt` itself is started where its
command line is what is tested, and by every lab that is brought up.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import IO

from tests.conftest import PATIENCE_S, REPO


class Fork:
    """One OLT, known by its pidfd. stdout: what it prints."""

    def __init__(self, arguments: Sequence[str], log: IO[str]) -> None:
        reading, writing = os.pipe()
        try:
            socket.send_fds(_parent(), [json.dumps(list(arguments)).encode()], [writing, log.fileno()])
            _, (self._process,), _, _ = socket.recv_fds(_parent(), 1, 1)
        finally:
            os.close(writing)
        self.stdout = os.fdopen(reading)

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended already."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, number)

    def wait(self) -> None:
        """Until it has ended."""
        assert select.select([self._process], [], [], PATIENCE_S)[0], "the OLT does not end"
        os.close(self._process)
        self.stdout.close()


@cache
def _parent() -> socket.socket:
    """The process that forks, reached by this socket; it ends when the socket is closed."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        subprocess.Popen(
            [sys.executable, "-m", "tests.labs.forking", str(there.fileno())],
            pass_fds=[there.fileno()],
            env={**os.environ, "PYTHONPATH": str(REPO)},
        )
    atexit.register(here.close)
    return here
