"""Calls that change one intent, and the network with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import plan_pb2, verdict_pb2
from controller.calendar import now
from controller.messages import intents, plans, verdicts
from controller.operations import Planned
from controller.project import Project
from controller.service.api import answers, commits, written
from controller.service.api.call import Call
from controller.service.engine import Engine, Terms
from controller.service.source import Snapshot
from controller.service.writer import Edit, Files, Made, Writer, writable
from intents.compile import capacity_and_stock
from intents.model.state import Operational
from intents.verify import verify_one


class Changes:
    """One method a call, named as in the proto. They block. Thread safe: the engine does one thing at a time."""

    def __init__(self, engine: Engine, writer: Writer | None) -> None:
        self._engine, self._writer = engine, writer

    def ApplyIntent(self, request: pb.ApplyIntentRequest, call: Call) -> pb.ApplyIntentResponse:  # noqa: N802
        """Create or replace."""
        name = request.intent.name
        if request.validate_only:
            return self._tried(request)
        document = intents.document(written.named(request.intent))
        made = self._make(
            {written.path_of(name): document},
            f"Apply {name}",
            lambda now: written.with_intent(now, request.intent),
            _terms(request.permit, request.base, call),
            call,
        )
        project = made.snapshot.project.at(now())
        return pb.ApplyIntentResponse(
            intent=intents.message(written.find(made.snapshot, name), now()),
            **_made(made, project),
        )

    def _tried(self, request: pb.ApplyIntentRequest) -> pb.ApplyIntentResponse:
        name = request.intent.name
        with self._engine.exclusively():
            changed = written.with_intent(self._engine.current(), request.intent)
            planned = self._engine.plan(changed.project, plans.permit(request.permit))
        project = changed.project.at(now())
        return pb.ApplyIntentResponse(
            intent=intents.message(written.find(changed, name), now()),
            resources=_resources(project, name),
            expected=_expected(project, planned, name),
            **answers.planned(planned),
        )

    def DeleteIntent(self, request: pb.DeleteIntentRequest, call: Call) -> pb.DeleteIntentResponse:  # noqa: N802
        """Remove."""
        if request.validate_only:
            with self._engine.exclusively():
                changed = written.without_intent(self._engine.current(), request.name, request.etag)
                planned = self._engine.plan(changed.project, plans.permit(request.permit))
            return pb.DeleteIntentResponse(**answers.planned(planned))
        made = self._make(
            {written.path_of(request.name): None},
            f"Delete {request.name}",
            lambda now: written.without_intent(now, request.name, request.etag),
            _terms(request.permit, request.base, call),
            call,
        )
        return pb.DeleteIntentResponse(**_made(made, made.snapshot.project))

    def _make(self, files: Files, message: str, check: Callable[[Snapshot], object], terms: Terms, call: Call) -> Made:
        """Texts and network, both or neither. A call that is cancelled, or out of time, is undone."""
        edit = Edit(files=files, author=call.author, message=message, check=check, terms=terms)
        return writable(self._writer).make(edit)


def _made(made: Made, project: Project) -> dict[str, Any]:
    """What was done, or would be once the commit need not wait any more."""
    found = answers.applied(made.done, project) if made.done is not None else answers.planned(made.planned)
    return {**found, "commit": commits.message(made.entry) if made.entry is not None else None}


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
    states = planned.intended.states
    then = {d: replace(seen, state=states.get(d, seen.state)) for d, seen in planned.operational.devices.items()}
    verdict = verify_one(project.checked_campus(), project.intents, Operational(devices=then), name)
    return verdicts.status(replace(verdict, paths=())) if verdict is not None else None
