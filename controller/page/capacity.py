"""What is promised and what is free, at each PON, uplink and port; and what it would be with one more intent."""

from __future__ import annotations

from typing import Any, Final, cast

from aiohttp import web

from controller import present
from controller.messages import plans as messages
from controller.page import plans
from controller.page.answers import prepare, said, send
from controller.page.desk import API, Desk, body, desk
from controller.page.measured import Measured
from controller.page.views import View
from controller.page.wanted import applying, wanted
from intents.compile import capacity_and_stock

Json = dict[str, Any]
_NAME: Final = "capacity"
_METHOD: Final = f"{API}IntentService/GetCapacity"


async def now(request: web.Request) -> web.Response:
    """GET /api/capacity."""
    at = desk(request)
    view = await at.views.now()
    return send(request, await at.look(request, lambda _: prepare(_now(at, view)), method=_METHOD))


async def then(request: web.Request) -> web.Response:
    """POST /api/capacity: with the intent that is sent."""
    at, asked = desk(request), await body(request)
    view = await at.views.now()
    answer = await at.look(request, lambda _: _now(at, view), method=_METHOD, long=True)
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


def _now(at: Desk, view: View) -> Json:
    """What is in force, and what is measured there. Raises ClearwayError."""
    if _NAME not in view.memo:
        view.memo[_NAME] = _promised(view)
    promised = cast("Json", view.memo[_NAME])
    measured = Measured(view.campus, at.sampler)
    resources = [{**each, "measured_bps": measured.of(each["resource"])} for each in promised["resources"]]
    return {**promised, "resources": resources}


def _promised(view: View) -> Json:
    rooms, stocks = capacity_and_stock(view.campus, view.seen.project.intents)
    resources = [plans.resource(messages.resource(room)) for room in rooms]
    return {
        "revision": view.revision,
        "resources": [{**each, "planned_bps": None} for each in resources],
        "stocks": [present.stock(s) for s in stocks],
    }
