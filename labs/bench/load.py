"""Greedy TCP flows between places: prefetch, backup, guests, updates. One process, all sockets, little processor.

    python -m labs.bench.load < flows.json

flows.json: [{"from": NETNS, "address": A, "to": NETNS, "to_address": B, "flows": N, "name": "backup"}, ...].
Prints a JSON line each second: Mbit/s a name. Ends on SIGTERM or after --seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

from labs.bench.sockets import greedy_pair, listen, namespace

_BLOCK = 1 << 18


class Load:
    """All flows in one epoll loop: senders by sendfile from memory, receivers by truncating reads."""

    def __init__(self, flows: list[dict[str, Any]]) -> None:
        self._poll = select.epoll()
        self._senders: dict[int, socket.socket] = {}
        self._receivers: dict[int, tuple[socket.socket, str]] = {}
        self._block = os.memfd_create("load")
        os.ftruncate(self._block, _BLOCK)
        self._sink = bytearray(_BLOCK)
        self.received: dict[str, int] = {}
        for flow in flows:
            self._open(flow)

    def _open(self, flow: dict[str, Any]) -> None:
        with namespace(flow["to"]):
            listener = listen(flow["to_address"])
        self.received.setdefault(flow["name"], 0)
        for _ in range(flow["flows"]):
            sender, receiver = greedy_pair(listener, flow["from"], flow["address"])
            self._senders[sender.fileno()] = sender
            self._receivers[receiver.fileno()] = (receiver, flow["name"])
            self._poll.register(sender.fileno(), select.EPOLLOUT)
            self._poll.register(receiver.fileno(), select.EPOLLIN)
        listener.close()

    def turn(self) -> None:
        """One round of the loop, at most half a second."""
        for fd, _ in self._poll.poll(0.5):
            try:
                if fd in self._receivers:
                    sock, name = self._receivers[fd]
                    self.received[name] += sock.recv_into(self._sink, _BLOCK, socket.MSG_TRUNC)
                else:
                    os.sendfile(fd, self._block, 0, _BLOCK)
            except BlockingIOError:
                continue


def main() -> None:
    """Run until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    load = Load(json.loads(sys.stdin.read()))
    started = last = time.monotonic()
    before = dict(load.received)
    while not ended and time.monotonic() - started < options.seconds:
        load.turn()
        now = time.monotonic()
        if now - last >= 1:
            rates = {k: round((v - before[k]) * 8 / 1e6 / (now - last), 1) for k, v in load.received.items()}
            sys.stdout.write(json.dumps(rates) + "\n")
            sys.stdout.flush()
            before, last = dict(load.received), now


if __name__ == "__main__":
    main()
