"""Groups for `survive`: a cable that has to be survived has another beside it that takes over, and nothing else has."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from intents.compile import compile_intended, make_plan
from intents.compile.planner import Planner
from intents.model.campus import Campus
from intents.model.intent import ResolvedIntent
from intents.model.state import DeviceState
from intents.model.switch import (
    Bucket,
    FieldMatch,
    FlowEntry,
    GroupEntry,
    Output,
    PortQueue,
    Resubmit,
    SetQueue,
    ToGroup,
)
from tests.compile.campuses import G, M, empty, intent, observed, three_tier, twin_links
from tests.compile.strategies import asked
from tests.conftest import examples

ANY = "any single link"
LOWER, UPPER = 0xC1EA0008, 0xC1EA0002


def planned(campus: Campus, intents: Iterable[ResolvedIntent]) -> dict[str, DeviceState]:
    compiled = compile_intended(campus, intents, empty(campus))
    assert compiled.intended is not None, compiled.diagnostics
    return dict(compiled.intended.states)


def of(state: DeviceState, kind: type) -> list:
    return [o for o in state.objects.values() if isinstance(o, kind)]


def groups(states: dict[str, DeviceState]) -> dict[str, list[int]]:
    found = {name: sorted(g.group_id for g in of(state, GroupEntry)) for name, state in states.items()}
    return {name: ids for name, ids in found.items() if ids}


def ct(campus: Campus, survive: str | None, destination: str = "pacs") -> ResolvedIntent:
    return intent(campus, "ct", "ct-room", destination, service_class="imaging", guarantee_bps=100 * M, survive=survive)


def other(campus: Campus) -> ResolvedIntent:
    return intent(campus, "ward", "ward-1", "diag-room", line=2)


def test_both_ends_of_a_cable_have_a_group_that_goes_over_to_the_other() -> None:
    campus = twin_links()
    states = planned(campus, [ct(campus, ANY)])
    assert groups(states) == {"acc-1": [LOWER], "agg-1": [0xC1EA0003, LOWER], "core-1": [UPPER]}
    assert states["core-1"].objects["group", UPPER] == GroupEntry(
        group_id=UPPER,
        type="ff",
        buckets=(Bucket(actions=(Output(2),), watch_port=2), Bucket(actions=(Output(1),), watch_port=1)),
    )


def test_the_queue_is_chosen_before_the_group_and_is_there_at_both_ports() -> None:
    campus = twin_links()
    core = planned(campus, [ct(campus, ANY)])["core-1"]
    to_group = [f for f in of(core, FlowEntry) if ToGroup(UPPER) in f.actions]
    assert len(to_group) == 1
    assert to_group[0].actions[-2:] == (SetQueue(3), ToGroup(UPPER))
    queues = {q.key: q for q in of(core, PortQueue)}
    mine, others = ([q for key, q in sorted(queues.items()) if key[1] == port] for port in (2, 1))
    assert [(q.queue_id, q.min_rate_bps, q.max_rate_bps, q.priority) for q in mine] == [
        (q.queue_id, q.min_rate_bps, q.max_rate_bps, q.priority) for q in others
    ]
    assert queues["queue", 1, 3].min_rate_bps == 100 * M


def test_what_comes_by_the_other_cable_is_treated_as_what_comes_by_this_one() -> None:
    campus = twin_links()
    core = planned(campus, [ct(campus, ANY)])["core-1"]
    (entry,) = [f for f in of(core, FlowEntry) if FieldMatch("in_port", 1) in f.match]
    assert (entry.table, entry.actions, entry.goto) == (0, (Resubmit(1, 2),), None)


@pytest.mark.parametrize(
    ("survive", "wanted"),
    [
        ("acc-1:8", {"acc-1": [LOWER], "agg-1": [0xC1EA0003]}),
        ("agg-1:3", {"acc-1": [LOWER], "agg-1": [0xC1EA0003]}),
        ("core-1:2", {"agg-1": [LOWER], "core-1": [UPPER]}),
        ("core-1:1", {}),  # no way goes by it
        ("acc-2:9", {}),  # of somebody else
        (None, {}),
    ],
)
def test_the_cable_that_is_named_is_the_one(survive: str | None, wanted: dict[str, list[int]]) -> None:
    campus = twin_links()
    states = planned(campus, [ct(campus, survive), other(campus)])
    assert groups(states) == wanted


def test_where_nobody_asks_a_second_cable_changes_nothing() -> None:
    campus = twin_links()
    states = planned(campus, [ct(campus, None), other(campus)])
    for state in states.values():
        assert not [
            f
            for f in of(state, FlowEntry)
            if any(isinstance(a, ToGroup | Resubmit) and a != Resubmit(2) for a in f.actions)
        ]
    assert {q.port for q in of(states["core-1"], PortQueue)} == {2, 10}
    asked_for = planned(campus, [ct(campus, "acc-1:8"), other(campus)])
    assert asked_for["core-1"] == states["core-1"]
    assert asked_for["acc-2"] == states["acc-2"]


def test_a_slower_cable_takes_over_by_planning_again_only() -> None:
    campus = twin_links(10 * G)
    assert groups(planned(campus, [ct(campus, "core-1:2")])) == {}
    assert groups(planned(campus, [ct(campus, ANY)])) == {"acc-1": [LOWER], "agg-1": [0xC1EA0003]}


def test_one_cable_is_no_two() -> None:
    campus = three_tier()
    compiled = compile_intended(campus, [ct(campus, ANY)])
    assert [d.code for d in compiled.diagnostics] == ["no-other-way"]


def test_groups_come_before_the_entries_that_use_them_and_go_after_them() -> None:
    campus = twin_links()
    before, after = ([ct(campus, None)], [ct(campus, ANY)])
    for first, then in ((before, after), (after, before)):
        held = observed(planned(campus, first), campus)
        intended = compile_intended(campus, then, held).intended
        assert intended is not None
        of_core = [c.difference for c in make_plan(intended, campus, held).changes if c.device == "core-1"]
        (group,) = [n for n, d in enumerate(of_core) if d.key[0] == "group"]
        using = [n for n, d in enumerate(of_core) if ToGroup(UPPER) in getattr(d.after or d.before, "actions", ())]
        leaving = [n for n, d in enumerate(of_core) if ToGroup(UPPER) in getattr(d.before, "actions", ())]
        assert using or leaving
        assert all(n > group for n in using) if then is after else all(n < group for n in leaving)


def test_groups_of_others_are_left_alone() -> None:
    campus = twin_links()
    foreign = GroupEntry(group_id=7, type="select", buckets=())
    states = planned(campus, [ct(campus, ANY)])
    states["core-1"] = DeviceState.of("core-1", [*states["core-1"].objects.values(), foreign])
    held = observed(states, campus)
    nothing = compile_intended(campus, [], held).intended
    assert nothing is not None
    gone = {c.difference.key for c in make_plan(nothing, campus, held).changes if c.device == "core-1"}
    assert ("group", UPPER) in gone
    assert foreign.key not in gone


@settings(
    max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(asked(), st.data())
def test_intents_that_begin_and_cease_to_survive_leave_what_planning_anew_makes(
    given_: tuple[Campus, list[ResolvedIntent]], data: st.DataObject
) -> None:
    campus, intents = given_
    assume(len(intents) > 1)
    planner = Planner(campus)
    for _ in range(3):
        some = data.draw(st.lists(st.sampled_from(intents), unique_by=lambda r: r.name))
        if any(d.severity.name == "ERROR" for d in planner.update(some)):
            continue
        anew = compile_intended(campus, some).intended
        assert anew is not None
        assert {n: dict(s.objects) for n, s in planner.intended().states.items()} == {
            n: dict(s.objects) for n, s in anew.states.items()
        }
