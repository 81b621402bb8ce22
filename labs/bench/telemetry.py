"""A paced telemetry stream beside the load: UDP, one packet each 10 ms; its loss and delay.

    python -m labs.bench.telemetry --from NETNS ADDRESS --to NETNS ADDRESS [--seconds 300]

Both ends are in this process, so one clock tells the one-way delay. Ends on SIGTERM; prints JSON.
"""

from __future__ import annotations

import argparse
import json
import select
import signal
import socket
import struct
import sys
import time

from labs.bench.sockets import namespace

PERIOD_S = 0.01
SIZE_BYTES = 200
PORT = 6100
_DRAIN_S = 0.5


def _udp(netns: str | None, address: str) -> socket.socket:
    with namespace(netns):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, PORT))
    return sock


def main() -> None:
    """Send, receive, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="sender", nargs=2, required=True)
    parser.add_argument("--to", nargs=2, required=True)
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    out, into = _udp(*options.sender), _udp(*options.to)
    delays: list[float] = []
    sent = 0
    started = due = time.monotonic()
    until = None
    while until is None or time.monotonic() < until:
        now = time.monotonic()
        if until is None and (ended or now - started > options.seconds):
            until = now + _DRAIN_S
        if until is None and now >= due:
            out.sendto(struct.pack("d", now).ljust(SIZE_BYTES, b"\0"), (options.to[1], PORT))
            sent += 1
            due += PERIOD_S
        ready, _, _ = select.select([into], [], [], max(0.0, min(due - now, 0.05)) if until is None else 0.05)
        if ready:
            delays.append(time.monotonic() - struct.unpack("d", into.recv(SIZE_BYTES)[:8])[0])
    delays.sort()
    figures = {
        "sent": sent,
        "loss_percent": round(100 * (1 - len(delays) / sent), 3) if sent else 0.0,
        "p50_ms": round(delays[len(delays) // 2] * 1000, 2) if delays else None,
        "p99_ms": round(delays[min(int(len(delays) * 0.99), len(delays) - 1)] * 1000, 2) if delays else None,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
