"""Planner and verifier were written apart; what the one admits the other proves."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings

from intents.compile import compile_intended
from intents.compile.latency import Unbounded
from intents.compile.planner import Planner
from intents.model.campus import Campus
from intents.model.evidence import Bound, Finding, Property
from intents.model.intent import Permission, ResolvedIntent
from intents.verify import verify
from tests.compile.campuses import applied
from tests.compile.strategies import asked, asked_for_time

HOUR_US = 3_600 * 10**6
SLOWLY = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@SLOWLY
@given(asked())
def test_what_is_admitted_and_applied_is_proven(given_: tuple[Campus, list[ResolvedIntent]]) -> None:
    campus, intents = given_
    # A place whose MAC address is not written can be imitated by its neighbours: the verifier says so, rightly.
    imitable = any(p.mac is None for p in campus.places.values())
    assume(not (imitable and any(r.intent.permission is Permission.DENY and r.services for r in intents)))
    intended = compile_intended(campus, intents).intended
    assume(intended is not None)
    assert intended is not None
    verdict = verify(campus, intents, applied(intended, campus))
    assert [(i.intent, f.property, f.statement) for i in verdict.intents for f in i.findings if not f.holds] == []


def changed(resolved: ResolvedIntent, **fields: object) -> ResolvedIntent:
    return replace(resolved, intent=replace(resolved.intent, **fields))  # type: ignore[arg-type]


def judged(campus: Campus, planned: list[ResolvedIntent], owed: list[ResolvedIntent]) -> dict[str, Finding] | None:
    """The findings about time, by intent, of what is owed when something is planned; None where it cannot be."""
    intended = compile_intended(campus, planned).intended
    if intended is None:
        return None
    verdict = verify(campus, owed, applied(intended, campus))
    about = (Property.LATENCY, Property.DELIVER)
    return {i.intent: f for i in verdict.intents for f in i.findings if f.property in about and not f.vacuous}


@SLOWLY
@given(asked_for_time())
def test_planner_and_prover_come_to_the_same_delay_and_the_same_refusals(
    given_: tuple[Campus, list[ResolvedIntent]],
) -> None:
    """The mathematics is shared, what the network is each works out for itself. So a bound is the same to a us:
    a promise of it is admitted and holds, of a microsecond less it is refused and does not."""
    campus, intents = given_
    patient = [r if r.intent.latency_us is None else changed(r, latency_us=HOUR_US) for r in intents]
    found = judged(campus, patient, patient)
    assume(found is not None)
    assert found is not None
    bounds = {name: f.bound for name, f in found.items() if f.property is Property.LATENCY}
    assume(bounds)
    planner = Planner(campus)
    planner.update(patient)
    for name, bound in bounds.items():
        assert isinstance(bound, Bound)
        streams = [
            stream
            for source, destination in planner.context.demand.intents[name].pairs()
            for stream in planner.context.pair((source.name, destination.name))
            if any(i.name == name for i in stream.treatment.intents)
        ]
        delays = [planner.delays.delay_us(stream) for stream in streams]
        assert [d for d in delays if isinstance(d, Unbounded)] == []
        assert max(d for d in delays if not isinstance(d, Unbounded)) == bound.delay_us
        for us, holds in ((bound.delay_us, True), ((bound.delay_us or 0) - 1, False)):
            owed = [changed(r, latency_us=us) if r.name == name else r for r in patient]
            codes = [d.code for d in Planner(campus).update(owed) if d.code == "latency-too-small"]
            assert codes == ([] if holds else ["latency-too-small"])
            judgement = judged(campus, patient, owed)
            assert judgement is not None
            assert judgement[name].holds is holds, judgement[name].statement


@SLOWLY
@given(asked_for_time())
def test_what_the_planner_finds_no_bound_for_the_prover_finds_none_for(
    given_: tuple[Campus, list[ResolvedIntent]],
) -> None:
    """The same network, planned for the same intents without their delays, each in the class that a delay implies."""
    campus, intents = given_
    refused = {
        d.position.file.removeprefix("intents/").removesuffix(".yaml")
        for d in Planner(campus).update(intents)
        if d.code in ("latency-unbounded", "deliver-unbounded", "deliver-too-late")
    }
    assume(refused)
    named = [
        r if r.intent.latency_us is None else changed(r, service_class=r.intent.service_class or "video")
        for r in intents
    ]
    without = [changed(r, latency_us=None) if r.name in refused else r for r in named]
    found = judged(campus, without, named)
    assume(found is not None)
    assert found is not None
    assert [found[name].statement for name in sorted(refused & found.keys()) if found[name].holds] == []
