"""Replays a day: one process, all sockets of all places, each in its network namespace.

    python -m labs.day.replay --hour-s 1 < flows.json

flows.json: a list of what plan.Flow says. Prints one JSON object: by number of flow what was sent and got in each hour,
the delays of packets (one clock for both ends), and how long each study took (null: it did not end in time).
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from labs.bench.sockets import greedy_pair, listen, namespace
from labs.day.profile import HOURS

UDP_PORT: Final = 6200
_MARK: Final = struct.Struct("!dII")  # when it was sent, of which flow, in which hour
_BLOCK: Final = 1 << 18
_DRAIN_S: Final = 2.0
_HELLOS: Final = 2
_HELLO_S: Final = 0.5
_ADDRESS: Final = {"sender": "address", "receiver": "to_address"}


@dataclass
class Seen:
    """What became of one flow. sent, got: bytes of payload by hour; packets: sent and got."""

    sent: list[int] = field(default_factory=lambda: [0] * HOURS)
    got: list[int] = field(default_factory=lambda: [0] * HOURS)
    packets_sent: int = 0
    delays: list[float] = field(default_factory=list)
    studies: list[float | None] = field(default_factory=list)


class Replay:
    """The day, in one epoll loop."""

    def __init__(self, flows: list[dict[str, Any]], hour_s: float) -> None:
        self.seen = [Seen() for _ in flows]
        self._flows, self._hour_s = flows, hour_s
        self._poll = select.epoll()
        self._heard: dict[int, Callable[[], None]] = {}
        self._open: list[socket.socket] = []
        self._block = os.memfd_create("day")
        os.ftruncate(self._block, _BLOCK)
        self._sink = bytearray(_BLOCK)
        self._ends: dict[tuple[str, str], socket.socket] = {}
        self._due: list[tuple[float, int, int, Callable[[float], float | None]]] = []
        self._turns = 0
        self.began = time.monotonic()
        _introduce(flows)
        for number, flow in enumerate(flows):
            self._add(number, flow)

    # --- the clock

    def hour(self, now: float) -> int:
        """Which hour of the day it is."""
        return min(int((now - self.began) / self._hour_s), HOURS - 1)

    def run(self) -> None:
        """All of the day, and what is still under way then."""
        self.began = time.monotonic()
        end = self.began + HOURS * self._hour_s
        while (now := time.monotonic()) < end + _DRAIN_S:
            while self._due and self._due[0][0] + self.began <= now < end:
                due, _, number, job = heapq.heappop(self._due)
                again = job(due)
                if again is not None:
                    self._at(again, number, job)
            wait = self._due[0][0] + self.began - now if self._due and now < end else 0.05
            for fd, _ in self._poll.poll(max(0.0, min(wait, 0.05))):
                heard = self._heard.get(fd)
                if heard is not None:
                    with suppress(BlockingIOError):
                        heard()

    def _at(self, due: float, number: int, job: Callable[[float], float | None]) -> None:
        self._turns += 1
        heapq.heappush(self._due, (due, self._turns, number, job))

    # --- kinds of flows

    def _add(self, number: int, flow: dict[str, Any]) -> None:
        if flow["pace"]:
            self._paced(number, flow)
        elif flow["study"]:
            for hour, busy in enumerate(flow["busy"]):
                if busy >= 0.5:
                    # Not all rooms at the same moment: spread over the hour by their order.
                    begin = (hour + number * 0.37 % 0.8) * self._hour_s
                    self._at(begin, number, lambda _due, n=number, f=flow: self._study(n, f))  # type: ignore[misc]
        else:
            self._taking(number, flow)

    def _udp(self, netns: str, address: str) -> socket.socket:
        if (netns, address) not in self._ends:
            with namespace(netns):
                sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((address, UDP_PORT))
            sock.setblocking(False)
            self._ends[netns, address] = sock
            self._hear(sock, lambda: self._packet(sock))
        return self._ends[netns, address]

    def _paced(self, number: int, flow: dict[str, Any]) -> None:
        out = self._udp(flow["sender"], flow["address"])
        self._udp(flow["receiver"], flow["to_address"])
        to = (flow["to_address"], UDP_PORT)
        seen, size, every = self.seen[number], int(flow["size"]), 1 / float(flow["pace"])
        filling = bytes(max(0, size - _MARK.size))

        def send(due: float) -> float:
            now = time.monotonic()
            hour = self.hour(now)
            busy: float = flow["busy"][hour]
            if not busy:
                return (hour + 1) * self._hour_s
            with suppress(BlockingIOError):
                out.sendto(_MARK.pack(now, number, hour) + filling, to)
            seen.sent[hour] += size
            seen.packets_sent += 1
            return due + every / busy

        self._at(number * 0.61803 % 1 * every, number, send)

    def _packet(self, sock: socket.socket) -> None:
        while True:
            data = sock.recv(2048)
            if len(data) < _MARK.size:
                continue  # somebody introduced himself
            sent, number, hour = _MARK.unpack_from(data)
            seen = self.seen[number]
            seen.delays.append(time.monotonic() - sent)
            seen.got[hour] += len(data)

    def _study(self, number: int, flow: dict[str, Any]) -> None:
        seen, left = self.seen[number], flow["study"]
        seen.studies.append(None)
        place, began = len(seen.studies) - 1, time.monotonic()
        seen.sent[self.hour(began)] += left
        sender, receiver = self._connected(flow)

        def send() -> None:
            nonlocal left
            while left:
                left -= os.sendfile(sender.fileno(), self._block, 0, min(left, _BLOCK))
            self._close(sender)

        def hear() -> None:
            while True:
                count = receiver.recv_into(self._sink, _BLOCK, socket.MSG_TRUNC)
                if not count:
                    seen.studies[place] = time.monotonic() - began
                    self._close(receiver)
                    return
                seen.got[self.hour(time.monotonic())] += count

        self._hear(sender, send, select.EPOLLOUT)
        self._hear(receiver, hear)

    def _taking(self, number: int, flow: dict[str, Any]) -> None:
        """TCP that takes what it gets, in the hours in which it is at work, by as many flows as it is busy."""
        seen = self.seen[number]
        for part in range(flow["flows"]):
            sender, receiver = self._connected(flow)
            hours = [busy * flow["flows"] > part for busy in flow["busy"]]

            def send(sock: socket.socket = sender, hours: list[bool] = hours) -> None:
                if not hours[self.hour(time.monotonic())]:
                    self._poll.modify(sock.fileno(), 0)
                    return
                os.sendfile(sock.fileno(), self._block, 0, _BLOCK)

            def hear(sock: socket.socket = receiver) -> None:
                seen.got[self.hour(time.monotonic())] += sock.recv_into(self._sink, _BLOCK, socket.MSG_TRUNC)

            self._hear(sender, send, select.EPOLLOUT)
            self._hear(receiver, hear)
            for hour in range(HOURS):
                if hours[hour]:
                    self._at(hour * self._hour_s, number, lambda _due, s=sender: self._wake(s))  # type: ignore[misc]

    def _wake(self, sock: socket.socket) -> None:
        self._poll.modify(sock.fileno(), select.EPOLLOUT)

    # --- sockets

    def _connected(self, flow: dict[str, Any]) -> tuple[socket.socket, socket.socket]:
        with namespace(flow["receiver"]):
            listener = listen(flow["to_address"])
        pair = greedy_pair(listener, flow["sender"], flow["address"])
        listener.close()
        return pair

    def _hear(self, sock: socket.socket, job: Callable[[], None], event: int = select.EPOLLIN) -> None:
        self._heard[sock.fileno()] = job
        self._open.append(sock)
        self._poll.register(sock.fileno(), event)

    def _close(self, sock: socket.socket) -> None:
        self._poll.unregister(sock.fileno())
        del self._heard[sock.fileno()]
        sock.close()


def _introduce(flows: list[dict[str, Any]]) -> None:
    """Everybody says something to whom he will talk to: the gateway learns whom it has heard, and nobody is reached
    before."""
    for _ in range(_HELLOS):
        for here, there in (("sender", "to_address"), ("receiver", "address")):
            for netns, address, to in {(f[here], f[_ADDRESS[here]], f[there]) for f in flows}:
                with namespace(netns), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, suppress(OSError):
                    sock.bind((address, 0))
                    sock.sendto(b"", (to, UDP_PORT))
        time.sleep(_HELLO_S)


def main() -> None:
    """The whole day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hour-s", type=float, default=1.0)
    options = parser.parse_args()
    replay = Replay(json.loads(sys.stdin.read()), options.hour_s)
    replay.run()
    found = [
        {
            "sent": seen.sent,
            "got": seen.got,
            "packets": seen.packets_sent,
            "delays": [round(d * 1000, 3) for d in seen.delays],
            "studies": seen.studies,
        }
        for seen in replay.seen
    ]
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
