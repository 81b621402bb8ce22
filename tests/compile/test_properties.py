"""Laws of the planner, on random campuses and intents."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from intents.compile import compile_intended, make_plan
from intents.compile.order import references
from intents.compile.plan import inverse
from intents.model.campus import PON_CAPACITY_BPS, Campus, PonId
from intents.model.diagnostic import has_errors
from intents.model.intent import ResolvedIntent
from intents.model.plan import Intended
from intents.model.pon import (
    ChannelTermination,
    GemPort,
    OltVEnet,
    ShaperProfile,
    TCont,
    TrafficDescriptorProfile,
    VAni,
)
from intents.model.state import DeviceState, diff, patch
from intents.model.switch import FlowEntry, Meter, PortQueue
from tests.compile.campuses import applied, empty
from tests.compile.strategies import asked, intents_for
from tests.conftest import examples

Asked = tuple[Campus, list[ResolvedIntent]]
LAW = settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
INTERFACES = {"v-ani", "ani", "ethernet", "olt-v-enet", "vlan-sub-interface", "channel-group", "channel-partition"}
INTERFACES |= {"channel-pair", "channel-termination"}


def admitted(campus: Campus, intents: list[ResolvedIntent]) -> Intended:
    found = compile_intended(campus, intents)
    assume(found.intended is not None)
    assert found.intended is not None
    return found.intended


@LAW
@given(asked(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(given_: Asked, random: st.DataObject) -> None:
    campus, intents = given_
    shuffled = list(intents)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = replace(
        campus,
        places=dict(reversed(campus.places.items())),
        onus=dict(reversed(campus.onus.items())),
        links=tuple(reversed(campus.links)),
    )
    assert compile_intended(other, shuffled) == compile_intended(campus, intents)


@LAW
@given(asked())
def test_either_errors_or_an_intended_state(given_: Asked) -> None:
    found = compile_intended(*given_)
    assert has_errors(found.diagnostics) == (found.intended is None)


@LAW
@given(asked())
def test_replan_after_apply_is_empty(given_: Asked) -> None:
    campus, intents = given_
    intended = admitted(campus, intents)
    plan = make_plan(intended, campus, empty(campus))
    after = {name: patch(DeviceState.of(name, ()), plan.for_device(name)) for name in intended.states}
    operational = applied(replace(intended, states=after), campus)
    again = compile_intended(campus, intents, operational).intended
    assert again is not None
    assert make_plan(again, campus, operational).changes == ()


@LAW
@given(asked(), st.data())
def test_one_intent_more_renumbers_nothing(given_: Asked, data: st.DataObject) -> None:
    campus, intents = given_
    before = admitted(campus, intents)
    more = [*intents, data.draw(intents_for(campus, "one-more"))]
    after = compile_intended(campus, more, applied(before, campus)).intended
    assume(after is not None)
    assert after is not None
    for device, state in before.states.items():
        for key, thing in state.objects.items():
            now = after.states[device].objects.get(key)
            if isinstance(thing, TCont) and isinstance(now, TCont):
                assert now.alloc_id == thing.alloc_id
            if isinstance(thing, GemPort) and isinstance(now, GemPort):
                assert now.gemport_id == thing.gemport_id
            if isinstance(thing, VAni) and isinstance(now, VAni):
                assert now.onu_id == thing.onu_id
            if isinstance(thing, ChannelTermination) and isinstance(now, ChannelTermination):
                assert now.pon_id == thing.pon_id
            if isinstance(thing, FlowEntry) and isinstance(now, FlowEntry):
                same_asker = now.cookie == thing.cookie
                assert same_asker or now.meter != thing.meter or now.actions != thing.actions
                assert thing.meter is None or now.meter is None or now.meter == thing.meter


@LAW
@given(asked())
def test_numbers_are_unique_where_they_must_be(given_: Asked) -> None:
    campus, intents = given_
    intended = admitted(campus, intents)
    state = intended.states["olt-1"]
    pon_of = {f"cw.{o.name}": o.pon for o in campus.onus.values()}
    tconts = [(pon_of[t.v_ani], t.alloc_id) for t in state.kind("tcont") if isinstance(t, TCont)]
    gems = [
        (pon_of[g.interface.rpartition(".")[0]], g.gemport_id) for g in state.kind("gemport") if isinstance(g, GemPort)
    ]
    onus = [(v.channel_pair, v.onu_id) for v in state.kind("v-ani") if isinstance(v, VAni)]
    for numbers in (tconts, gems, onus):
        assert len(set(numbers)) == len(numbers)


@LAW
@given(asked(), st.data())
def test_a_plan_and_its_inverse_are_nothing(given_: Asked, data: st.DataObject) -> None:
    campus, intents = given_
    before = admitted(campus, intents)
    fewer = intents[: data.draw(st.integers(0, len(intents)))]
    after = compile_intended(campus, fewer, applied(before, campus)).intended
    assume(after is not None)
    assert after is not None
    plan = make_plan(after, campus, applied(before, campus))
    for device, state in before.states.items():
        there = patch(state, plan.for_device(device))
        assert there == after.states[device] or diff(there, after.states[device]) == ()
        assert patch(there, inverse(plan.for_device(device))) == state


@LAW
@given(asked(), st.data())
def test_no_step_of_a_change_refers_to_what_is_not_there(given_: Asked, data: st.DataObject) -> None:
    campus, intents = given_
    before = admitted(campus, intents)
    fewer = intents[: data.draw(st.integers(0, len(intents)))]
    after = compile_intended(campus, fewer, applied(before, campus)).intended
    assume(after is not None)
    assert after is not None
    for start, goal, operational in (
        (empty(campus), before, empty(campus)),
        (applied(before, campus), after, applied(before, campus)),
    ):
        plan = make_plan(goal, campus, operational)
        for device, seen in start.devices.items():
            state = seen.state
            for difference in plan.for_device(device):
                state = patch(state, (difference,))
                assert dangling(state) == set(), difference


def dangling(state: DeviceState) -> set[object]:
    present = set(state.objects) | {("interface", k[1]) for k in state.objects if k[0] in INTERFACES}
    return {ref for thing in state.objects.values() for ref in references(thing)} - present


@LAW
@given(asked())
def test_what_is_assured_never_exceeds_a_pon(given_: Asked) -> None:
    campus, intents = given_
    state = admitted(campus, intents).states["olt-1"]
    pon_of = {f"cw.{o.name}": o.pon for o in campus.onus.values()}
    sums: dict[PonId, int] = defaultdict(int)
    for tcont in state.kind("tcont"):
        assert isinstance(tcont, TCont)
        profile = state.objects["traffic-descriptor-profile", tcont.profile]
        assert isinstance(profile, TrafficDescriptorProfile)
        assert profile.maximum_bps >= profile.fixed_bps + profile.assured_bps
        assert profile.maximum_bps > profile.assured_bps or profile.eligibility == "none"
        assert 1 <= profile.priority <= 8 and 1 <= profile.weight <= 255
        sums[pon_of[tcont.v_ani]] += profile.fixed_bps + profile.assured_bps
    for pon, total in sums.items():
        assert total <= PON_CAPACITY_BPS[campus.olts["olt-1"].pons[pon.pon]][1]


@LAW
@given(asked())
def test_every_downstream_promise_holds_in_the_worst_case(given_: Asked) -> None:
    """From the objects alone: on a PON, all that is served before a queue takes its shaper's rate; what is left is
    shared by weight."""
    campus, intents = given_
    intended = admitted(campus, intents)
    promised = promised_down(campus, intents)
    state = intended.states["olt-1"]
    by_pon: dict[PonId, list[tuple[str, int, int, int | None]]] = defaultdict(list)
    for enet in state.kind("olt-v-enet"):
        assert isinstance(enet, OltVEnet) and enet.tm is not None
        pon = campus.onus[enet.v_ani.removeprefix("cw.")].pon
        for queue in enet.tm.queues:
            shaper = state.objects.get(("shaper-profile", queue.shaper))
            cap = shaper.pir_kbps * 1000 if isinstance(shaper, ShaperProfile) else None
            by_pon[pon].append((f"{enet.name}.tc{queue.queue_id}", queue.priority, queue.weight, cap))
    for pon, queues in by_pon.items():
        capacity = PON_CAPACITY_BPS[campus.olts["olt-1"].pons[pon.pon]][0]
        for name, priority, weight, cap in queues:
            if not promised.get(name):
                continue
            above = [q for q in queues if q[1] > priority]
            assert all(q[3] is not None for q in above)
            left = capacity - sum(q[3] or 0 for q in above)
            share = Fraction(left * weight, sum(q[2] for q in queues if q[1] == priority))
            peers = [q for q in queues if q[1] == priority]
            if all(q[3] is not None for q in peers):  # capped peers: all of them fit at their caps
                assert sum(q[3] or 0 for q in peers) <= left and promised[name] <= (cap or 0)
            else:
                assert share >= promised[name], name


def promised_down(campus: Campus, intents: list[ResolvedIntent]) -> dict[str, int]:
    """What intents promise into each queue, straight from the intents and not by the planner's own sums: at least the
    guarantee of each pair."""
    promised: dict[str, int] = defaultdict(int)
    quarantined = {p.name for r in intents if r.intent.permission.value == "quarantine" for p in r.sources}
    for resolved in intents:
        rate = resolved.intent.guarantee_bps
        if rate is None or resolved.intent.permission.value != "allow" or resolved.services:
            continue
        for source, destination in resolved.pairs():
            device, port = destination.port.device, destination.port.port
            if device in campus.onus and not {source.name, destination.name} & quarantined:
                cls = campus.classes[resolved.intent.service_class or "clinical"]
                name = f"cw.{device}.{port}.tc{cls.priority}"
                promised[name] = max(promised[name], rate)
    return promised


@LAW
@given(asked())
def test_promises_never_exceed_a_port_of_a_switch(given_: Asked) -> None:
    campus, intents = given_
    for name, state in admitted(campus, intents).states.items():
        sums: dict[int, int] = defaultdict(int)
        for queue in state.kind("queue"):
            assert isinstance(queue, PortQueue)
            assert 0 <= queue.min_rate_bps <= queue.max_rate_bps <= campus.switches[name].ports[queue.port]
            sums[queue.port] += queue.min_rate_bps
        assert all(total <= campus.switches[name].ports[port] for port, total in sums.items())


@LAW
@given(asked())
def test_a_meter_is_there_for_every_entry_that_names_one(given_: Asked) -> None:
    for state in admitted(*given_).states.values():
        meters = {m.meter_id for m in state.kind("meter") if isinstance(m, Meter)}
        assert {e.meter for e in state.kind("flow") if isinstance(e, FlowEntry)} - {None} == meters


@LAW
@given(asked())
def test_entries_of_one_priority_never_disagree(given_: Asked) -> None:
    """Entries of a table that overlap at one priority and act differently are undefined (OpenFlow 1.3.5, 5.3)."""
    for state in admitted(*given_).states.values():
        entries = [e for e in state.kind("flow") if isinstance(e, FlowEntry)]
        entries.sort(key=lambda e: (e.table, e.priority))
        for one, other in ((a, b) for n, a in enumerate(entries) for b in entries[n + 1 :]):
            if (one.table, one.priority) != (other.table, other.priority):
                continue
            fields = {f.name: f.value for f in one.match}
            apart = any(fields.get(f.name, f.value) != f.value for f in other.match)
            assert apart or one.actions == other.actions, (one, other)


@LAW
@given(asked())
def test_names_fit_the_models(given_: Asked) -> None:
    state = admitted(*given_).states["olt-1"]
    names = sorted(str(key[1]) for key in state.objects)
    assert all(1 <= len(name) <= 64 for name in names)
    assert all(a <= b for a, b in pairwise(names))
