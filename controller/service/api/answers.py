"""What several answers share."""

from __future__ import annotations

from typing import Any

from controller._pb.clearway.intents.v1 import verdict_pb2
from controller.calendar import now, rests
from controller.messages import diagnostics, plans, verdicts
from controller.operations import Applied, Planned
from controller.project import Project
from controller.shown import shown
from intents.compile import fingerprints


def planned(found: Planned) -> dict[str, Any]:
    """The fields that every answer with a plan has."""
    return {
        "changes": map(plans.message, shown(found.plan.changes)),
        "base": dict(fingerprints(found.plan)),
        "warnings": map(diagnostics.message, found.warnings),
    }


def applied(done: Applied, project: Project) -> dict[str, Any]:
    """The fields that every answer about a change that was made has."""
    return {
        "changes": map(plans.message, shown(done.plan.changes)),
        "base": dict(fingerprints(done.plan)),
        "warnings": map(diagnostics.message, done.warnings),
        "statuses": verdicts.statuses(done.verdict),
        "drift": map(verdicts.drift_message, done.verdict.drift),
        "resting": resting(project),
        "token": done.token,
        "recovered": done.recovered,
    }


def resting(project: Project) -> list[verdict_pb2.RestingIntent]:
    """Intents whose window is closed now."""
    return [verdict_pb2.RestingIntent(name=r.name, when=r.when) for r in rests(project.at(now()).resting)]
