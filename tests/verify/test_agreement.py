"""Planner and verifier were written apart; what the one admits the other proves."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings

from intents.compile import compile_intended
from intents.model.campus import Campus
from intents.model.intent import Permission, ResolvedIntent
from intents.verify import verify
from tests.compile.campuses import applied
from tests.compile.strategies import asked


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
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
