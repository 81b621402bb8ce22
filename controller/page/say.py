"""A sentence, said back: how it is understood, what it would be promised, from whom it would take, and why not."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import plan_pb2, verdict_pb2
from controller.messages import plans as messages
from controller.messages import verdicts
from controller.messages.intents import document, etag, spec
from controller.page import plans
from controller.page.answers import said
from controller.page.desk import body, desk
from controller.page.intents import bound_of, guarantee, sentences
from controller.page.problem import diagnostic, problem
from controller.page.states import broken_by
from controller.page.wanted import applying, wanted
from controller.service.api.written import find, with_intent
from controller.service.engine import Engine
from intents.model.diagnostic import ClearwayError
from intents.model.intent import Intent

Json = dict[str, Any]
_OF_THE_ASKING: Final = (404, 409, 422)  # the rest is of who asks, or of the moment
_NOT_UNDERSTOOD: Final[Json] = {
    "understood": None,
    "promised": None,
    "takes_from": [],
    "disruption": None,
    "changes": 0,
    "base": {},
    "etag": "",
}


async def say(request: web.Request) -> web.Response:
    """POST /api/say. What the intent cannot be is an answer, not a fault of the request."""
    at, asked = desk(request), await body(request)
    intent = wanted(asked, await at.names(request))
    message = applying(asked, intent, tried=True)
    try:
        tried = await at.call(request, "IntentService/ApplyIntent", message)
    except ClearwayError as error:
        if problem(error)["status"] not in _OF_THE_ASKING:
            raise
        meant = await at.look(request, lambda _: _understood(at.engine, intent))
        refusal = {"code": error.diagnostics[0].code, "diagnostics": [diagnostic(d) for d in error.diagnostics]}
        return said({**_NOT_UNDERSTOOD, **meant, "refusal": refusal})
    return said(await at.look(request, lambda _: _answer(at.engine, intent, tried)))


def _understood(engine: Engine, wanted: pb.Intent) -> Json:
    """As far as it was; nothing where it was not."""
    try:
        return {"understood": _back(find(with_intent(engine.current(), wanted), wanted.name).intent)}
    except ClearwayError:
        return {}


def _back(meant: Intent) -> Json:
    """The intent in fields and in sentences."""
    return {
        "name": meant.name,
        "yaml": document(pb.Intent(name=meant.name, spec=spec(meant))),
        "sentence": sentences(meant),
    }


def _answer(engine: Engine, wanted: pb.Intent, tried: pb.ApplyIntentResponse) -> Json:
    meant = find(with_intent(engine.current(), wanted), wanted.name).intent
    changes = [messages.value(c) for c in tried.changes]
    expected = tried.expected if tried.HasField("expected") else None
    return {
        "understood": _back(meant),
        "promised": _promised(meant, expected),
        "takes_from": [_taken(meant.name, r) for r in tried.resources],
        "disruption": plans.disruption(changes),
        "refusal": None,
        "changes": len(changes),
        "base": dict(tried.base),
        "etag": etag(meant),
    }


def _promised(meant: Intent, expected: verdict_pb2.IntentStatus | None) -> Json:
    verdict = verdicts.intent_verdict(expected) if expected is not None else None
    broken = broken_by(verdict) if verdict is not None else None
    statements = [f.statement for f in verdict.findings] if verdict is not None else []
    return {
        "guarantee": guarantee(meant),
        "bound": bound_of(verdict),
        "holds": verdict is not None and verdict.holds,
        "statement": broken.statement if broken is not None else "; ".join(statements[-1:]),
    }


def _taken(name: str, found: plan_pb2.Resource) -> Json:
    own = sum(s.promised_bps for s in found.shares if s.intent == name)
    return {
        "resource": found.name,
        "node": plans.where(found.name)["node"],
        "capacity_bps": found.capacity_bps,
        "promised_before_bps": found.promised_bps - own,
        "promised_bps": found.promised_bps,
        "free_bps": found.free_bps,
        "intents": [s.intent for s in found.shares if s.intent != name],
    }
