"""What a plan says of each change: hitless or disruptive, and whom it touches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intents.compile import blast_radius, compile_intended, make_plan
from intents.model.campus import Campus, Policy
from intents.model.plan import Change, Plan
from intents.model.pon import GemPort, ShaperProfile, TCont, VAni, VlanSubInterface
from intents.model.state import DeviceObject, DeviceState, Observation, Operational
from intents.model.switch import FlowEntry, Meter, PortQueue
from tests.compile.campuses import applied, small_lab, small_lab_intents

CAMPUS = small_lab()
INTENTS = small_lab_intents(CAMPUS)
INTENDED = compile_intended(CAMPUS, INTENTS).intended
assert INTENDED is not None
HELD = applied(INTENDED, CAMPUS)


def repaired(device: str, other: DeviceObject, campus: Campus = CAMPUS) -> Plan:
    """The plan when a device holds another object in place of ours."""
    assert INTENDED is not None
    seen = HELD.devices[device]
    state = DeviceState.of(device, {**seen.state.objects, other.key: other}.values())
    devices = {**HELD.devices, device: Observation(state=state, facts=seen.facts)}
    return make_plan(INTENDED, campus, Operational(devices=devices))


def the(device: str, kind: type) -> DeviceObject:
    held = HELD.devices[device].state.objects.values()
    return next(o for o in held if isinstance(o, kind) and getattr(o, "actions", True))


def only(plan: Plan) -> Change:
    (change,) = plan.changes
    return change


@pytest.mark.parametrize(
    ("device", "kind", "other", "is_disruptive"),
    [
        ("olt-1", VAni, {"serial": "CWLB99999999"}, True),
        ("olt-1", TCont, {"alloc_id": 1}, True),
        ("olt-1", TCont, {"profile": "cw.other"}, False),
        ("olt-1", GemPort, {"gemport_id": 1}, True),
        ("olt-1", ShaperProfile, {"pir_kbps": 1}, True),
        ("olt-1", VlanSubInterface, {"rules": ()}, True),
        ("olt-1", VlanSubInterface, {"ingress_policy": None}, False),
        ("core-1", FlowEntry, {"actions": ()}, False),
        ("core-1", Meter, {"rate_kbps": 1}, False),
        ("core-1", PortQueue, {"min_rate_bps": 1}, False),
    ],
)
def test_a_change_is_disruptive_where_traffic_stops(
    device: str, kind: type, other: dict[str, object], is_disruptive: bool
) -> None:
    change = only(repaired(device, replace(the(device, kind), **other)))  # type: ignore[type-var]
    assert change.disruptive is is_disruptive
    assert bool(change.reason) is is_disruptive
    assert bool(change.onus) is is_disruptive


def test_a_shared_profile_names_every_onu_that_uses_it() -> None:
    shapers = [o for o in HELD.devices["olt-1"].state.objects.values() if isinstance(o, ShaperProfile)]
    users = {
        shaper.name: {
            o.name.split(".")[1]
            for o in HELD.devices["olt-1"].state.objects.values()
            if getattr(o, "tm", None) is not None and shaper.name in {o.tm.shaper, *(q.shaper for q in o.tm.queues)}  # type: ignore[union-attr]
        }
        for shaper in shapers
    }
    shared = max(shapers, key=lambda s: len(users[s.name]))
    assert len(users[shared.name]) > 1
    change = only(repaired("olt-1", replace(shared, pir_kbps=shared.pir_kbps + 1)))
    assert set(change.onus) == users[shared.name]
    assert {CAMPUS.places[p].port.device for p in change.places} == set(change.onus)


def test_a_campus_bounds_how_many_places_a_change_may_interrupt() -> None:
    v_ani = the("olt-1", VAni)
    plan = repaired("olt-1", replace(v_ani, serial="CWLB99999999"))  # type: ignore[type-var]
    hit = {p for c in plan.changes if c.disruptive for p in c.places}
    assert hit
    for most, is_refused in ((None, False), (len(hit), False), (len(hit) - 1, True)):
        bounded = replace(CAMPUS, policy=Policy(max_disrupted_places=most))
        assert (blast_radius(plan, bounded) is not None) is is_refused


def test_what_is_added_disturbs_nobody() -> None:
    assert INTENDED is not None
    plan = make_plan(INTENDED, CAMPUS, Operational(devices={}))
    assert plan.changes
    assert not any(c.disruptive for c in plan.changes)


def test_a_change_of_words_plans_nothing() -> None:
    renamed = [
        replace(
            r,
            intent=replace(
                r.intent,
                labels={"owner": "radiology"},
                annotations={"ticket": "7"},
                say="the same, said otherwise",
                position=r.intent.position._replace(file="elsewhere.yaml", line=99),
            ),
        )
        for r in INTENTS
    ]
    moved = {n: replace(p, position=p.position._replace(line=7)) for n, p in CAMPUS.places.items()}
    campus = replace(CAMPUS, places=moved)
    intended = compile_intended(campus, renamed, HELD).intended
    assert intended is not None
    assert make_plan(intended, campus, HELD).changes == ()
