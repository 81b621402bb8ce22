"""What systemd is told, over a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.telemetry.liveness import Liveness
from controller.telemetry.notify import Notifier


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        yield listening


def heard(systemd: socket.socket, wanted: str) -> str:
    """The next datagram with these words in it."""
    while wanted not in (said := systemd.recv(4096).decode()):
        pass
    return said


def test_ready_watchdog_and_stopping_come_by_the_protocol(systemd: socket.socket) -> None:
    clock = Clock()
    liveness = Liveness(clock)
    notifier = Notifier(liveness, {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "20000"})
    notifier.ready("serving intents on\n127.0.0.1:50051")
    assert systemd.recv(4096) == b"READY=1\nSTATUS=serving intents on 127.0.0.1:50051"
    assert heard(systemd, "WATCHDOG") == "WATCHDOG=1"
    liveness.expect("follow", 60)
    clock.at = 61
    assert heard(systemd, "hung") == "STATUS=hung: follow"
    assert [systemd.recv(4096) for _ in range(3)] == [b"STATUS=hung: follow"] * 3  # and no WATCHDOG=1
    liveness.beat("follow")
    assert heard(systemd, "WATCHDOG") == "WATCHDOG=1"
    notifier.stopping()
    assert heard(systemd, "STOPPING") == "STOPPING=1\nSTATUS=draining"


def test_an_abstract_socket_is_found_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = f"clearway-test-{os.getpid()}"
        listening.bind("\0" + name)
        listening.settimeout(10)
        Notifier(Liveness(), {"NOTIFY_SOCKET": f"@{name}"}).ready("here")
        assert listening.recv(4096) == b"READY=1\nSTATUS=here"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NOTIFY_SOCKET": "/nowhere/at/all"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "20000", "WATCHDOG_PID": "1"},
    ],
)
def test_without_systemd_nothing_happens(environment: dict[str, str]) -> None:
    notifier = Notifier(Liveness(), environment)
    notifier.ready("here")
    assert not notifier._thread.is_alive()
    notifier.stopping()
