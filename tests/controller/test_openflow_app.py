"""The os-ken application: who may connect, who is let go, and that nobody's fault is another's."""

from __future__ import annotations

import queue
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from controller.openflow_door import Settings
from controller.openflow_listener import OpenFlowController, SwitchEvent
from southbound.driver import DeviceUnreachable
from southbound.openflow.channel import LAST_XID, ChannelLost, ChannelSilent
from tests.conftest import PATIENCE_S
from tests.controller.raw_switch import RawSwitch, port

KNOWN = {0xA: "core-1", 0xB: "core-2"}
QUICK = Settings(handshake_s=0.3, echo_interval_s=0.3, dead_after_s=0.8)
GARBAGE = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x05\x00\x00\x03\x00\x00\x00\x01",  # shorter than its own header
    b"\x05\x00\x00\x10\x00\x00\x00\x01" + b"\xff" * 8,  # a hello element of nonsense length
    b"\x05\x13\x00\x09\x00\x00\x00\x01\x00",  # a multipart reply cut short, before any hello
    bytes(range(256)) * 8,
]


class Heard:
    """Events, in order, with a deadline on each."""

    def __init__(self) -> None:
        self._events: queue.Queue[SwitchEvent] = queue.Queue()

    def __call__(self, event: SwitchEvent) -> None:
        self._events.put(event)

    def next(self) -> SwitchEvent:
        """The next event."""
        return self._events.get(timeout=PATIENCE_S)


@pytest.fixture
def heard() -> Heard:
    """What the controller tells."""
    return Heard()


@pytest.fixture
def controller(heard: Heard) -> Iterator[OpenFlowController]:
    """A controller on a free port that leaves no thread behind."""
    before = threading.active_count()
    with OpenFlowController("127.0.0.1", 0, KNOWN, on_event=heard, settings=QUICK) as controller:
        yield controller
    assert threading.active_count() == before


def works(controller: OpenFlowController, datapath_id: int, switch: RawSwitch) -> bool:
    """Whether a barrier goes there and back."""
    channel = controller.channel(datapath_id, 5)
    answering = threading.Thread(target=switch.answer_barrier)
    answering.start()
    channel.transact([], 5)
    answering.join()
    return True


@pytest.mark.parametrize("version", [4, 5])
def test_a_known_switch_gets_a_session(controller: OpenFlowController, heard: Heard, version: int) -> None:
    with closing(RawSwitch(controller.address, version=version)) as switch:
        switch.handshake(0xA)
        event = heard.next()
        assert (event.kind, event.device, event.detail) == ("connected", "core-1", f"OpenFlow 1.{version - 1}")
        assert works(controller, 0xA, switch)
        assert controller.connected == {0xA}
    assert heard.next().kind == "disconnected"
    assert controller.connected == frozenset()


def test_an_unknown_datapath_id_is_refused(controller: OpenFlowController, heard: Heard) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0x666)
        event = heard.next()
        assert (event.kind, event.datapath_id) == ("refused", 0x666)
        assert switch.hung_up()
    with pytest.raises(DeviceUnreachable, match="no switch of the campus"):
        controller.channel(0x666, 0)


def test_the_second_switch_with_a_datapath_id_is_refused_and_the_first_stays(
    controller: OpenFlowController, heard: Heard
) -> None:
    with closing(RawSwitch(controller.address)) as first, closing(RawSwitch(controller.address)) as second:
        first.handshake(0xA)
        assert heard.next().kind == "connected"
        second.handshake(0xA)
        assert heard.next().kind == "refused"
        assert second.hung_up()
        assert works(controller, 0xA, first)


def test_a_switch_that_the_campus_no_longer_names_is_let_go(controller: OpenFlowController, heard: Heard) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        controller.expect({0xB: "core-2"})
        assert switch.hung_up()
        assert heard.next().kind == "disconnected"


