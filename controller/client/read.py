"""Answers to values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from controller._pb.clearway.intents.v1 import diagnostic_pb2, operations_pb2, verdict_pb2
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.breakglass import Hold
from controller.calendar import Rests
from controller.client.values import Changed, Judged, Planned, Proposal, Status
from controller.events import Cause, Event
from controller.explain import Explanation
from controller.messages import diagnostics, plans, verdicts
from controller.state.journal import Phase
from intents.model.diagnostic import Diagnostic

Plan = pb.ApplyIntentResponse | pb.DeleteIntentResponse | pb.PlanChangesResponse


def planned(answer: pb.PlanChangesResponse) -> Planned:
    """A plan."""
    return Planned(**_planned(answer))


def hold(told: pb.BreakGlass) -> Hold:
    """A device that somebody mends by hand."""
    return Hold(
        device=told.device,
        owner=told.owner,
        why=told.why,
        since=told.since.ToDatetime(tzinfo=UTC),
        until=told.until.ToDatetime(tzinfo=UTC),
        refused=told.refused,
    )


def proposal(answer: pb.ApplyIntentResponse | pb.DeleteIntentResponse) -> Proposal:
    """What a dry run says."""
    if isinstance(answer, pb.DeleteIntentResponse):
        return Proposal(**_planned(answer), intent=None, resources=(), expected=None)
    expected = verdicts.intent_verdict(answer.expected) if answer.HasField("expected") else None
    resources = tuple(map(plans.room, answer.resources))
    return Proposal(**_planned(answer), intent=answer.intent, resources=resources, expected=expected)


def changed(answer: pb.ApplyIntentResponse | pb.DeleteIntentResponse) -> Changed:
    """What a change says."""
    return Changed(
        **_planned(answer),
        intent=answer.intent if isinstance(answer, pb.ApplyIntentResponse) else None,
        verdict=verdicts.verdict(answer.statuses, answer.drift),
        resting=_resting(answer.resting),
        token=answer.token,
        recovered=tuple(answer.recovered),
    )


def judged(answer: pb.VerifyNetworkResponse) -> Judged:
    """A verdict."""
    return Judged(
        verdict=verdicts.verdict(answer.statuses, answer.drift),
        resting=_resting(answer.resting),
        warnings=told(answer.warnings),
    )


def explanation(answer: pb.ExplainIntentResponse) -> Explanation:
    """One intent explained."""
    return Explanation(
        text=answer.sentence,
        verdict=verdicts.intent_verdict(answer.status),
        sources=tuple(answer.sources),
        destinations=tuple(answer.destinations),
        carriers=tuple((c.device, c.summary) for c in answer.carriers),
    )


def status(answer: pb.WatchStatusResponse) -> Status:
    """What a watcher sees."""
    return Status(
        revision=answer.revision,
        time=answer.time.ToDatetime(UTC),
        cause=answer.cause,
        commit=answer.commit,
        verdict=None if answer.faults else verdicts.verdict(answer.statuses, answer.drift),
        faults=told(answer.faults),
    )


def event(operation: operations_pb2.Operation) -> Event:
    """The step that an operation is at."""
    p = operation.progress
    return Event(
        token=operation.name.rpartition("/")[2],
        phase=Phase(p.phase),
        device=p.device,
        devices=tuple(p.devices),
        done=p.done,
        total=p.total,
        round=p.round,
        rounds=p.rounds,
        cause=Cause(p.cause) if p.cause else None,
        at=p.time.ToDatetime(UTC),
    )


def told(found: Iterable[diagnostic_pb2.Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics."""
    return tuple(map(diagnostics.value, found))


def _planned(answer: Plan) -> dict[str, Any]:
    return {
        "changes": tuple(map(plans.value, answer.changes)),
        "base": dict(answer.base),
        "warnings": told(answer.warnings),
    }


def _resting(found: Iterable[verdict_pb2.RestingIntent]) -> tuple[Rests, ...]:
    return tuple(Rests(r.name, r.when) for r in found)
