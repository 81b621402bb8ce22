"""No packet that is delivered before a change and after it is lost while the change is made, on random campuses."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from intents.compile import compile_intended, make_plan, rounds
from intents.model.campus import Campus, Endpoint, Place
from intents.model.intent import Permission, ResolvedIntent
from intents.model.plan import Plan
from intents.model.state import Operational, patch
from intents.verify import unsafe_between
from tests.compile.campuses import applied, intent, small_lab, small_lab_intents, three_tier, twin_links
from tests.compile.strategies import CLASSES, SEGMENT_NAMES, asked, intents_for
from tests.compile.test_properties import dangling
from tests.conftest import examples

Intents = list[ResolvedIntent]
LAW = settings(deadline=None, suppress_health_check=[*HealthCheck])


@dataclass(frozen=True)
class Edit:
    """A campus with its intents, and both after somebody edited them."""

    before: tuple[Campus, Intents]
    after: tuple[Campus, Intents]

    def plan(self) -> tuple[Operational, Plan] | None:
        """What is held before and the plan; None where either is refused."""
        old = compile_intended(*self.before).intended
        if old is None:
            return None
        held = applied(old, self.before[0])
        campus, intents = self.after
        new = compile_intended(campus, intents, held).intended
        return None if new is None else (held, make_plan(new, campus, held))


def with_class(resolved: ResolvedIntent, cls: str) -> ResolvedIntent:
    return replace(resolved, intent=replace(resolved.intent, service_class=cls))


def moved(campus: Campus, intents: Intents, place: Place) -> tuple[Campus, Intents]:
    """The place is elsewhere, or in another segment."""
    places = campus.places | {place.name: place}

    def there(old: tuple[Place, ...]) -> tuple[Place, ...]:
        return tuple(places[p.name] for p in old)

    found = [replace(r, sources=there(r.sources), destinations=there(r.destinations)) for r in intents]
    return replace(campus, places=places), found


@st.composite
def edits(draw: st.DrawFn, *, moves: bool = False) -> Edit:
    """One to three edits: an intent more, one less, another class; a place moves."""
    campus, drawn = draw(asked())
    before = [i for i in drawn if i.intent.permission is Permission.ALLOW]
    now, after = campus, list(before)
    for number in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(after)))
        edit = draw(st.sampled_from(["class", "drop", "add", *(["move"] if moves else [])]))
        if edit == "move":
            place = now.places[draw(st.sampled_from(sorted(now.places)))]
            free = sorted({Endpoint("core-1", "5"), Endpoint("acc-1", "4"), *(p.port for p in now.places.values())})
            port, segment = draw(st.sampled_from(free)), draw(st.sampled_from(SEGMENT_NAMES))
            now, after = moved(now, after, replace(place, port=port, segment=segment))
        elif at == len(after) or edit == "add":
            after.append(draw(intents_for(now, f"new-{number}")))
        elif edit == "drop":
            del after[at]
        else:
            after[at] = with_class(after[at], draw(CLASSES))
    return Edit(before=(campus, before), after=(now, after))


@settings(LAW, max_examples=examples(60))
@given(edits(moves=True))
def test_what_both_states_deliver_is_delivered_all_the_time_but_where_the_plan_says_so(edit: Edit) -> None:
    """A port that moves to another VLAN cannot be in both: then the plan says that its place is interrupted."""
    found = edit.plan()
    assume(found is not None)
    assert found is not None
    held, plan = found
    interrupted = {place for c in plan.changes if c.disruptive and "VLAN" in c.reason for place in c.places}
    for loss in unsafe_between(edit.after[0], held, rounds(plan, edit.after[0], held)):
        assert {loss.source, loss.destination} & interrupted, loss


@settings(LAW, max_examples=examples(200))
@given(edits(moves=True))
def test_the_rounds_together_are_the_plan_and_no_step_refers_to_what_is_not_there(edit: Edit) -> None:
    found = edit.plan()
    assume(found is not None)
    assert found is not None
    held, plan = found
    states = {name: seen.state for name, seen in held.devices.items()}
    for round_ in rounds(plan, edit.after[0], held):
        for device, differences in round_.items():
            for difference in differences:
                assert states[device].objects.get(difference.key) == difference.before
                states[device] = patch(states[device], (difference,))
                assert not dangling(states[device]), difference
            users = [o.lower for o in states[device].kind("vlan-sub-interface") if o.usage == "user-port"]
            assert len(set(users)) == len(users), "a user's port has one VLAN at a time"
    for device, seen in held.devices.items():
        assert states[device] == patch(seen.state, plan.for_device(device))


def small_lab_change(edit: dict[str, str | None]) -> tuple[Campus, Operational, Plan]:
    """The small lab where intents (by name) get another class, or go (None)."""
    campus = small_lab()
    before = small_lab_intents(campus)
    after = [r for r in before if edit.get(r.name, "") is not None]
    after = [with_class(r, edit[r.name] or "") if r.name in edit else r for r in after]
    return campus, *change(campus, before, after)


def change(campus: Campus, before: Intents, after: Intents) -> tuple[Operational, Plan]:
    found = Edit(before=(campus, before), after=(campus, after)).plan()
    assert found is not None
    return found


def test_an_olt_changed_at_once_before_the_gateway_loses_packets_and_the_verifier_names_one() -> None:
    campus, held, plan = small_lab_change({"pumps": "voice"})
    flows = {"core-1": tuple(d for d in plan.for_device("core-1") if d.key[0] == "flow")}
    found = unsafe_between(campus, held, [{"olt-1": plan.for_device("olt-1")}, flows])
    assert {(loss.round, loss.made) for loss in found} == {(2, ())}
    asked_in_vain = next(loss.packet for loss in found if loss.source == "pump-1")
    assert asked_in_vain.hops[-1].device == "core-1"
    assert asked_in_vain.actual == "the ARP request of pump-1 to its gateway is lost at core-1"


def test_another_class_takes_five_rounds_and_the_gateway_is_in_two() -> None:
    campus, held, plan = small_lab_change({"pumps": "voice"})
    made = rounds(plan, campus, held)
    assert [("olt-1" in r, any(d.key[0] == "flow" for d in r.get("core-1", ()))) for r in made] == [
        (True, False),
        (False, True),
        (True, False),
        (False, True),
        (True, False),
    ]
    assert not unsafe_between(campus, held, made)


def test_what_is_added_comes_first_to_the_olt_and_what_goes_goes_there_last() -> None:
    campus = small_lab()
    intents = small_lab_intents(campus)
    for before, after, order in (
        (intents[1:], intents, ["olt-1", "core-1"]),
        (intents, intents[1:], ["core-1", "olt-1"]),
    ):
        held, plan = change(campus, before, after)
        made = rounds(plan, campus, held)
        assert ["olt-1" if "olt-1" in r else "core-1" for r in made] == order
        assert not unsafe_between(campus, held, made)


def test_a_change_of_one_device_is_one_round() -> None:
    campus = three_tier()
    held, plan = change(campus, [], [])
    assert rounds(plan, campus, held) == ()
    campus = small_lab()
    limits = [intent(campus, "cap", "pacs", "his", limit_bps=rate) for rate in (10**7, 2 * 10**7)]
    held, plan = change(campus, limits[:1], limits[1:])
    assert [set(r) for r in rounds(plan, campus, held)] == [{"core-1"}]


def test_several_switches_of_one_round_are_looked_at_in_every_order() -> None:
    campus = three_tier()
    before = [intent(campus, "ct", "ct-room", "pacs", service_class="imaging")]
    held, plan = change(campus, before, [with_class(before[0], "voice")])
    assert not unsafe_between(campus, held, rounds(plan, campus, held))
    at_once = [{device: plan.for_device(device) for device in plan.devices}]
    assert len({loss.made for loss in unsafe_between(campus, held, at_once)}) > 10


def test_who_is_given_a_second_cable_or_loses_it_keeps_the_first_meanwhile() -> None:
    campus = twin_links()
    ways = [intent(campus, "ct", "ct-room", "pacs", survive=survive) for survive in (None, "any single link")]
    for before, after in (ways, ways[::-1]):
        held, plan = change(campus, [before], [after])
        assert {"group", "flow"} <= {c.difference.key[0] for c in plan.changes}
        assert not unsafe_between(campus, held, rounds(plan, campus, held))
