"""What an earlier leader sends late is refused by the device itself: an OLT, a switch's tables, a switch's database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from controller.openflow_listener import OpenFlowController
from intents.model.state import Difference
from intents.model.switch import COOKIE_PREFIX, FlowEntry, PortQueue
from labs.net import sandbox
from labs.net.sandbox import OvsSandbox
from southbound.driver import DeviceError, DeviceRefused, OutcomeUnknown
from southbound.openflow.driver import OpenFlowDriver
from southbound.ovsdb.driver import OvsdbDriver
from tests.southbound.netconf.olts import NOTHING, ONE, TWO, Start, between, carry_out, driver_of, held, start
from tests.southbound.soft_switch import SoftSwitch

__all__ = ["start"]

DATAPATH = 0xC1EA07
FLOW = FlowEntry(table=0, priority=7, match=(), actions=(), cookie=COOKIE_PREFIX)
QUEUE = PortQueue(port=1, queue_id=5, min_rate_bps=4_000_000, max_rate_bps=10_000_000, priority=2)


def test_an_olt_that_was_locked_by_a_leader_who_stands_still_is_taken_from_him(start: Start) -> None:
    olt = start()
    before, after = driver_of(olt), driver_of(olt)
    before.prepare(between(NOTHING, ONE))  # and here it stands still
    after.fence({before.session})
    carry_out(after, between(NOTHING, TWO), "t8-next")
    with pytest.raises((OutcomeUnknown, DeviceError)):
        before.commit("t7-late", 60)
    assert held(olt).objects == TWO.objects
    before.close()
    after.close()


def test_what_he_committed_is_taken_back_and_he_cannot_confirm_it(start: Start) -> None:
    olt = start()
    before, after = driver_of(olt), driver_of(olt)
    before.prepare(between(NOTHING, ONE))
    before.commit("t7-late", 60)
    after.fence({before.session})
    after.revert("t7-late")
    with pytest.raises(DeviceError):
        before.confirm("t7-late")
    assert held(olt).objects == NOTHING.objects
    before.close()
    after.close()


def test_a_session_of_somebody_else_is_not_ended(start: Start) -> None:
    olt = start()
    other, after = driver_of(olt), driver_of(olt)
    other.prepare(between(NOTHING, ONE))
    with pytest.raises(DeviceRefused) as error:
        after.fence({"4711"})
    assert error.value.diagnostics[0].code == "olt-busy"
    other.commit("theirs", 60)
    other.confirm("theirs")
    assert held(olt).objects == ONE.objects
    other.close()
    after.close()


@pytest.fixture(params=["soft", pytest.param("ovs", marks=pytest.mark.lab)])
def switch(request: pytest.FixtureRequest) -> Iterator[SoftSwitch | OvsSandbox]:
    with ExitStack() as stack:
        if request.param == "soft":
            yield stack.enter_context(SoftSwitch(DATAPATH))
            return
        if not sandbox.available():
            pytest.skip("Open vSwitch is not installed")
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cw-fence-"))
        yield stack.enter_context(OvsSandbox(Path(folder), DATAPATH))


def test_a_switch_takes_nothing_from_the_term_before(switch: SoftSwitch | OvsSandbox) -> None:
    difference = Difference(key=FLOW.key, before=None, after=FLOW)
    with (
        OpenFlowController("127.0.0.1", 0, {DATAPATH: "core-1"}) as first,
        OpenFlowController("127.0.0.1", 0, {DATAPATH: "core-1"}) as second,
    ):
        switch.dial_all(first.address, second.address)
        before = OpenFlowDriver("core-1", DATAPATH, first, term=7)
        after = OpenFlowDriver("core-1", DATAPATH, second, term=8)
        before.prepare([difference])  # and here it stands still
        after.fence(())
        with pytest.raises(DeviceRefused) as error:
            before.commit("t7-late", 60)
        assert error.value.diagnostics[0].code == "switch-slave"
        with pytest.raises(DeviceRefused) as error:
            OpenFlowDriver("core-1", DATAPATH, first, term=7).prepare([difference])
        assert error.value.diagnostics[0].code == "switch-role-stale"
        assert FLOW.key not in before.observe().state.objects, "he may look"
        after.prepare([difference])
        after.commit("t8-next", 60)
        after.confirm("t8-next")
        assert FLOW.key in before.observe().state.objects


def test_a_database_takes_nothing_from_who_had_its_lock(switch: SoftSwitch | OvsSandbox) -> None:
    if isinstance(switch, SoftSwitch):
        switch.start()
    before = OvsdbDriver("core-1", switch.ovsdb, DATAPATH, shared=True)
    after = OvsdbDriver("core-1", switch.ovsdb, DATAPATH, shared=True)
    difference = Difference(key=QUEUE.key, before=None, after=QUEUE)
    before.prepare([difference])  # and here it stands still
    after.fence(())
    with pytest.raises(DeviceRefused, match="not owner"):
        before.commit("t7-late", 60)
    assert QUEUE.key not in before.observe().state.objects
    after.prepare([difference])
    after.commit("t8-next", 60)
    after.revert("t8-next")
    assert QUEUE.key not in after.observe().state.objects
    before.close()
    after.close()
