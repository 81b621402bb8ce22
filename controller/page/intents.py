"""What the network owes whom: every intent in a sentence, and one with its ways and its proof."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.messages.intents import etag
from controller.page import hops
from controller.page.answers import Prepared, prepare, send
from controller.page.desk import API, desk
from controller.page.explained import explained
from controller.page.observed import drift
from controller.page.states import FINE, broken_by
from controller.page.views import View, stamp
from controller.present import bound
from controller.service.api.written import all_of, find, path_of
from controller.service.source import Snapshot
from intents.ingest import sentence, sentence_zh
from intents.model.diagnostic import ClearwayError
from intents.model.evidence import Finding, IntentVerdict
from intents.model.intent import Intent, Permission, ResolvedIntent

Json = dict[str, Any]
_NAMES: Final = {"rateBps": "rate_bps", "rateBoundBy": "rate_bound_by", "delayUs": "delay_us",
                 "delayBoundBy": "delay_bound_by", "backlogBits": "backlog_bits", "completionUs": "completion_us",
                 "reliesOn": "relies_on", "latencyUs": "latency_us"}  # fmt: skip


async def every(request: web.Request) -> web.Response:
    """GET /api/intents."""
    return await desk(request).viewed(request, "intents", listed)


def listed(view: View) -> Prepared:
    """All of them, by name."""
    project = view.seen.project
    each = sorted((*project.intents, *project.resting), key=lambda r: r.name)
    return prepare({"revision": view.revision, "intents": [_line(r, view) for r in each]})


async def one(request: web.Request) -> web.Response:
    """GET /api/intents/NAME."""
    at, name = desk(request), request.match_info["name"]
    view = await at.views.now()

    said = pb.ExplainIntentRequest(name=name)
    method = f"{API}IntentService/ExplainIntent"
    found = await at.once(
        request, view, f"intent {name}", lambda: prepare(_whole(view, name)), method=method, said=said
    )
    return send(request, found)


def _line(resolved: ResolvedIntent, view: View) -> Json:
    said, told = resolved.intent, view.intents.get(resolved.name, FINE)
    event, written = view.event, view.authors.get(said.position.file)
    rests = any(r.name == said.name for r in view.seen.project.resting)
    return {
        "name": said.name,
        "sentence": sentences(said),
        "state": told.state,
        "why": told.why,
        "kind": kind(said),
        "resting": said.when if rests else None,
        "guarantee": guarantee(said),
        "bound": bound_of(verdict_of(view, said.name)),
        "owner": said.annotations.get("owner") or (written.author if written is not None else ""),
        "commit": written.commit if written is not None else event.commit if event is not None else "",
        "file": said.position.file,
        "line": said.position.line,
        "proven_at": stamp(view.proven) if not rests else None,
    }


def verdict_of(view: View, name: str) -> IntentVerdict | None:
    """What is known of it."""
    judged = view.seen.verdict.intents if view.seen.verdict is not None else ()
    return next((v for v in judged if v.intent == name), None)


def sentences(said: Intent) -> dict[str, str]:
    """In each language, as the language itself says it."""
    return {"en": sentence(said), "zh": sentence_zh(said)}


def kind(said: Intent) -> str:
    """What an intent is about, in a word."""
    if said.permission is not Permission.ALLOW:
        return str(said.permission)
    about = {"deliver": said.deliver, "guarantee": said.guarantee_bps, "latency": said.latency_us}
    return next((word for word, there in about.items() if there), "limit" if said.limit_bps else "allow")


def guarantee(said: Intent) -> Json:
    """What is promised, field by field."""
    d = said.deliver
    return {
        "rate_bps": said.guarantee_bps,
        "deliver": None if d is None else {"images": d.images, "size_bytes": d.size_bytes, "within_us": d.within_us},
        "latency_us": said.latency_us,
        "limit_bps": said.limit_bps,
        "class": said.service_class,
        "via": said.via,
        "survive": said.survive,
        "when": said.when,
    }


def bound_of(verdict: IntentVerdict | None) -> Json | None:
    """The worst case, the first that its findings give."""
    found = next((f.bound for f in verdict.findings if f.bound is not None), None) if verdict is not None else None
    return None if found is None else _snake(bound(found))


def _snake(said: Any) -> Any:
    """Keys as this page has them."""
    if isinstance(said, dict):
        return {_NAMES.get(key, key): _snake(value) for key, value in said.items()}
    return [_snake(each) for each in said] if isinstance(said, list) else said


def finding(f: Finding) -> Json:
    """One property."""
    return {"property": f.property, "holds": f.holds, "statement": f.statement, "cannot_prove": f.cannot_prove}


def _whole(view: View, name: str) -> Json:
    written = Snapshot(revision="", project=view.seen.project)
    resolved = find(written, name)
    verdict, fault = verdict_of(view, name), ""
    try:
        verdict = explained(view, name) or verdict
    except ClearwayError as error:
        fault = error.diagnostics[0].message
    broken = broken_by(verdict) if verdict is not None else None
    example = broken.counterexample if broken is not None else None
    sources = frozenset(p.name for p in resolved.sources)
    position = resolved.intent.position.file
    return {
        **_line(all_of(written)[name], view),
        "revision": view.revision,
        "etag": etag(resolved.intent),
        "writable": f"/{position}".endswith(f"/{path_of(name)}"),
        "places": {"from": sorted(sources), "to": sorted(p.name for p in resolved.destinations)},
        "findings": [finding(f) for f in (verdict.findings if verdict is not None else ())],
        "ways": [hops.way(w, sources) for w in (verdict.paths if verdict is not None else ())],
        "counterexample": None
        if example is None or broken is None
        else {"property": broken.property, "statement": broken.statement, **hops.counterexample(example)},
        "drift": [drift(d) for d in view.seen.verdict.drift if any(a.name == name for a in d.askers)]
        if view.seen.verdict is not None
        else [],
        "fault": fault,
    }
