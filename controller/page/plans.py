"""What would change, for whom it would be interrupted, and what is promised where: as an approver reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp import web

from controller import present
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import plan_pb2
from controller.messages import diagnostics, plans
from controller.page.answers import said
from controller.page.desk import body, desk
from controller.page.problem import diagnostic
from controller.page.wanted import applying, permit, wanted
from controller.shown import ShownChange

Json = dict[str, Any]


async def plan(request: web.Request) -> web.Response:
    """POST /api/plan."""
    at, asked = desk(request), await body(request)
    if asked.get("text") or asked.get("yaml"):
        names = await at.names(request)
        message = applying(asked, wanted(asked, names), tried=True)
        found = await at.call(request, "IntentService/ApplyIntent", message)
    else:
        found = await at.call(request, "IntentService/PlanChanges", pb.PlanChangesRequest(permit=permit(asked)))
    return said(planned(found))


def planned(found: pb.ApplyIntentResponse | pb.PlanChangesResponse) -> Json:
    """A plan that an answer of the API holds."""
    changes = [plans.value(c) for c in found.changes]
    return {
        "changes": present.changes(changes),
        "devices": devices(changes),
        "disruption": disruption(changes),
        "warnings": [diagnostic(diagnostics.value(w)) for w in found.warnings],
        "base": dict(found.base),
    }


def devices(changes: Sequence[ShownChange]) -> list[Json]:
    """How much of what on each."""
    counts = Counter((c.device, c.op) for c in changes)
    names = sorted({c.device for c in changes})
    return [{"device": name, **{op: counts[name, op] for op in ("add", "modify", "remove")}} for name in names]


def disruption(changes: Iterable[ShownChange]) -> Json:
    """Whom it interrupts, and why."""
    hit = [c for c in changes if c.disruptive]
    return {
        "kind": "disruptive" if hit else "hitless",
        "whom": sorted({place for c in hit for place in c.places}),
        "reasons": sorted({f"{c.device}: {c.reason}" for c in hit}),
    }


def resource(found: plan_pb2.Resource) -> Json:
    """What is promised and free there."""
    return {
        "resource": found.name,
        **where(found.name),
        "capacity_bps": found.capacity_bps,
        "promised_bps": found.promised_bps,
        "free_bps": found.free_bps,
        "intents": [{"name": s.intent, "bps": s.promised_bps} for s in found.shares],
    }


_PON = {"upstream": "up", "downstream": "down"}


def where(name: str) -> Json:
    """The node of a resource, and which way: `olt-1/pon-1 upstream`, `olt-1:up-1 down`, `core-1:10 out`."""
    place, _, way = name.rpartition(" ")
    if way in _PON:
        return {"node": place, "kind": "pon", "direction": _PON[way]}
    device = place.rpartition(":")[0]
    return {"node": device, "kind": "uplink" if way in {"up", "down"} else "port", "direction": way}
