"""IntentService: requests to operations, values to messages. No decision is taken here."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final, TypeVar

import grpc
import yaml
from google.protobuf import timestamp_pb2

from controller import present
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import intents_pb2_grpc
from controller.service.engine import Engine, StatusEvent
from controller.service.errors import refuse
from controller.service.source import Snapshot, with_file
from intents.compile import summary
from intents.ingest import nearest, sentence
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from intents.model.evidence import IntentVerdict, Verdict
from intents.model.intent import ResolvedIntent
from intents.model.plan import Change, Plan

API_FOLDER: Final = "intents/api"
DEFAULT_PAGE: Final = 100
MAX_PAGE: Final = 1000
_OPERATIONS: Final = {
    "add": pb.Change.OPERATION_ADD,
    "modify": pb.Change.OPERATION_MODIFY,
    "remove": pb.Change.OPERATION_REMOVE,
}
Method = TypeVar("Method", bound=Callable[..., Any])


def _answered(method: Method) -> Method:
    """Turn ClearwayError into a status with details."""

    @wraps(method)
    def call(self: IntentApi, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except ClearwayError as error:
            refuse(context, error.diagnostics)

    return call  # type: ignore[return-value]


class IntentApi(intents_pb2_grpc.IntentServiceServicer):
    """The servicer. Thread safe: the engine does one thing at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @_answered
    def ListIntents(self, request: pb.ListIntentsRequest, context: grpc.ServicerContext) -> pb.ListIntentsResponse:  # noqa: N802, ARG002
        """A page, by name."""
        size = min(request.page_size or DEFAULT_PAGE, MAX_PAGE)
        after = _page_start(request.page_token)
        found = sorted((i for i in _intents(self._engine.current()) if i.name > after), key=lambda i: i.name)
        page = found[:size]
        token = base64.urlsafe_b64encode(page[-1].name.encode()).decode() if len(found) > size else ""
        return pb.ListIntentsResponse(intents=[_message(i) for i in page], next_page_token=token)

    @_answered
    def GetIntent(self, request: pb.GetIntentRequest, context: grpc.ServicerContext) -> pb.GetIntentResponse:  # noqa: N802, ARG002
        """One intent."""
        return pb.GetIntentResponse(intent=_message(_find(self._engine.current(), request.name)))

    @_answered
    def ApplyIntent(self, request: pb.ApplyIntentRequest, context: grpc.ServicerContext) -> pb.ApplyIntentResponse:  # noqa: N802
        """Create or replace."""
        snapshot = self._engine.current()
        wanted = request.intent
        _check_writable(snapshot, wanted.name, wanted.etag)
        path = f"{API_FOLDER}/{wanted.name}.yaml"
        changed = _replaced(snapshot, path, _document(wanted))
        if request.validate_only:
            plan = self._engine.plan(changed.project).plan
            return pb.ApplyIntentResponse(intent=_message(_find(changed, wanted.name)), changes=_changes(plan))
        done = self._apply_and_write(changed, snapshot, path, _document(wanted), context, f"Apply {wanted.name}")
        return pb.ApplyIntentResponse(
            intent=_message(_find(changed, wanted.name)), changes=_changes(done.plan), statuses=_statuses(done.verdict)
        )

    @_answered
    def DeleteIntent(self, request: pb.DeleteIntentRequest, context: grpc.ServicerContext) -> pb.DeleteIntentResponse:  # noqa: N802
        """Remove."""
        snapshot = self._engine.current()
        _find(snapshot, request.name)
        _check_writable(snapshot, request.name, request.etag)
        path = f"{API_FOLDER}/{request.name}.yaml"
        changed = _replaced(snapshot, path, None)
        if request.validate_only:
            return pb.DeleteIntentResponse(changes=_changes(self._engine.plan(changed.project).plan))
        done = self._apply_and_write(changed, snapshot, path, None, context, f"Delete {request.name}")
        return pb.DeleteIntentResponse(changes=_changes(done.plan))

    @_answered
    def PlanChanges(self, request: pb.PlanChangesRequest, context: grpc.ServicerContext) -> pb.PlanChangesResponse:  # noqa: N802, ARG002
        """The plan of what is written now."""
        return pb.PlanChangesResponse(changes=_changes(self._engine.plan(self._engine.current().project).plan))

    @_answered
    def VerifyNetwork(  # noqa: N802
        self,
        request: pb.VerifyNetworkRequest,  # noqa: ARG002
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> pb.VerifyNetworkResponse:
        """The verdict now."""
        verdict = self._engine.verify()
        return pb.VerifyNetworkResponse(holds=verdict.holds, statuses=_statuses(verdict))

    @_answered
    def ExplainIntent(  # noqa: N802
        self,
        request: pb.ExplainIntentRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> pb.ExplainIntentResponse:
        """One intent explained."""
        explained = self._engine.explain(request.name)
        return pb.ExplainIntentResponse(
            sentence=explained.text,
            status=_status(explained.verdict),
            json=json.dumps(present.result(ok=explained.verdict.holds, **explained.as_json()), ensure_ascii=False),
        )

    def WatchStatus(  # noqa: N802
        self, request: pb.WatchStatusRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchStatusResponse]:
        """Statuses as they come, until the client leaves."""
        try:
            for event in self._engine.watch(request.after_revision):
                if not context.is_active():
                    return
                if event is not None:
                    yield _event(event)
        except ClearwayError as error:
            refuse(context, error.diagnostics)

    def _apply_and_write(
        self,
        changed: Snapshot,
        snapshot: Snapshot,
        path: str,
        text: str | None,
        context: grpc.ServicerContext,
        message: str,
    ) -> Any:
        """Make the network so, then write the source: what is written has been proved to hold. A call that is
        cancelled, or out of time, is undone."""
        who = dict(context.invocation_metadata()).get("x-clearway-author", "Clearway API <api@localhost>")
        author = who.decode() if isinstance(who, bytes) else who
        done = self._engine.apply(changed, by=author, cause="api", still_wanted=context.is_active)
        revision = self._engine.source.write(path, text, author=author, message=message, expected=snapshot.revision)
        self._engine.in_force = Snapshot(revision=revision, project=changed.project, author=author, subject=message)
        return done


def _page_start(token: str) -> str:
    if not token:
        return ""
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError as error:
        raise ClearwayError(
            Diagnostic(code="bad-page-token", message="the page token is not one of ours", hint="list from the start")
        ) from error


def _intents(snapshot: Snapshot) -> tuple[ResolvedIntent, ...]:
    snapshot.project.checked_campus()
    return snapshot.project.intents


def _find(snapshot: Snapshot, name: str) -> ResolvedIntent:
    found = _intents(snapshot)
    for item in found:
        if item.name == name:
            return item
    close = nearest(name, [i.name for i in found])
    raise ClearwayError(
        Diagnostic(
            code="unknown-intent",
            message=f"there is no intent {name!r}",
            hint=f"did you mean {close!r}?" if close else "",
        )
    )


def _check_writable(snapshot: Snapshot, name: str, etag: str) -> None:
    """An intent written by hand is changed where it is written, not here."""
    if not name:
        raise ClearwayError(Diagnostic(code="no-name", message="the intent has no name", hint="set intent.name"))
    existing = [i for i in snapshot.project.intents if i.name == name]
    if not existing:
        return
    where = existing[0].intent.position
    if f"/{API_FOLDER}/" not in f"/{where.file}":
        raise ClearwayError(
            Diagnostic(
                code="not-ours",
                message=f"{name} is written in {where.file}:{where.line}",
                hint="change it there, or use another name",
                position=where,
            )
        )
    if etag and etag != _etag(existing[0]):
        raise ClearwayError(
            Diagnostic(code="etag-mismatch", message=f"{name} was changed meanwhile", hint="get it again and retry")
        )


def _document(intent: pb.Intent) -> str:
    """The YAML document of an intent."""
    form = intent.WhichOneof("form")
    if form == "spec_yaml":
        body = "\n".join(f"  {line}" for line in intent.spec_yaml.splitlines())
        spec = f"spec:\n{body}\n"
    else:
        spec = yaml.safe_dump({"spec": {"say": intent.say}}, allow_unicode=True, width=10_000)
    head = yaml.safe_dump(
        {"apiVersion": "clearway.dev/v1", "kind": "Intent", "metadata": {"name": intent.name}}, sort_keys=False
    )
    return head + spec


def _replaced(snapshot: Snapshot, path: str, text: str | None) -> Snapshot:
    project = with_file(snapshot.project, path, text)
    project.checked_campus()
    return Snapshot(revision=snapshot.revision, project=project)


def _etag(intent: ResolvedIntent) -> str:
    return hashlib.sha256(repr(intent.intent).encode()).hexdigest()[:16]


def _message(intent: ResolvedIntent) -> pb.Intent:
    position: Position = intent.intent.position
    message = pb.Intent(
        name=intent.name,
        sentence=sentence(intent.intent),
        origin=f"{position.file}:{position.line}",
        etag=_etag(intent),
    )
    if intent.intent.say is not None:
        message.say = intent.intent.say
    return message


def _changes(plan: Plan) -> list[pb.Change]:
    return [_change(c) for c in plan.changes]


def _change(change: Change) -> pb.Change:
    return pb.Change(
        device=change.device,
        operation=_OPERATIONS[change.difference.op],
        summary=summary(change.difference),
        disruptive=change.disruptive,
        places=list(change.places),
        intents=[f"{a.name} ({a.position.file}:{a.position.line})" for a in change.askers],
    )


def _status(verdict: IntentVerdict) -> pb.IntentStatus:
    findings = [
        pb.Finding(
            property=str(f.property),
            holds=f.holds,
            statement=f.statement,
            counterexample_json=json.dumps(present.counterexample(f.counterexample)) if f.counterexample else "",
        )
        for f in verdict.findings
    ]
    return pb.IntentStatus(name=verdict.intent, holds=verdict.holds, findings=findings)


def _statuses(verdict: Verdict) -> list[pb.IntentStatus]:
    return [_status(v) for v in verdict.intents]


def _event(event: StatusEvent) -> pb.WatchStatusResponse:
    time = timestamp_pb2.Timestamp()
    time.FromDatetime(event.time)
    return pb.WatchStatusResponse(
        revision=event.revision,
        time=time,
        cause=event.cause,
        holds=event.holds,
        statuses=_statuses(event.verdict) if event.verdict else [],
        commit=event.commit,
    )
