"""Changes that somebody starts from the page: each becomes an operation of the API, and is told as it goes on."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final

from aiohttp import web
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import status_pb2

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import operations_pb2 as ops
from controller.client.faults import of_status
from controller.page.answers import said
from controller.page.commits import change
from controller.page.desk import body, desk, text
from controller.page.problem import problem
from controller.page.views import stamp
from controller.page.wanted import applying, base, permit, wanted
from intents.model.diagnostic import ClearwayError

Json = dict[str, Any]
_PREFIX: Final = "operations/"
_STARTED: Final = 202


async def apply(request: web.Request) -> web.Response:
    """POST /api/apply."""
    asked = await body(request)
    message = applying(asked, wanted(asked, await desk(request).names(request)), tried=False)
    return await _start(request, ops.StartOperationRequest(apply=message))


async def delete(request: web.Request) -> web.Response:
    """POST /api/delete."""
    asked = await body(request)
    message = pb.DeleteIntentRequest(
        name=text(asked, "name", 100), etag=text(asked, "etag", 100), permit=permit(asked), base=base(asked)
    )
    return await _start(request, ops.StartOperationRequest(delete=message))


async def _start(request: web.Request, message: ops.StartOperationRequest) -> web.Response:
    found = await desk(request).call(request, "OperationService/StartOperation", message)
    return said(operation(found.operation), _STARTED)


async def one(request: web.Request) -> web.Response:
    """GET /api/operations/ID."""
    message = ops.GetOperationRequest(name=_PREFIX + request.match_info["id"])
    found = await desk(request).call(request, "OperationService/GetOperation", message)
    return said(operation(found.operation))


async def every(request: web.Request) -> web.Response:
    """GET /api/operations."""
    found = await desk(request).call(request, "OperationService/ListOperations", ops.ListOperationsRequest())
    return said({"operations": [operation(o) for o in found.operations]})


async def cancel(request: web.Request) -> web.Response:
    """POST /api/operations/ID/cancel."""
    message = ops.CancelOperationRequest(name=_PREFIX + request.match_info["id"])
    found = await desk(request).call(request, "OperationService/CancelOperation", message)
    return said(operation(found.operation))


def operation(told: ops.Operation) -> Json:
    """How far it is, and how it ended."""
    return {
        "id": told.name.removeprefix(_PREFIX),
        "state": ops.Operation.State.Name(told.state).removeprefix("STATE_").lower(),
        "title": told.title,
        "author": told.author,
        "created": _time(told.create_time),
        "ended": _time(told.end_time) if told.HasField("end_time") else None,
        "progress": _progress(told.progress) if told.HasField("progress") else None,
        "error": _error(told.error) if told.WhichOneof("result") == "error" else None,
        "result": _result(told),
    }


def _time(found: Timestamp) -> str | None:
    return stamp(found.ToDatetime(tzinfo=UTC))


def _progress(found: ops.Progress) -> Json:
    return {
        "phase": found.phase,
        "words": found.words,
        "device": found.device,
        "devices": list(found.devices),
        "done": found.done,
        "total": found.total,
        "round": found.round,
        "rounds": found.rounds,
        "at": _time(found.time),
    }


def _error(status: status_pb2.Status) -> Json:
    return problem(ClearwayError(*of_status(status)))


def _result(told: ops.Operation) -> Json | None:
    kind = told.WhichOneof("result")
    if kind in {None, "error"}:
        return None
    done = getattr(told, str(kind))
    commit = done.commit if kind != "verified" and done.HasField("commit") else None
    return {
        "changes": len(done.changes) if kind != "verified" else 0,
        "commit": change(commit) if commit is not None else None,
        "holds": all(s.holds for s in done.statuses) if done.statuses else None,
        "intents": [{"name": s.name, "holds": s.holds} for s in done.statuses],
    }
