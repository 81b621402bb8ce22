"""What a switch says of its entries, its room and its masters reaches people: who did what to whom, and what to do."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from controller.openflow_listener import OpenFlowController
from intents.model.switch import COOKIE_PREFIX, FieldMatch, FlowEntry, Output, match
from labs.net import sandbox
from labs.net.sandbox import OvsSandbox
from southbound.driver import DeviceRefused
from southbound.openflow.driver import OpenFlowDriver
from tests.controller.raw_switch import RawSwitch
from tests.controller.test_openflow_app import KNOWN, QUICK, Heard, works
from tests.southbound.openflow.test_driver import added, apply, held, removed

DATAPATH = 0xC1EA08
COOKIE = COOKIE_PREFIX | 0xBEE
FLOWS = [
    FlowEntry(table=1, priority=p, match=match(FieldMatch("in_port", 1)), actions=(Output(2),), cookie=COOKIE)
    for p in range(1, 6)
]
FLOW_REMOVED, ROLE_STATUS = 11, 30


@pytest.fixture
def heard() -> Heard:
    """What the controller tells."""
    return Heard()


@pytest.fixture
def ovs(tmp_path: Path) -> Iterator[OvsSandbox]:
    """A bridge."""
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    with OvsSandbox(tmp_path, DATAPATH) as ovs:
        yield ovs


def entry_removed(cookie: int, table: int) -> bytes:
    """The body of an OFPT_FLOW_REMOVED of an entry for all packets (OpenFlow 1.4.0, 7.4.2)."""
    return struct.pack("!QHBBIIHHQQHH4x", cookie, 100, 2, table, 0, 0, 0, 0, 0, 0, 1, 4)


def test_an_entry_of_ours_that_somebody_removes_is_told_with_its_cookie(heard: Heard) -> None:
    with (
        OpenFlowController("127.0.0.1", 0, KNOWN, on_event=heard, settings=QUICK) as controller,
        closing(RawSwitch(controller.address)) as switch,
    ):
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        switch.send(FLOW_REMOVED, entry_removed(0x5EED, 3), 0)  # somebody else's: no business of ours
        switch.send(FLOW_REMOVED, entry_removed(COOKIE, 1), 0)
        event = heard.next()
        assert (event.kind, event.device, event.cookie) == ("flow-removed", "core-1", COOKIE)
        assert event.detail == f"table=1 priority=100 any cookie={COOKIE:#x}"
        switch.send(FLOW_REMOVED, b"\xff" * 12, 0)
        assert works(controller, 0xA, switch)


def test_somebody_who_empties_a_switch_keeps_nobody_busy(heard: Heard) -> None:
    with (
        OpenFlowController("127.0.0.1", 0, KNOWN, on_event=heard, settings=QUICK) as controller,
        closing(RawSwitch(controller.address)) as switch,
    ):
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        for table in range(200):
            switch.send(FLOW_REMOVED, entry_removed(COOKIE, table), 0)
        assert works(controller, 0xA, switch)
        switch.send(ROLE_STATUS, struct.pack("!IB3xQ", 3, 0, 7), 0)
        told = 0
        while heard.next().kind == "flow-removed":
            told += 1
        assert 32 <= told <= 64


def test_a_role_that_another_controller_took_is_told(heard: Heard) -> None:
    with (
        OpenFlowController("127.0.0.1", 0, KNOWN, on_event=heard, settings=QUICK) as controller,
        closing(RawSwitch(controller.address)) as switch,
    ):
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        switch.send(ROLE_STATUS, struct.pack("!IB3xQ", 3, 0, 7), 0)
        event = heard.next()
        assert (event.kind, event.device) == ("role", "core-1")
        assert event.detail == "another controller changed it: it takes us for slave"


@pytest.mark.lab
def test_open_vswitch_tells_what_somebody_else_removes_and_not_what_we_do(ovs: OvsSandbox, heard: Heard) -> None:
    with OpenFlowController("127.0.0.1", 0, {DATAPATH: "core-1"}, on_event=heard) as controller:
        ovs.dial(*controller.address)
        driver = OpenFlowDriver("core-1", DATAPATH, controller, term=1)
        apply(driver, added(FLOWS))
        assert heard.next().kind == "connected"
        apply(driver, removed(FLOWS[:4]))  # ours: nobody is told
        ovs.ofctl("del-flows")
        event = heard.next()
        assert (event.kind, event.cookie) == ("flow-removed", COOKIE)
        assert event.detail == f"table=1 priority=5 in_port=1 cookie={COOKIE:#x}"


@pytest.mark.lab
def test_open_vswitch_with_a_full_table_keeps_what_it_holds_and_says_how_much(ovs: OvsSandbox) -> None:
    limit = ("--", "--id=@t", "create", "Flow_Table", "flow_limit=3", "overflow_policy=refuse")
    ovs.vsctl(*limit, "--", "set", "bridge", "br0", "flow_tables:1=@t")
    with OpenFlowController("127.0.0.1", 0, {DATAPATH: "core-1"}) as controller:
        ovs.dial(*controller.address)
        ovs.ofctl("add-flow", "cookie=0x5eed,table=1,priority=900,actions=drop")
        driver = OpenFlowDriver("core-1", DATAPATH, controller, term=1)
        apply(driver, added(FLOWS[:1]))
        before = held(driver)
        with pytest.raises(DeviceRefused) as error:
            apply(driver, added(FLOWS[1:]), "t2")
        (diagnostic,) = error.value.diagnostics
        assert diagnostic.code == "switch-full"
        assert diagnostic.message == (
            "core-1 (datapath 0xc1ea08): its table 1 is full: it holds 2 flow entries, 1 of them Clearway's, and the "
            "change needs 4 more; nothing of the change is in effect"
        )
        assert held(driver) == before


@pytest.mark.lab
@pytest.mark.parametrize("version", ["OpenFlow13", "OpenFlow14"])
def test_of_two_controllers_the_later_one_is_master_and_the_other_gives_way(
    ovs: OvsSandbox, heard: Heard, version: str
) -> None:
    ovs.vsctl("set", "bridge", "br0", f"protocols={version}")
    with ExitStack() as stack:
        known = {DATAPATH: "core-1"}
        first, second = (
            stack.enter_context(OpenFlowController("127.0.0.1", 0, known, on_event=on)) for on in (heard, None)
        )
        addresses = ["tcp:{}:{}".format(*c.address) for c in (first, second)]
        ovs.vsctl("set-controller", "br0", *addresses)
        earlier = OpenFlowDriver("core-1", DATAPATH, first, term=100, deadline_s=15)
        later = OpenFlowDriver("core-1", DATAPATH, second, term=200, deadline_s=15)
        apply(earlier, added(FLOWS[:1]))
        assert heard.next().kind == "connected"
        assert held(later) == set(FLOWS[:1])  # a look costs nobody his role
        apply(earlier, added(FLOWS[1:2]), "t2")
        apply(later, added(FLOWS[2:3]))
        if version == "OpenFlow14":
            assert heard.next().kind == "role"
        for code in ("switch-slave", "switch-role-stale"):
            with pytest.raises(DeviceRefused, match=code):
                earlier.prepare(added(FLOWS[3:4]))
        assert held(earlier) == set(FLOWS[:3])
        assert earlier.probe().features == later.probe().features  # who may only look still knows what it can do
        apply(later, added(FLOWS[4:]), "t2")


@pytest.mark.lab
def test_controllers_that_share_a_switch_on_purpose_both_change_it(ovs: OvsSandbox) -> None:
    with ExitStack() as stack:
        both = [stack.enter_context(OpenFlowController("127.0.0.1", 0, {DATAPATH: "core-1"})) for _ in range(2)]
        ovs.vsctl("set-controller", "br0", *("tcp:{}:{}".format(*c.address) for c in both))
        for number in range(4):
            driver = OpenFlowDriver("core-1", DATAPATH, both[number % 2], deadline_s=15)
            apply(driver, added([FLOWS[number]]), f"t{number}")
        assert held(driver) == set(FLOWS[:4])
