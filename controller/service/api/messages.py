"""Values to messages."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from google.protobuf import timestamp_pb2

from controller import present
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.service.engine import StatusEvent
from controller.service.rollout.entry import Entry
from intents.compile import summary
from intents.ingest import sentence
from intents.model.evidence import IntentVerdict, Verdict
from intents.model.intent import ResolvedIntent
from intents.model.plan import Change, Plan

_OPERATIONS: Final = {
    "add": pb.Change.OPERATION_ADD,
    "modify": pb.Change.OPERATION_MODIFY,
    "remove": pb.Change.OPERATION_REMOVE,
}


def etag(found: ResolvedIntent) -> str:
    """Changes when the intent does."""
    return hashlib.sha256(repr(found.intent).encode()).hexdigest()[:16]


def intent(found: ResolvedIntent) -> pb.Intent:
    """An intent as it is written."""
    position = found.intent.position
    message = pb.Intent(
        name=found.name,
        sentence=sentence(found.intent),
        origin=f"{position.file}:{position.line}",
        etag=etag(found),
    )
    if found.intent.say is not None:
        message.say = found.intent.say
    return message


def changes(plan: Plan) -> list[pb.Change]:
    """What changes, in order."""
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


def status(verdict: IntentVerdict) -> pb.IntentStatus:
    """The verdict on one intent."""
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


def commit(entry: Entry) -> pb.Commit:
    """How far a commit has come."""
    found = entry.record()
    return pb.Commit(
        id=entry.commit,
        author=entry.author,
        subject=entry.subject,
        state=pb.Commit.State.Value(f"STATE_{entry.state.name}"),
        approved_by=entry.by,
        json=json.dumps(found, ensure_ascii=False),
    )


def statuses(verdict: Verdict) -> list[pb.IntentStatus]:
    """The verdict on each intent."""
    return [status(v) for v in verdict.intents]


def watched(event: StatusEvent) -> pb.WatchStatusResponse:
    """What a watcher is sent."""
    time = timestamp_pb2.Timestamp()
    time.FromDatetime(event.time)
    return pb.WatchStatusResponse(
        revision=event.revision,
        time=time,
        cause=event.cause,
        holds=event.holds,
        statuses=statuses(event.verdict) if event.verdict else [],
        commit=event.commit,
    )
