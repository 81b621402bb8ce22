"""What is not as it was applied, and which devices somebody mends by hand."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from aiohttp import web

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.page.answers import Prepared, prepare, said
from controller.page.desk import desk
from controller.page.views import View, stamp
from intents.model.evidence import Drift

Json = dict[str, Any]


async def drifted(request: web.Request) -> web.Response:
    """GET /api/drift."""
    return await desk(request).viewed(request, "drift", _all)


def _all(view: View) -> Prepared:
    found = view.seen.verdict.drift if view.seen.verdict is not None else ()
    return prepare({"revision": view.revision, "drift": [drift(d) for d in found]})


def drift(d: Drift) -> Json:
    """One object."""
    return {
        "device": d.device,
        "node": d.device,
        "object": d.name,
        "kind": d.kind,
        "differs": [{"attribute": a.attribute, "applied": a.applied, "found": a.found} for a in d.differs],
        "ours": d.ours,
        "owner": d.owner,
        "intents": [a.name for a in d.askers],
        "statement": d.statement,
    }


async def by_hand(request: web.Request) -> web.Response:
    """GET /api/breakglass."""
    found = await desk(request).call(request, "IntentService/ListBreakGlass", pb.ListBreakGlassRequest())
    return said({"breakglass": [_held(h) for h in found.break_glass]})


def _held(hold: pb.BreakGlass) -> Json:
    return {
        "device": hold.device,
        "node": hold.device,
        "owner": hold.owner,
        "why": hold.why,
        "since": stamp(hold.since.ToDatetime(tzinfo=UTC)),
        "until": stamp(hold.until.ToDatetime(tzinfo=UTC)),
        "refused": hold.refused,
    }
