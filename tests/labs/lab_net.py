"""What tests on real packets share: a lab of their own, and sockets that send and catch whole frames."""

from __future__ import annotations

import os
import select
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labs.net.hosts import INTERFACE
from labs.net.names import Names
from labs.net.netns import entered
from labs.net.record import Record

ETH_P_ALL = 3
PACKET_AUXDATA = 8
SOL_PACKET = 263

needs_a_lab = [
    pytest.mark.lab,
    pytest.mark.alone,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root for network namespaces"),
    pytest.mark.skipif(shutil.which("ovs-vswitchd") is None, reason="needs Open vSwitch"),
]


@contextmanager
def lab(folder: Path) -> Iterator[Record]:
    """A record of a lab of this test's own; everything is gone afterwards."""
    record = Record(Names.of(str(folder)), folder=folder / "records")
    try:
        yield record
    finally:
        record.undo()


class Wire:
    """A host's interface, frame by frame. Tags that the kernel took out are put back."""

    def __init__(self, netns: str, interface: str = INTERFACE) -> None:
        with entered(netns):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self._socket.bind((interface, ETH_P_ALL))
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)

    def send(self, frame: bytes) -> None:
        self._socket.send(frame)

    def frames(self, within_s: float) -> Iterator[bytes]:
        """Frames that arrive, until the time is up."""
        deadline = time.monotonic() + within_s
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left)[0]:
                return
            frame, auxiliary, _, address = self._socket.recvmsg(65536, 64)
            if address[2] == socket.PACKET_OUTGOING:
                continue
            for level, kind, data in auxiliary:
                if (level, kind) == (SOL_PACKET, PACKET_AUXDATA) and int.from_bytes(data[:4], "little") & 0x10:
                    tci, tpid = (int.from_bytes(data[i : i + 2], "little") for i in (16, 18))
                    frame = frame[:12] + (tpid or 0x8100).to_bytes(2) + tci.to_bytes(2) + frame[12:]
            yield frame

    def hears(self, payload: bytes, within_s: float = 2.0) -> bytes | None:
        """The first frame with that payload; None where none comes."""
        return next((f for f in self.frames(within_s) if payload in f), None)

    def close(self) -> None:
        self._socket.close()


def frame(to: str, source: str, payload: bytes, *tags: int, tpid: int = 0x8100) -> bytes:
    """An Ethernet frame; tags: TCIs, the outer one first."""
    addresses = bytes.fromhex(to.replace(":", "") + source.replace(":", ""))
    tagged = b"".join(tpid.to_bytes(2) + tci.to_bytes(2) for tci in tags)
    return (addresses + tagged + b"\x88\xb5" + payload).ljust(60, b"\0")
