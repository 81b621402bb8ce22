"""Beside other applications: Clearway's entries stand where the campus says, mean the same there, and replace none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from intents.compile import compile_intended, make_plan
from intents.ingest import load
from intents.model.campus import Campus, FlowSpace
from intents.model.evidence import Property, Verdict
from intents.model.state import DeviceState, Operational
from intents.model.switch import FieldMatch, FlowEntry, match
from intents.verify import verify
from tests.compile.campuses import M, intent, observed, small_lab, small_lab_intents, twin_links

SPACES = [FlowSpace(), FlowSpace(priority=700), FlowSpace(first_table=10), FlowSpace(first_table=250, priority=60_000)]
LLDP = FlowEntry(table=0, priority=65_000, match=match(FieldMatch("eth_type", 0x88CC)), cookie=0x5EED)
THIEF = FlowEntry(table=0, priority=65_000, match=match(FieldMatch("eth_type", 0x800)), cookie=0x5EED)


def planned(space: FlowSpace, others: Iterable[FlowEntry] = ()) -> tuple[Campus, Operational]:
    """The small lab as it is after the plan was carried out over what others hold there."""
    campus = replace(small_lab(), flow_space=space)
    before = observed({"core-1": DeviceState.of("core-1", list(others))}, campus)
    intended = compile_intended(campus, small_lab_intents(campus), before).intended
    assert intended is not None
    held = {name: dict(seen.state.objects) for name, seen in before.devices.items()}
    for change in make_plan(intended, campus, before).changes:
        there = held.setdefault(change.device, {})
        there.pop(change.difference.key, None)
        if change.difference.after is not None:
            there[change.difference.key] = change.difference.after
    states = {name: DeviceState(device=name, objects=objects) for name, objects in held.items()}
    return campus, observed(states, campus)


def judged(space: FlowSpace, *others: FlowEntry) -> Verdict:
    campus, held = planned(space, others)
    return verify(campus, small_lab_intents(campus), held)


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_every_promise_holds_wherever_the_entries_stand(space: FlowSpace) -> None:
    assert judged(space).holds


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_entries_stand_where_the_campus_says(space: FlowSpace) -> None:
    _, held = planned(space)
    flows = [o for o in held.devices["core-1"].state.objects.values() if isinstance(o, FlowEntry)]
    handed = [f for f in flows if f.table < space.first_table]
    assert {f.table for f in flows if f not in handed} == {space.entry, space.policy}
    assert all(f.priority >= space.priority for f in flows)
    assert [(f.table, f.priority, f.goto) for f in handed] == (
        [(0, space.priority, space.first_table)] if space.first_table else []
    )


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_what_others_hold_stays(space: FlowSpace) -> None:
    _, held = planned(space, [LLDP])
    assert LLDP in held.devices["core-1"].state.objects.values()


def test_an_entry_of_others_that_takes_our_packets_is_seen() -> None:
    space = FlowSpace(first_table=10)
    assert judged(space, LLDP).holds
    assert not judged(space, THIEF).holds


def test_moving_the_entries_leaves_none_behind() -> None:
    campus, held = planned(FlowSpace(), [LLDP])
    moved = replace(campus, flow_space=FlowSpace(first_table=10))
    intended = compile_intended(moved, small_lab_intents(moved), held).intended
    assert intended is not None
    gone = {c.difference.key for c in make_plan(intended, moved, held).changes if c.difference.op == "remove"}
    ours = {k for k in held.devices["core-1"].state.objects if k[0] == "flow"} - {LLDP.key}
    # The entry for all packets in table 0 stays, and hands over now.
    assert ours - gone == {("flow", 0, 0, ())}


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_a_cable_is_taken_over_wherever_the_entries_stand(space: FlowSpace) -> None:
    campus = replace(twin_links(), flow_space=space)
    asked = [intent(campus, "ct", "ct-room", "pacs", guarantee_bps=100 * M, survive="any single link")]
    intended = compile_intended(campus, asked).intended
    assert intended is not None
    verdict = verify(campus, asked, observed(intended.states, campus))
    assert verdict.holds
    assert any(f.property is Property.SURVIVAL for i in verdict.intents for f in i.findings)


def test_the_campus_says_it_in_yaml_and_in_labels() -> None:
    text = (
        "apiVersion: clearway.dev/v1\nkind: Campus\nmetadata: {name: c}\n"
        "spec: {openflow: {first-table: 10, priority: 100}}\n"
    )
    found = load({"campus.yaml": text}).campus
    assert found is not None
    assert found.flow_space == FlowSpace(first_table=10, priority=100)
    labels = 'clearway.openflow.first-table: "10", clearway.openflow.priority: "100"'
    topology = f"name: c\ntopology: {{defaults: {{labels: {{{labels}}}}}, nodes: {{a: {{kind: linux}}}}}}\n"
    again = load({"c.clab.yml": topology})
    assert again.campus is not None, again.diagnostics
    assert again.campus.flow_space == FlowSpace(first_table=10, priority=100)


def test_a_table_that_switches_do_not_have_is_refused() -> None:
    text = "apiVersion: clearway.dev/v1\nkind: Campus\nmetadata: {name: c}\nspec: {openflow: {first-table: 252}}\n"
    assert [d.code for d in load({"campus.yaml": text}).diagnostics] == ["bad-value"]


def test_learning_and_answers_move_along() -> None:
    """Of a place without a written MAC address."""
    campus = replace(small_lab(), flow_space=FlowSpace(first_table=10))
    places = {name: replace(p, mac=None) for name, p in campus.places.items()}
    campus = replace(campus, places=places)
    intents = [
        replace(
            r,
            sources=tuple(places[p.name] for p in r.sources),
            destinations=tuple(places[p.name] for p in r.destinations),
        )
        for r in small_lab_intents(campus)
    ]
    intended = compile_intended(campus, intents).intended
    assert intended is not None
    assert verify(campus, intents, observed(intended.states, campus)).holds
