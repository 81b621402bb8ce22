"""A switch that refuses, hangs, lies, loses the reply or reboots empty, at any step: over real sockets, two switches
that change together hold the old state or the new one, both."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from controller.fleet import Fleet
from controller.openflow_door import Settings
from controller.openflow_listener import OpenFlowController
from controller.recovery import recover_all
from controller.state.journal import Journal
from controller.state.store import Store
from controller.transaction import Change, carry_out
from intents.model.diagnostic import ClearwayError
from intents.model.state import DeviceState
from intents.model.switch import FieldMatch, FlowEntry, Meter, Output, match
from labs.softswitch.manners import FAULTS, OPERATIONS
from southbound.openflow.driver import OpenFlowDriver
from tests.controller.test_transaction import CAMPUS
from tests.fakes import changes
from tests.southbound.soft_switch import SoftSwitch

BAD, GOOD = 0x50F1, 0x50F2
NAMES = {BAD: "bad", GOOD: "good"}
QUICK = Settings(handshake_s=2, echo_interval_s=0.3, dead_after_s=1)


def _flow(priority: int, meter: int, port: int = 2) -> FlowEntry:
    return FlowEntry(
        table=1, priority=priority, match=match(FieldMatch("in_port", 1)), actions=(Output(port),), meter=meter
    )


OLD = [Meter(meter_id=0xC000, rate_kbps=100), Meter(meter_id=0xC001, rate_kbps=100), _flow(1, 0xC000), _flow(2, 0xC001)]
NEW = [
    Meter(meter_id=0xC000, rate_kbps=200),
    Meter(meter_id=0xC002, rate_kbps=100),
    _flow(1, 0xC000, 10),
    _flow(3, 0xC002),
]
STATES = {
    which: {n: DeviceState.of(n, things) for n in NAMES.values()} for which, things in (("old", OLD), ("new", NEW))
}


@dataclass
class Site:
    """A controller, two soft switches, and a journal."""

    fleet: Fleet
    journal: Journal
    bad: SoftSwitch
    changes: int = 0

    def change(self, **fault: object) -> None:
        """From the old state to the new, where one of the two switches misbehaves once."""
        self.changes += 1
        differences = {name: changes(STATES["old"][name], STATES["new"][name]) for name in NAMES.values()}
        change = Change(token=f"t{self.changes}", rounds=(differences,), askers={}, about={})
        seen = self.fleet.observe()
        self.bad.order(cmd="misbehave", **fault)
        carry_out(self.fleet, self.journal, change, seen, lambda _: ())

    def held(self) -> str:
        """Which of STATES both switches hold; else what they hold."""
        seen = self.fleet.observe()
        for which, states in STATES.items():
            if all(seen.devices[name].state.objects == states[name].objects for name in NAMES.values()):
                return which
        return str({name: sorted(map(str, seen.devices[name].state.objects)) for name in NAMES.values()})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Both hold nothing."""
    folder = tmp_path_factory.mktemp("soft")
    with ExitStack() as stack:
        controller = stack.enter_context(OpenFlowController("127.0.0.1", 0, NAMES, settings=QUICK))
        switches = {d: stack.enter_context(SoftSwitch(d, control=folder / f"{d:x}")) for d in NAMES}
        for switch in switches.values():
            switch.dial(*controller.address)
        drivers = {
            name: [OpenFlowDriver(name, datapath_id, controller, deadline_s=2, term=1)]
            for datapath_id, name in NAMES.items()
        }
        fleet = stack.enter_context(Fleet(CAMPUS, drivers))
        yield Site(fleet, Store(folder).journal, switches[BAD])


@pytest.fixture
def old(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Both hold the old state."""
    monkeypatch.setattr("controller.transaction.SETTLE_S", 0.0)
    site.bad.order(cmd="behave")
    for driver in site.fleet.all():
        held = driver.observe().state
        driver.prepare(changes(held, STATES["old"][driver.device]))
        driver.commit("old", 1)
        driver.confirm("old")
    assert site.held() == "old"
    return site


def settled(site: Site) -> str:
    """What both hold once every switch answers and what was left to undo is undone."""
    site.bad.order(cmd="behave")
    deadline = time.monotonic() + 15
    while True:
        try:
            recover_all(site.fleet, site.journal)
            return site.held()
        except ClearwayError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


# Reading is done by the driver at any time: what is lost there is asked for again and is no fault of a change.
STEPS = sorted(set(OPERATIONS) - {"group-mod", "flow-mod", "bundle-close", "*"})


@pytest.mark.parametrize("on", STEPS)
@pytest.mark.parametrize("fault", FAULTS)
def test_both_switches_hold_the_old_state_or_the_new_one(old: Site, fault: str, on: str) -> None:
    try:
        old.change(fault=fault, on=on)
    except ClearwayError:
        wanted = "old"
    else:
        wanted = "new"
    assert settled(old) == wanted


def test_a_lost_reply_to_the_commit_is_read_back_and_not_sent_again(old: Site) -> None:
    with pytest.raises(ClearwayError, match="the session with it was lost"):
        old.change(fault="lose-reply", on="bundle-commit")
    assert settled(old) == "old"


def test_a_lie_is_found_out(old: Site) -> None:
    with pytest.raises(ClearwayError, match="not-as-sent"):
        old.change(fault="lie", on="bundle-commit")
    assert settled(old) == "old"


@pytest.mark.parametrize("on", ["bundle-add", "bundle-commit"])
def test_a_full_table_says_how_full_and_what_to_do(old: Site, on: str) -> None:
    with pytest.raises(ClearwayError) as error:
        old.change(fault="refuse", on=on)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "switch-full"
    assert "bad (datapath 0x50f1): its table 1 is full: it holds 2 flow entries, 2 of them" in diagnostic.message
    assert "needs 1 more; nothing of the change is in effect" in diagnostic.message
    assert "models:" in diagnostic.hint
    assert settled(old) == "old"


def test_a_switch_without_room_for_meters_says_so(old: Site) -> None:
    with pytest.raises(ClearwayError, match="no room for another meter: it holds 2, and the change needs 1 more"):
        old.change(fault="refuse", on="meter-mod")
    assert settled(old) == "old"


def test_a_switch_that_reboots_by_itself_is_filled_again(old: Site) -> None:
    old.bad.order(cmd="reboot")
    held = old.fleet.observe().devices["bad"].state
    assert not held.objects
    driver = next(d for d in old.fleet.all() if d.device == "bad")
    driver.prepare(changes(held, STATES["old"]["bad"]))
    driver.commit("again", 1)
    assert old.held() == "old"


def test_an_order_that_makes_no_sense_is_refused(site: Site) -> None:
    for wrong in ({"fault": "sulk", "on": "read"}, {"fault": "lie", "on": "lunch"}, {"fault": "lie"}):
        with pytest.raises(ValueError, match=r"there is no|'on'"):
            site.bad.order(cmd="misbehave", **wrong)
    with pytest.raises(ValueError, match="no command"):
        site.bad.order(cmd="sing")
    assert site.bad.order(cmd="status")["faults"] == []
