"""A planner that goes on says the same as one that starts anew."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intents.compile import RunningPlanner, compile_intended, make_plan
from intents.model.campus import Campus
from intents.model.intent import ResolvedIntent
from intents.model.state import patch
from tests.compile.campuses import applied, empty, small_lab, small_lab_intents
from tests.compile.strategies import asked, intents_for
from tests.conftest import examples

STEPS = settings(
    max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@STEPS
@given(asked(), st.data())
def test_each_step_ends_where_a_new_planner_would(
    given_: tuple[Campus, list[ResolvedIntent]], data: st.DataObject
) -> None:
    campus, first = given_
    running = RunningPlanner(campus, empty(campus))
    now = {r.name: r for r in first}
    running.update(now.values())
    for step in range(data.draw(st.integers(1, 4))):
        names = data.draw(st.lists(st.sampled_from(sorted(now) or ["none"]), max_size=2, unique=True))
        changes: dict[str, ResolvedIntent | None] = {name: None for name in names if name in now}
        more = data.draw(st.lists(intents_for(campus, f"step-{step}"), max_size=1))
        changes |= {r.name: r for r in more}
        now = {n: r for n, r in (now | changes).items() if r is not None}
        plan = running.change(changes)
        anew = compile_intended(campus, list(now.values()), empty(campus))
        assert running.diagnostics == anew.diagnostics
        if anew.intended is None:
            assert plan is None
            continue
        assert plan is not None
        assert plan == make_plan(anew.intended, campus, empty(campus))


@STEPS
@given(asked(), st.data())
def test_after_a_change_is_made_only_the_next_is_planned(
    given_: tuple[Campus, list[ResolvedIntent]], data: st.DataObject
) -> None:
    campus, first = given_
    running = RunningPlanner(campus, empty(campus))
    if running.update(first) is None:
        return
    running.settle()
    held = compile_intended(campus, first).intended
    assert held is not None
    assert running.change({}).changes == ()  # type: ignore[union-attr]
    one = data.draw(intents_for(campus, "one-more"))
    plan = running.change({one.name: one})
    if plan is None:
        return
    wanted = compile_intended(campus, [*first, one], applied(held, campus)).intended
    assert wanted is not None
    after = {d: patch(s, plan.for_device(d)) for d, s in held.states.items()}
    for device, state in wanted.states.items():
        assert {k: v for k, v in after[device].objects.items() if k[0] not in NUMBERED} == {
            k: v for k, v in state.objects.items() if k[0] not in NUMBERED
        }
    back = running.change({one.name: None})
    assert back is not None
    assert back.changes == ()


# A running planner takes numbers as if nothing were held yet; one that starts on what the devices hold keeps theirs.
NUMBERED = frozenset(("tcont", "gemport", "meter", "flow", "v-ani"))


def test_an_intent_with_a_fault_changes_nothing_and_is_not_lost() -> None:
    campus = small_lab()
    intents = small_lab_intents(campus)
    running = RunningPlanner(campus, empty(campus))
    assert running.update(intents) is not None
    running.settle()
    study = next(r for r in intents if r.name == "study")
    wrong = replace(study, intent=replace(study.intent, service_class="nobody"))
    assert running.change({"study": wrong}) is None
    assert [d.code for d in running.diagnostics] == ["unknown-class"]
    plan = running.change({"study": study})
    assert plan is not None
    assert plan.changes == ()
