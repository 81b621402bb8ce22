"""IntentService: requests to operations, values to messages. No decision is taken here."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Final

import yaml

from controller import present
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.service.api import messages
from controller.service.api.call import Call
from controller.service.engine import Engine
from controller.service.source import Snapshot, with_file
from controller.service.writer import Edit, Made, Writer
from intents.ingest import nearest
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.intent import ResolvedIntent

API_FOLDER: Final = "intents/api"
DEFAULT_PAGE: Final = 100
MAX_PAGE: Final = 1000


class Requests:
    """One method a call, named as in the proto. They block. Thread safe: the engine does one thing at a time."""

    def __init__(self, engine: Engine, writer: Writer | None) -> None:
        self._engine, self._writes = engine, writer

    def ListIntents(self, request: pb.ListIntentsRequest, call: Call) -> pb.ListIntentsResponse:  # noqa: N802, ARG002
        """A page, by name."""
        size = min(request.page_size or DEFAULT_PAGE, MAX_PAGE)
        after = _page_start(request.page_token)
        found = sorted((i for i in _intents(self._engine.current()) if i.name > after), key=lambda i: i.name)
        page = found[:size]
        token = base64.urlsafe_b64encode(page[-1].name.encode()).decode() if len(found) > size else ""
        return pb.ListIntentsResponse(intents=[messages.intent(i) for i in page], next_page_token=token)

    def GetIntent(self, request: pb.GetIntentRequest, call: Call) -> pb.GetIntentResponse:  # noqa: N802, ARG002
        """One intent."""
        return pb.GetIntentResponse(intent=messages.intent(_find(self._engine.current(), request.name)))

    def ApplyIntent(self, request: pb.ApplyIntentRequest, call: Call) -> pb.ApplyIntentResponse:  # noqa: N802
        """Create or replace."""
        wanted = request.intent
        path = f"{API_FOLDER}/{wanted.name}.yaml"
        if request.validate_only:
            snapshot = self._engine.current()
            _check_writable(snapshot, wanted.name, wanted.etag)
            changed = _replaced(snapshot, path, _document(wanted))
            plan = self._engine.plan(changed.project).plan
            return pb.ApplyIntentResponse(
                intent=messages.intent(_find(changed, wanted.name)), changes=messages.changes(plan)
            )
        made = self._make(
            {path: _document(wanted)},
            lambda now: _check_writable(now, wanted.name, wanted.etag),
            call,
            f"Apply {wanted.name}",
        )
        return pb.ApplyIntentResponse(
            intent=messages.intent(_find(made.snapshot, wanted.name)),
            changes=messages.changes(made.plan),
            statuses=messages.statuses(made.verdict) if made.verdict is not None else [],
            commit=messages.commit(made.entry) if made.entry is not None else None,
        )

    def DeleteIntent(self, request: pb.DeleteIntentRequest, call: Call) -> pb.DeleteIntentResponse:  # noqa: N802
        """Remove."""
        path = f"{API_FOLDER}/{request.name}.yaml"

        def check(now: Snapshot) -> None:
            _find(now, request.name)
            _check_writable(now, request.name, request.etag)

        if request.validate_only:
            snapshot = self._engine.current()
            check(snapshot)
            changed = _replaced(snapshot, path, None)
            return pb.DeleteIntentResponse(changes=messages.changes(self._engine.plan(changed.project).plan))
        made = self._make({path: None}, check, call, f"Delete {request.name}")
        return pb.DeleteIntentResponse(
            changes=messages.changes(made.plan),
            commit=messages.commit(made.entry) if made.entry is not None else None,
        )

    def ListCommits(self, request: pb.ListCommitsRequest, call: Call) -> pb.ListCommitsResponse:  # noqa: N802, ARG002
        """The newest first, a page of them."""
        size = min(request.page_size or DEFAULT_PAGE, MAX_PAGE)
        before = _number(_page_start(request.page_token))
        found = [e for e in self._writer().commits() if before is None or e.number < before]
        page = found[:size]
        token = base64.urlsafe_b64encode(str(page[-1].number).encode()).decode() if len(found) > size else ""
        return pb.ListCommitsResponse(commits=[messages.commit(e) for e in page], next_page_token=token)

    def ApproveCommit(self, request: pb.ApproveCommitRequest, call: Call) -> pb.ApproveCommitResponse:  # noqa: N802
        """Let it pass."""
        entry = self._writer().approve(request.commit, call.author, tuple(request.allow))
        return pb.ApproveCommitResponse(commit=messages.commit(entry))

    def RevertCommit(self, request: pb.RevertCommitRequest, call: Call) -> pb.RevertCommitResponse:  # noqa: N802
        """By its inverse."""
        made = self._writer().revert(request.commit, call.author, call.still_wanted)
        return pb.RevertCommitResponse(
            commit=messages.commit(made.entry) if made.entry is not None else None,
            changes=messages.changes(made.plan),
            statuses=messages.statuses(made.verdict) if made.verdict is not None else [],
        )

    def PlanChanges(self, request: pb.PlanChangesRequest, call: Call) -> pb.PlanChangesResponse:  # noqa: N802, ARG002
        """The plan of what is written now."""
        return pb.PlanChangesResponse(changes=messages.changes(self._engine.plan(self._engine.current().project).plan))

    def VerifyNetwork(  # noqa: N802
        self,
        request: pb.VerifyNetworkRequest,  # noqa: ARG002
        call: Call,  # noqa: ARG002
    ) -> pb.VerifyNetworkResponse:
        """The verdict now."""
        verdict = self._engine.verify()
        return pb.VerifyNetworkResponse(holds=verdict.holds, statuses=messages.statuses(verdict))

    def ExplainIntent(  # noqa: N802
        self,
        request: pb.ExplainIntentRequest,
        call: Call,  # noqa: ARG002
    ) -> pb.ExplainIntentResponse:
        """One intent explained."""
        explained = self._engine.explain(request.name)
        return pb.ExplainIntentResponse(
            sentence=explained.text,
            status=messages.status(explained.verdict),
            json=json.dumps(present.result(ok=explained.verdict.holds, **explained.as_json()), ensure_ascii=False),
        )

    def _make(self, files: dict[str, str | None], check: Callable[[Snapshot], None], call: Call, message: str) -> Made:
        """Texts and network, both or neither. A call that is cancelled, or out of time, is undone."""
        edit = Edit(files=files, author=call.author, message=message, check=check, still_wanted=call.still_wanted)
        return self._writer().make(edit)

    def _writer(self) -> Writer:
        if self._writes is None:
            raise ClearwayError(
                Diagnostic(code="source-read-only", message="this service changes no texts", hint="ask another")
            )
        return self._writes


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


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
    if etag and etag != messages.etag(existing[0]):
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
