"""What a device is found to do when it joins is kept, used, and held against what a plan would put on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from controller.fleet import Fleet
from controller.joined import join, load, recall, refuse_lacking, save, told
from controller.state.records import Records
from controller.state.store import Store
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError, Position
from intents.model.plan import Asker, Change, Plan
from intents.model.pon import OltFacts
from intents.model.state import DeviceState, Observation, Operational
from labs.olt.control import ask
from southbound.driver import Capabilities, Room
from tests.labs.olt_lab import Olt
from tests.southbound.netconf.olts import NOTHING, ONE, Start, between, driver_of, start

__all__ = ["start"]

CAMPUS = Campus(
    name="test", segments={}, switches={}, olts={}, onus={}, links=(), places={}, groups={}, classes={}, services={}
)
KNOWN = Capabilities(
    device="olt-1",
    protocol="netconf 1.1",
    confirmed_commit=False,
    features=frozenset({":candidate:1.0", ":startup:1.0"}),
    limits={"/a/b": 2},
    identity="x",
    lacks={"ani": "it does not implement bbf-xponani"},
    rooms=(Room(what="/a/b", kinds=frozenset({"tcont"}), most=2),),
    manners={"lock": "shared", "timer": "never"},
)
ASKER = Asker(name="ct-to-pacs", position=Position(file="intents/ct.yaml", line=3, column=5))


def fleet_of(olt: Olt) -> Fleet:
    return Fleet(CAMPUS, {"olt-1": [driver_of(olt)]})


def plan_of(before: DeviceState, after: DeviceState) -> Plan:
    changes = tuple(
        Change(device="olt-1", difference=d, askers=(ASKER,), places=(), reason="") for d in between(before, after)
    )
    return Plan(changes=changes)


def seen(state: DeviceState) -> Operational:
    return Operational(devices={"olt-1": Observation(state=state, facts=OltFacts())})


def records_in(folder: Path) -> Records:
    return Store(folder).records


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    save(records_in(tmp_path), [KNOWN])
    assert load(records_in(tmp_path)) == {"olt-1": KNOWN}


@pytest.mark.parametrize("body", [{}, {"features": 3}, {"protocol": "netconf 1.1", "rooms": [[]]}])
def test_a_record_that_cannot_be_read_is_no_record(tmp_path: Path, body: dict[str, Any]) -> None:
    records_in(tmp_path).put("device", "olt-1", body)
    assert load(records_in(tmp_path)) == {}


def test_a_device_that_joined_is_not_tried_out_by_the_next_process(start: Start, tmp_path: Path) -> None:
    olt = start("--deviates", "keeps-lost-commit")
    with fleet_of(olt) as fleet:
        recall(fleet, records_in(tmp_path))
        join(fleet, records_in(tmp_path))
    found = load(records_in(tmp_path))["olt-1"]
    assert found.manners["lost-session"] == "times-out"
    assert "keeps what a lost session did not confirm until the time is up" in told(found)
    for operation in ("lock", "edit-config", "commit"):
        ask(olt.folder / "state" / "control", cmd="misbehave", fault="refuse", on=operation, times=0)
    with fleet_of(olt) as fleet:
        recall(fleet, records_in(tmp_path))
        join(fleet, records_in(tmp_path))
    assert load(records_in(tmp_path)) == {"olt-1": found}


def test_a_plan_that_needs_what_a_device_lacks_is_refused_at_its_intent(start: Start) -> None:
    olt = start("--limit", "/forwarding/split-horizon-profiles=none")
    with fleet_of(olt) as fleet, pytest.raises(ClearwayError) as error:
        refuse_lacking(plan_of(NOTHING, ONE), seen(NOTHING), fleet)
    (fault,) = error.value.diagnostics
    assert (fault.code, fault.position) == ("device-lacks", ASKER.position)
    assert "cannot hold split-horizon-profile" in fault.message and "not supported" in fault.message


def test_a_plan_that_needs_more_room_than_there_is_is_refused(start: Start) -> None:
    olt = start("--limit", "/xpongemtcont/tconts/tcont=1")
    with fleet_of(olt) as fleet:
        with pytest.raises(ClearwayError, match=r"room for 1\b") as error:
            refuse_lacking(plan_of(NOTHING, ONE), seen(NOTHING), fleet)
        assert [d.code for d in error.value.diagnostics] == ["device-full"]
        refuse_lacking(plan_of(ONE, NOTHING), seen(ONE), fleet)  # what makes room is not refused


def test_only_what_is_out_of_the_ordinary_is_told() -> None:
    ordinary = replace(KNOWN, features=frozenset(), rooms=(), lacks={}, manners={"lock": "exclusive"})
    assert told(ordinary) == ("netconf 1.1", "changes are undone by Clearway alone")
    assert told(KNOWN)[2:] == (
        "saved to startup",
        "its lock keeps nobody out",
        "never undoes what is not confirmed",
        "at most 2 of /a/b",
        "no ani",
    )