@pytest.mark.parametrize("piece", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_ends_its_own_session_and_no_other(controller: OpenFlowController, heard: Heard, piece: bytes) -> None:
    with closing(RawSwitch(controller.address)) as good, closing(RawSwitch(controller.address)) as bad:
        good.handshake(0xA)
        assert heard.next().kind == "connected"
        bad.socket.sendall(piece)
        assert bad.hung_up()
        assert works(controller, 0xA, good)


def test_garbage_of_an_established_switch_ends_its_session(controller: OpenFlowController, heard: Heard) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        switch.send(12, b"\0" * 3)  # a port status that is too short
        assert switch.hung_up()
        assert heard.next().kind == "disconnected"


def test_a_stranger_who_says_nothing_is_let_go_at_the_deadline(controller: OpenFlowController) -> None:
    with closing(RawSwitch(controller.address)) as mute, closing(RawSwitch(controller.address)) as slow:
        slow.socket.sendall(b"\x05\x00\x00")  # three bytes of a header
        assert mute.hung_up()
        assert slow.hung_up()


def test_a_switch_that_falls_silent_is_let_go(controller: OpenFlowController, heard: Heard) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        switch.expect(2)  # asked for an echo, and does not answer
        assert switch.hung_up()
        assert "silent" in heard.next().detail


def test_a_transaction_ends_when_the_switch_hangs_up(controller: OpenFlowController, heard: Heard) -> None:
    switch = RawSwitch(controller.address)
    switch.handshake(0xA)
    assert heard.next().kind == "connected"
    channel = controller.channel(0xA, 5)
    threading.Timer(0.1, switch.close).start()
    with pytest.raises(ChannelLost):
        channel.transact([], 5)
    assert not channel.alive


def test_a_switch_that_never_ends_its_answer_is_let_go_and_may_come_again(
    controller: OpenFlowController, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("southbound.openflow.channel._MOST_BYTES", 500_000)
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"

        def flood() -> None:
            xid = switch.expect(18)
            with suppress(OSError):
                while True:
                    switch.send(19, struct.pack("!HH4x", 1, 1) + bytes(60_000), xid)  # and more to come

        flooding = threading.Thread(target=flood)
        flooding.start()
        channel = controller.channel(0xA, 5)
        request = struct.pack("!BBHIHH4x", channel.version, 18, 16, channel.next_xid(), 13, 0)
        with pytest.raises(ChannelLost, match="more than anybody asked for"):
            channel.transact([request], 5)
        assert "more than anybody asked for" in heard.next().detail
        flooding.join()
    with closing(RawSwitch(controller.address)) as again:
        again.handshake(0xA)
        assert heard.next().kind == "connected"
        assert works(controller, 0xA, again)


def test_a_switch_that_does_not_read_delays_no_other(controller: OpenFlowController, heard: Heard) -> None:
    with closing(RawSwitch(controller.address)) as slow, closing(RawSwitch(controller.address)) as good:
        slow.handshake(0xA)
        good.handshake(0xB)
        assert {heard.next().device, heard.next().device} == {"core-1", "core-2"}
        echo = struct.pack("!BBHI", 5, 2, 65000, 9) + bytes(64992)
        with pytest.raises((ChannelSilent, ChannelLost)):
            controller.channel(0xA, 5).transact([echo] * 400, 0.3)
        assert works(controller, 0xB, good)


def test_a_port_that_changes_is_told(controller: OpenFlowController, heard: Heard) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        switch.send(12, struct.pack("!B7x", 2) + port(3))
        event = heard.next()
        assert (event.kind, event.detail) == ("port", "3")


@pytest.mark.parametrize("xid", [0x8000_0005, 0x5005], ids=["to another application", "to nobody"])
def test_an_answer_that_is_not_ours_costs_nothing(controller: OpenFlowController, heard: Heard, xid: int) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        switch.send(19, b"\xff" * 40, xid)
        assert works(controller, 0xA, switch)


def test_an_error_of_another_application_during_the_handshake_costs_nothing(
    controller: OpenFlowController, heard: Heard
) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        refused = struct.pack("!BBHI", 5, 14, 56, 0x8000_0009) + bytes(48)  # its flow_mod
        switch.send(1, struct.pack("!HH", 5, 1) + refused, 0x8000_0009)
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        assert works(controller, 0xA, switch)


def test_whoever_sends_much_waits_for_the_switch_and_does_not_lose_it(
    controller: OpenFlowController, heard: Heard
) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        session = controller._connected[0xA]
        many = 3000

        def send() -> None:
            for _ in range(many):
                session.send_msg(session.ofproto_parser.OFPBarrierRequest(session))

        sending = threading.Thread(target=send)
        sending.start()
        for _ in range(many):
            switch.expect(20)
        sending.join()
        assert works(controller, 0xA, switch)


def test_packets_that_nobody_asked_for_cost_nothing(controller: OpenFlowController, heard: Heard) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        for _ in range(1000):
            switch.send(10, b"\xff" * 60, 0)
        assert works(controller, 0xA, switch)


def test_another_application_uses_other_transaction_identifiers_than_we(
    controller: OpenFlowController, heard: Heard
) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        session = controller._connected[0xA]
        session.send_msg(session.ofproto_parser.OFPBarrierRequest(session))
        theirs = switch.expect(20)
        assert theirs > LAST_XID >= controller.channel(0xA, 5).next_xid()


def test_a_switch_of_another_version_is_not_waited_for(controller: OpenFlowController) -> None:
    with closing(RawSwitch(controller.address, version=1)) as switch:
        switch.send(0)
        assert switch.hung_up()


def test_an_address_that_is_taken_is_an_error_that_says_so(controller: OpenFlowController) -> None:
    host, number = controller.address
    with pytest.raises(DeviceUnreachable, match=f"tcp:{host}:{number}.*another Clearway controller"):
        OpenFlowController(host, number).start()


def test_two_controllers_in_a_process_do_not_mix(controller: OpenFlowController, heard: Heard) -> None:
    elsewhere = Heard()
    with (
        OpenFlowController("127.0.0.1", 0, {0xA: "other"}, on_event=elsewhere, settings=QUICK) as second,
        closing(RawSwitch(controller.address)) as a,
        closing(RawSwitch(second.address)) as b,
    ):
        a.handshake(0xA)
        assert heard.next().device == "core-1"
        b.handshake(0xA)
        assert elsewhere.next().device == "other"
        assert works(controller, 0xA, a)
        assert works(second, 0xA, b)
    with closing(RawSwitch(controller.address)) as again:
        again.handshake(0xB)
        assert any(heard.next().device == "core-2" for _ in range(2))


def test_a_controller_starts_again_where_it_stopped(controller: OpenFlowController, heard: Heard) -> None:
    address = controller.address
    with closing(RawSwitch(address)) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        controller.stop()
        controller.stop()
        assert switch.hung_up()
    assert heard.next().kind == "disconnected"
    with (
        OpenFlowController(*address, KNOWN, on_event=heard, settings=QUICK) as again,
        closing(RawSwitch(again.address)) as switch,
    ):
        switch.handshake(0xA)
        assert heard.next().kind == "connected"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")
def test_a_thousand_reconnects_leave_no_thread_and_no_descriptor(controller: OpenFlowController, heard: Heard) -> None:
    def held() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    def reconnect(number: int) -> None:
        switch = RawSwitch(controller.address)
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        if number % 3 == 0:  # as a switch that loses power: no goodbye
            switch.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        switch.close()
        assert heard.next().kind == "disconnected"

    reconnect(1)
    before = held()
    for number in range(1_000):
        reconnect(number)
    deadline = time.monotonic() + 5
    while held() > before:
        assert time.monotonic() < deadline, f"{held()} threads and descriptors where there were {before}"
        time.sleep(0.02)


def test_a_handler_of_events_that_fails_fails_alone(heard: Heard) -> None:
    def failing(event: SwitchEvent) -> None:
        heard(event)
        raise ValueError(event)

    with OpenFlowController("127.0.0.1", 0, KNOWN, on_event=failing, settings=QUICK) as controller:
        for datapath_id in KNOWN:
            switch = RawSwitch(controller.address)
            switch.handshake(datapath_id)
            assert heard.next().kind == "connected"
            switch.close()
            assert heard.next().kind == "disconnected"
