"""Calls that change one intent, and the network with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from controller import operations
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import plan_pb2, verdict_pb2
from controller.calendar import now
from controller.messages import intents, plans, verdicts
from controller.operations import Applied, Planned
from controller.project import Project
from controller.service.api import answers, written
from controller.service.api.call import Call
from controller.service.engine import Engine, Terms
from controller.service.source import Snapshot
from intents.compile import capacity_and_stock
from intents.model.state import Operational


class Changes:
    """One method a call, named as in the proto. They block. Thread safe: the engine does one thing at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ApplyIntent(self, request: pb.ApplyIntentRequest, call: Call) -> pb.ApplyIntentResponse:  # noqa: N802
        """Create or replace."""
        name = request.intent.name
        with self._engine.exclusively():
            snapshot = self._engine.current()
            changed, document = written.with_intent(snapshot, request.intent)
            made = intents.message(written.find(changed, name), now())
            if request.validate_only:
                planned = self._engine.plan(changed.project, plans.permit(request.permit))
                project = changed.project.at(now())
                return pb.ApplyIntentResponse(
                    intent=made,
                    resources=_resources(project, name),
                    expected=_expected(project, planned, name),
                    **answers.planned(planned),
                )
            done = self._apply(changed, _terms(request.permit, request.base, call), call)
            self._write(changed, snapshot, name, document, call, done.token)
        return pb.ApplyIntentResponse(intent=made, **answers.applied(done, changed.project))

    def DeleteIntent(self, request: pb.DeleteIntentRequest, call: Call) -> pb.DeleteIntentResponse:  # noqa: N802
        """Remove."""
        with self._engine.exclusively():
            snapshot = self._engine.current()
            changed = written.without_intent(snapshot, request.name, request.etag)
            if request.validate_only:
                planned = self._engine.plan(changed.project, plans.permit(request.permit))
                return pb.DeleteIntentResponse(**answers.planned(planned))
            done = self._apply(changed, _terms(request.permit, request.base, call), call)
            self._write(changed, snapshot, request.name, None, call, done.token)
        return pb.DeleteIntentResponse(**answers.applied(done, changed.project))

    def _apply(self, changed: Snapshot, terms: Terms, call: Call) -> Applied:
        """Make the network so. A call that is cancelled, or out of time, is undone."""
        return self._engine.apply(changed, by=call.author, cause="api", terms=terms)

    def _write(
        self, changed: Snapshot, before: Snapshot, name: str, document: str | None, call: Call, token: str
    ) -> None:
        """Write the source, after the network: what is written has been proved to hold."""
        message = f"{'Apply' if document is not None else 'Delete'} {name}"
        revision = self._engine.source.write(
            written.path_of(name), document, author=call.author, message=message, expected=before.revision
        )
        self._engine.note("written", token=token, intent=name, commit=revision, by=call.author)
        self._engine.in_force = replace(changed, revision=revision, author=call.author, subject=message)


def _terms(permit: plan_pb2.Permit, base: Mapping[str, str], call: Call) -> Terms:
    return Terms(
        permit=plans.permit(permit),
        base=dict(base) or None,
        still_wanted=call.still_wanted,
        progress=call.progress,
        refusal_is_news=False,
    )


def _resources(project: Project, name: str) -> list[plan_pb2.Resource]:
    """Where the intent is promised a share."""
    rooms, _ = capacity_and_stock(project.checked_campus(), project.intents)
    return [plans.resource(room) for room in rooms if any(holder == name for holder, _ in room.holders)]


def _expected(project: Project, planned: Planned, name: str) -> verdict_pb2.IntentStatus | None:
    """The verifier's word on the intent, were the devices to hold what is planned; None for one that rests."""
    one = replace(project, intents=tuple(i for i in project.intents if i.name == name))
    states = planned.intended.states
    then = {d: replace(seen, state=states.get(d, seen.state)) for d, seen in planned.operational.devices.items()}
    verdict = operations.judge_network(one, Operational(devices=then), None)
    return verdicts.status(verdict.intents[0]) if verdict.intents else None
