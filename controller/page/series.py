"""What guaranteed services really get, beside what they are promised and what is proven."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.page import kept
from controller.page.answers import said
from controller.page.desk import API, Desk, desk
from controller.page.intents import bound_of, verdict_of
from controller.page.problem import fault
from controller.page.rates import KEPT_S, Pair
from controller.page.sampler import STEP_S
from controller.page.views import View, stamp
from controller.service.api.written import find
from controller.service.source import Snapshot
from intents.model.intent import ResolvedIntent

Json = dict[str, Any]
LATELY_S: Final = 900.0
MOST_PAIRS: Final = 12  # of an intent between many places: the busiest
_METHOD: Final = f"{API}IntentService/ExplainIntent"
Measured = list[tuple[float, Mapping[Pair, float]]]


async def series(request: web.Request) -> web.Response:
    """GET /api/series?intent=NAME&from=..&to=.."""
    at, name = desk(request), request.query.get("intent", "")
    until = _moment(request, "to", time.time())
    since = _moment(request, "from", until - LATELY_S)
    view = await at.views.now()
    message = pb.ExplainIntentRequest(name=name)
    answer = await at.look(request, lambda _: measured(at, view, name, since, until), method=_METHOD, said=message)
    return said(answer)


def _moment(request: web.Request, key: str, otherwise: float) -> float:
    text = request.query.get(key, "")
    if not text:
        return otherwise
    try:
        return datetime.fromisoformat(text).astimezone(UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise fault("not-json", f"{key} is no time", "such as 2026-11-26T10:15:00Z") from error


def measured(at: Desk, view: View, name: str, since: float, until: float) -> Json:
    """The answer. Raises ClearwayError where there is no such intent."""
    resolved = find(Snapshot(revision="", project=view.seen.project), name)
    lately = time.time() - KEPT_S <= since
    found = at.sampler.pairs.between(since, until) if lately else list(at.kept.between(since, until))
    bound = bound_of(verdict_of(view, name))
    return {
        "intent": name,
        "from": stamp(datetime.fromtimestamp(since, UTC)),
        "to": stamp(datetime.fromtimestamp(until, UTC)),
        "step_s": STEP_S if lately else kept.STEP_S,
        "guarantee": {"rate_bps": resolved.intent.guarantee_bps, "latency_us": resolved.intent.latency_us},
        "bound": None if bound is None else {key: bound[key] for key in ("rate_bps", "delay_us", "completion_us")},
        "rates": _rates(resolved, found, _gateway(view)),
        "delays": [],  # no device of a campus measures them
    }


def _gateway(view: View) -> str:
    return next((s.name for s in view.campus.switches.values() if s.gateway), "")


def _rates(resolved: ResolvedIntent, found: Measured, where: str) -> list[Json]:
    """A line for each of its pairs, the busiest first."""
    ports = frozenset(port for service in resolved.services for port in service.ports)
    sums = [(at, _summed(rates, ports)) for at, rates in found]
    pairs = [(s.name, d.name) for s, d in resolved.pairs()]
    lines = [(pair, [(at, rates.get(pair, 0.0)) for at, rates in sums]) for pair in pairs]
    lines.sort(key=lambda line: -sum(bps for _, bps in line[1]))
    return [
        {
            "pair": f"{source} > {destination}",
            "where": where,
            "points": [[stamp(datetime.fromtimestamp(at, UTC)), round(bps)] for at, bps in points],
        }
        for (source, destination), points in lines[:MOST_PAIRS]
    ]


def _summed(rates: Mapping[Pair, float], ports: frozenset[int]) -> dict[tuple[str, str], float]:
    """By sender and receiver; of these ports only, where the intent speaks of some."""
    total: dict[tuple[str, str], float] = {}
    for pair, bps in rates.items():
        if not ports or pair.port in ports:
            key = (pair.source, pair.destination)
            total[key] = total.get(key, 0.0) + bps
    return total
