"""Eyes on real sockets: what differs is seen; who is slow, silent or talks nonsense takes nothing from the others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import pytest

from controller.openflow_door import Settings as DoorSettings
from controller.openflow_listener import OpenFlowController
from controller.service.reconcile.eye import Eye
from controller.service.reconcile.eyes import Eyes
from controller.service.reconcile.settings import Settings
from intents.model.state import Difference, Observation
from intents.model.switch import FieldMatch, FlowEntry, Output, match
from southbound.openflow.change import message
from southbound.openflow.dialect import dialect
from southbound.openflow.driver import OpenFlowDriver
from tests.endtoend.site import eventually
from tests.southbound.soft_switch import SoftSwitch

QUICK = Settings(glance_s=0.05, backoff_s=0.05, most_backoff_s=0.2)
NAMES = {number: f"core-{number}" for number in range(1, 9)}
FLOW = FlowEntry(table=1, priority=5, match=match(FieldMatch("in_port", 1)), actions=(Output(2),))


class Watched:
    """Switches that are looked at. epoch: of the network, for the test to turn."""

    def __init__(self, folder: Path, stack: ExitStack, settings: Settings = QUICK) -> None:
        self.epoch = 0
        doors = DoorSettings(handshake_s=1, echo_interval_s=0.3, dead_after_s=1.5)
        self.controller = stack.enter_context(OpenFlowController("127.0.0.1", 0, NAMES, settings=doors))
        self.switches = {n: stack.enter_context(SoftSwitch(n, control=folder / f"{n}")) for n in NAMES}
        for switch in self.switches.values():
            switch.dial(*self.controller.address)
        self.eyes = Eyes(settings, lambda: self.epoch, lambda: None, Random(0))  # noqa: S311 - jitter
        self.eyes.start()
        stack.callback(self.eyes.close)
        drivers = {name: [OpenFlowDriver(name, n, self.controller, deadline_s=1)] for n, name in NAMES.items()}
        self.eyes.watch(drivers)

    def put(self, number: int, flow: FlowEntry = FLOW) -> None:
        """As another controller would."""
        frame = message(dialect(), Difference(key=flow.key, before=None, after=flow))
        self.switches[number].order(cmd="change", frame=frame.hex())

    def take(self, number: int, flow: FlowEntry = FLOW) -> None:
        """Away again."""
        frame = message(dialect(), Difference(key=flow.key, before=flow, after=None))
        self.switches[number].order(cmd="change", frame=frame.hex())

    def holds(self, number: int, flow: FlowEntry = FLOW) -> bool:
        """Whether it was seen."""
        seen = self.eyes.sights()[NAMES[number]].seen
        return seen is not None and flow.key in seen.state.objects

    def away(self) -> set[int]:
        """Who cannot be read."""
        sights = self.eyes.sights()
        return {n for n, name in NAMES.items() if sights[name].away}


@contextmanager
def watching(folder: Path) -> Iterator[Watched]:
    with ExitStack() as stack:
        watched = Watched(folder, stack)
        assert eventually(lambda: all(s.seen is not None for s in watched.eyes.sights().values()))
        yield watched


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watching(tmp_path_factory.mktemp("eyes")) as made:
        yield made


class MeddledWith(OpenFlowDriver):
    """Somebody changes the switch just before it is read, and mends it just after."""

    meddle: Callable[[], None]
    mend: Callable[[], None] = staticmethod(lambda: None)

    def observe_and_glance(self) -> tuple[Observation, str]:
        self.meddle()
        seen = super().observe_and_glance()
        self.mend()
        return seen


def test_what_changes_during_a_reading_and_is_changed_back_before_the_next_look_is_read_again(watched: Watched) -> None:
    driver = MeddledWith(NAMES[2], 2, watched.controller, deadline_s=1)
    driver.meddle = lambda: watched.put(2)
    eye = Eye(NAMES[2], [driver])
    drifted = eye.look(whole=False).observed
    assert drifted is not None
    assert FLOW.key in drifted.state.objects
    watched.take(2)
    driver.meddle = lambda: None
    mended = eye.look(whole=False).observed
    assert mended is not None
    assert FLOW.key not in mended.state.objects
    assert eye.look(whole=False).observed is None


def test_what_is_there_during_a_reading_only_is_not_taken_for_what_is_there(watched: Watched) -> None:
    driver = MeddledWith(NAMES[2], 2, watched.controller, deadline_s=1)
    driver.meddle, driver.mend = (lambda: watched.put(2)), (lambda: watched.take(2))
    eye = Eye(NAMES[2], [driver])
    drifted = eye.look(whole=False).observed
    assert drifted is not None
    assert FLOW.key in drifted.state.objects
    driver.meddle = driver.mend = lambda: None
    mended = eye.look(whole=False).observed
    assert mended is not None
    assert FLOW.key not in mended.state.objects
    assert eye.look(whole=False).observed is None


def test_a_change_is_seen_and_what_only_counts_packets_is_none(watched: Watched) -> None:
    number = watched.eyes.sights()["core-1"].number
    watched.put(1)
    assert eventually(lambda: watched.holds(1))
    assert watched.eyes.sights()["core-1"].number > number
    before = {name: s.number for name, s in watched.eyes.sights().items()}
    for _ in range(3):
        watched.eyes.poke()
    assert {name: s.number for name, s in watched.eyes.sights().items()} == before


def test_while_a_change_is_under_way_nobody_is_looked_at(watched: Watched) -> None:
    watched.epoch += 1
    looks = watched.eyes._watched.values()  # one that is under way may still see what comes
    assert eventually(lambda: not any(look.busy for look in looks))
    watched.put(2)
    assert not eventually(lambda: watched.holds(2), within_s=0.5)
    watched.epoch += 1
    watched.eyes.poke()
    assert eventually(lambda: watched.holds(2))
    assert eventually(lambda: {s.epoch for s in watched.eyes.sights().values()} == {watched.epoch})


def test_most_switches_hang_and_the_others_are_seen_as_ever_by_no_more_threads(watched: Watched) -> None:
    hanging = set(NAMES) - {3, 4}
    for number in hanging:
        watched.switches[number].order(cmd="misbehave", fault="hang", on="read", times=0)
    assert eventually(lambda: watched.away() == hanging)
    for turn in range(5):
        flow = FlowEntry(table=2, priority=turn, match=(), actions=(Output(1),))
        watched.put(3, flow)
        assert eventually(lambda flow=flow: watched.holds(3, flow))  # type: ignore[misc]
    assert sum(t.name.startswith("eyes") for t in threading.enumerate()) <= 1 + 12 + 4
    for number in hanging:
        watched.switches[number].order(cmd="behave")
    assert eventually(lambda: not watched.away())


def test_strangers_with_random_short_and_slow_bytes_are_shown_out_and_nobody_else_notices(watched: Watched) -> None:
    random = Random(11)  # noqa: S311 - bytes for a test
    sockets = [socket.create_connection(watched.controller.address, timeout=5) for _ in range(60)]
    for index, sock in enumerate(sockets):
        if index % 3:  # the others say nothing at all
            size = 1 if index % 3 == 1 else random.randrange(1, 5000)
            sock.sendall(random.randbytes(size))
    watched.put(5)
    assert eventually(lambda: watched.holds(5))
    for sock in sockets:
        with sock:
            while _received(sock):
                pass  # until it is closed, at the handshake's deadline at the latest
    assert not watched.away()


def test_a_switch_that_never_ends_a_message_is_let_go(watched: Watched) -> None:
    """A byte now and then is no sign of life: a message that has begun must end."""
    watched.switches[8].stop()
    assert eventually(lambda: 8 not in watched.controller.connected)
    with socket.create_connection(watched.controller.address, timeout=5) as sock:
        talk = dialect()
        sock.sendall(bytes([talk.version, 0, 0, 8, 0, 0, 0, 1]))
        xid = _request_of(sock, kind=5)
        features = (8).to_bytes(8, "big") + bytes(16)
        sock.sendall(bytes([talk.version, 6, 0, 32]) + xid + features)
        xid = _request_of(sock, kind=18)  # for its ports: it has none
        sock.sendall(bytes([talk.version, 19, 0, 16]) + xid + (13).to_bytes(2, "big") + bytes(6))
        assert eventually(lambda: 8 in watched.controller.connected)

        def drips() -> bool:
            try:
                sock.sendall(b"\x05")
            except OSError:
                return True
            return 8 not in watched.controller.connected

        assert eventually(drips)
    watched.switches[8].start()
    assert eventually(lambda: not watched.away())


def _received(sock: socket.socket) -> bytes:
    try:
        return sock.recv(4096)
    except ConnectionError:
        return b""


def _request_of(sock: socket.socket, kind: int) -> bytes:
    """The transaction identifier of the next message of a kind."""
    buffer = b""
    while True:
        buffer += sock.recv(4096)
        while len(buffer) >= 8 and len(buffer) >= (length := int.from_bytes(buffer[2:4], "big")):
            frame, buffer = buffer[:length], buffer[length:]
            if frame[1] == kind:
                return frame[4:8]
