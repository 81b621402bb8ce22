"""python -m tests.labs.forking SOCKET: the process that forks OLTs. An order is an OLT's arguments, with its stdout and
stderr; the answer is its pidfd. It ends when the socket is closed at the other end; OLTs that still run stay."""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from contextlib import suppress

from labs.olt.__main__ import main

_LONGEST = 65536


def serve(orders: socket.socket) -> None:
    gc.freeze()  # so that no fork copies what it only looks at
    while True:
        order, files, _, _ = socket.recv_fds(orders, _LONGEST, 2)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not order:
            return
        pid = os.fork()
        if pid == 0:
            for file, number in zip(files, (1, 2), strict=True):
                os.dup2(file, number)
            os.closerange(3, max(*files, orders.fileno()) + 1)
            sys.argv[1:] = json.loads(order)
            sys.exit(main())
        process = os.pidfd_open(pid)
        socket.send_fds(orders, [b"0"], [process])
        for file in (*files, process):
            os.close(file)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
