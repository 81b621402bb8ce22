"""What is promised and what is free, at each PON, uplink and port; and what it would be with one more intent."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from controller.messages import plans as messages
from controller.page import plans
from controller.page.answers import prepare, said
from controller.page.desk import API, body, desk
from controller.page.views import View
from controller.page.wanted import applying, wanted
from intents.compile import capacity_and_stock

Json = dict[str, Any]
_METHOD: Final = f"{API}IntentService/GetCapacity"


async def now(request: web.Request) -> web.Response:
    """GET /api/capacity."""
    return await desk(request).viewed(request, "capacity", lambda view: prepare(found(view)), method=_METHOD)


async def then(request: web.Request) -> web.Response:
    """POST /api/capacity: with the intent that is sent."""
    at, asked = desk(request), await body(request)
    view = await at.views.now()
    answer = await at.look(request, lambda _: found(view), method=_METHOD, long=True)
    if asked.get("text") or asked.get("yaml"):
        message = applying(asked, wanted(asked, await at.names(request)), tried=True)
        tried = await at.call(request, "IntentService/ApplyIntent", message)
        planned = {r.name: r for r in tried.resources}
        known = {each["resource"] for each in answer["resources"]}
        answer["resources"] = [
            {**each, "planned_bps": planned[each["resource"]].promised_bps if each["resource"] in planned else None}
            for each in answer["resources"]
        ] + [
            {**plans.resource(r), "promised_bps": 0, "planned_bps": r.promised_bps, "measured_bps": None}
            for name, r in planned.items()
            if name not in known
        ]
    return said(answer)


def found(view: View) -> Json:
    """Of what is in force. Raises ClearwayError."""
    rooms, stocks = capacity_and_stock(view.campus, view.seen.project.intents)
    resources = [plans.resource(messages.resource(room)) for room in rooms]
    return {
        "revision": view.revision,
        "resources": [{**each, "planned_bps": None, "measured_bps": None} for each in resources],
        "stocks": [{"resource": s.resource, "used": s.used, "most": s.most} for s in stocks],
    }
