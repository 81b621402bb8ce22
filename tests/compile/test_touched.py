"""Whom a change interrupts, and how many of them the campus allows at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from intents.compile import blast_radius, compile_intended, make_plan
from intents.compile.describe import disruption
from intents.model.campus import Campus, Endpoint, Policy
from intents.model.plan import Change, Intended, Plan
from intents.model.state import DeviceObject, DeviceState, Difference, ObjectKey, Operational
from tests.compile.campuses import applied, small_lab, small_lab_intents

CALM = Policy(max_disrupted_places=0)
ON_THE_OLT = ("camera-1", "ct-room", "diag-room", "guests", "nurses", "pump-1", "pump-2", "ward-1", "ward-2")
ALL_ONUS = ("onu-3", "onu-4", "onu-5", "onu-6", "onu-7", "onu-8", "onu-ct", "onu-diag")


def intended_of(campus: Campus) -> Intended:
    found = compile_intended(campus, small_lab_intents(campus)).intended
    assert found is not None
    return found


def edited(campus: Campus, kind: str, name: str, **other: object) -> Plan:
    """The plan when the OLT holds one object otherwise than it should."""
    intended = intended_of(campus)
    key: ObjectKey = (kind, name)
    state = intended.states["olt-1"]
    wrong: DeviceObject = replace(state.objects[key], **other)  # type: ignore[arg-type]
    held = Intended(
        states={
            **intended.states,
            "olt-1": DeviceState(device="olt-1", objects={**state.objects, key: wrong}),
        },
        who=intended.who,
    )
    operational = applied(held, campus)
    wanted = compile_intended(campus, small_lab_intents(campus), operational).intended
    assert wanted is not None
    return make_plan(wanted, campus, operational)


@pytest.mark.parametrize(
    ("kind", "name", "other", "places", "onus"),
    [
        ("channel-group", "cw.pon-1.group", {"polling_period_ds": 50}, ON_THE_OLT, ALL_ONUS),
        ("channel-partition", "cw.pon-1.partition", {"max_differential_km": 40}, ON_THE_OLT, ALL_ONUS),
        ("channel-pair", "cw.pon-1.pair", {"type": "gpon"}, ON_THE_OLT, ALL_ONUS),
        ("channel-termination", "cw.pon-1.termination", {"type": "gpon"}, ON_THE_OLT, ALL_ONUS),
        ("bac", "cw.bac.1000000", {"max_queue_bytes": 1}, ON_THE_OLT, ALL_ONUS),
        ("composite-filter", "cw.pcp.5", {"pbits": (4,)}, ON_THE_OLT, ALL_ONUS),
        ("classifier", "cw.mark.p3.tc3", {"pbit_marking": 0}, ("ct-room", "diag-room"), ("onu-ct", "onu-diag")),
        ("policy", "cw.mark.p3.tc3", {"classifiers": ()}, ("ct-room", "diag-room"), ("onu-ct", "onu-diag")),
        ("policy-profile", "cw.mark.p3.tc3", {"policies": ()}, ("ct-room", "diag-room"), ("onu-ct", "onu-diag")),
        ("shaper-profile", "cw.shaper.50", {"pir_kbps": 1}, ("camera-1",), ("onu-7",)),
        ("tc-map", "cw.tc.3", {"entries": ()}, ("ct-room", "diag-room"), ("onu-ct", "onu-diag")),
        ("split-horizon-profile", "cw.users-apart", {"in_usage": "network-port"}, ON_THE_OLT, ALL_ONUS),
        ("v-ani", "cw.onu-ct", {"upstream_fec": False}, ("ct-room",), ("onu-ct",)),
        ("ani", "cw.onu-ct.ani", {"upstream_fec": False}, ("ct-room",), ("onu-ct",)),
        ("gemport", "cw.onu-ct.1.tc3", {"aes": False}, ("ct-room",), ("onu-ct",)),
        ("vlan-sub-interface", "cw.onu-ct.uni1.v100", {"rules": ()}, ("ct-room",), ("onu-ct",)),
        ("olt-v-enet", "cw.onu-ct.1", {"v_ani": "cw.onu-3"}, ("ct-room",), ("onu-ct",)),
        ("link", "cw.onu-ct.uni1", {"to": "cw.onu-3.1"}, ("ct-room",), ("onu-ct",)),
    ],
)
def test_an_interruption_names_all_whom_it_touches(
    kind: str, name: str, other: dict[str, object], places: tuple[str, ...], onus: tuple[str, ...]
) -> None:
    campus = replace(small_lab(), policy=CALM)
    plan = edited(campus, kind, name, **other)
    found = [c for c in plan.changes if c.difference.key == (kind, name)]
    assert [(c.places, c.onus, c.disruptive) for c in found] == [(places, onus, True)]
    assert blast_radius(plan, campus) is not None


@pytest.mark.parametrize(
    ("kind", "name", "other"),
    [
        ("forwarder", "cw.v110", {"split_horizon": ()}),
        ("forwarding-database", "cw.v110", {"aging_s": 1}),
        ("tcont", "cw.onu-ct.1.tc3", {"queues": ()}),
        ("vlan-sub-interface", "cw.onu-ct.uni1.v100", {"ingress_policy": "cw.mark.p4.tc4"}),
        ("olt-v-enet", "cw.onu-ct.1", {"tm": None}),
    ],
)
def test_what_a_device_changes_while_it_forwards_interrupts_nobody(
    kind: str, name: str, other: dict[str, object]
) -> None:
    campus = replace(small_lab(), policy=CALM)
    plan = edited(campus, kind, name, **other)
    assert plan.changes
    assert not any(c.disruptive for c in plan.changes)
    assert blast_radius(plan, campus) is None


def test_only_held_users_of_a_shared_profile_are_touched_too() -> None:
    """An ONU that no intent speaks of any more, and that its OLT still serves by the profile."""
    campus = replace(small_lab(), policy=CALM)
    before = intended_of(campus)
    state = before.states["olt-1"]
    held = DeviceState(
        device="olt-1",
        objects={**state.objects, ("bac", "cw.bac.1000000"): _other_bac(state.objects["bac", "cw.bac.1000000"])},
    )
    operational = applied(Intended(states={**before.states, "olt-1": held}, who=before.who), campus)
    fewer = [r for r in small_lab_intents(campus) if r.name in ("ct-to-pacs", "study")]
    after = compile_intended(campus, fewer, operational).intended
    assert after is not None
    plan = make_plan(after, campus, operational)
    edit = next(c for c in plan.changes if c.difference.key[0] == "bac" and c.difference.op == "modify")
    assert edit.onus == ALL_ONUS


def _other_bac(bac: Any) -> DeviceObject:
    changed: DeviceObject = replace(bac, max_queue_bytes=1)
    return changed


def renamed(campus: Campus) -> Campus:
    """onu-ct under another name: the same box."""
    onus = {n: o for n, o in campus.onus.items() if n != "onu-ct"}
    onus["onu-radiology"] = replace(campus.onus["onu-ct"], name="onu-radiology")
    places = {
        n: replace(p, port=Endpoint("onu-radiology", p.port.port)) if p.port.device == "onu-ct" else p
        for n, p in campus.places.items()
    }
    return replace(campus, onus=onus, places=places)


def in_another_vlan(campus: Campus) -> Campus:
    imaging = replace(campus.segments["imaging"], vid=101)
    return replace(campus, segments={**campus.segments, "imaging": imaging})


@pytest.mark.parametrize(
    ("change", "reason", "places"),
    [
        (renamed, "the ONU is activated anew", {"ct-room"}),
        (in_another_vlan, "the port moves to another VLAN", {"ct-room", "diag-room"}),
    ],
)
def test_what_takes_the_place_of_another_interrupts(
    change: Callable[[Campus], Campus], reason: str, places: set[str]
) -> None:
    before = replace(small_lab(), policy=CALM)
    after = change(before)
    operational = applied(intended_of(before), before)
    wanted = compile_intended(after, small_lab_intents(after), operational).intended
    assert wanted is not None
    plan = make_plan(wanted, after, operational)
    hit: list[Change] = [c for c in plan.changes if c.disruptive]
    assert {c.reason for c in hit} == {reason}
    assert {p for c in hit for p in c.places} == places
    assert blast_radius(plan, after) is not None


def test_a_new_network_and_one_taken_down_interrupt_nobody() -> None:
    campus = replace(small_lab(), policy=CALM)
    intended = intended_of(campus)
    held = applied(intended, campus)
    nothing = compile_intended(campus, [], held).intended
    assert nothing is not None
    for plan in (make_plan(intended, campus, Operational(devices={})), make_plan(nothing, campus, held)):
        assert plan.changes
        assert not any(c.disruptive for c in plan.changes)


def test_what_is_only_added_or_removed_disturbs_nobody() -> None:
    thing = next(iter(intended_of(small_lab()).states["olt-1"].objects.values()))
    assert disruption(Difference(thing.key, None, thing)) == ""
    assert disruption(Difference(thing.key, thing, None)) == ""
