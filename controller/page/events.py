"""Server-Sent Events: what is otherwise, as it becomes so; whoever was away is told what he missed.

Source: HTML Living Standard, 9.2 (server-sent events; Last-Event-ID).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from aiohttp import web

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.access.roles import Role
from controller.page.desk import API, Desk, desk, peer, session
from controller.page.problem import diagnostic
from controller.page.sessions import Session
from controller.page.states import Told
from controller.page.views import View, stamp

BEAT_S: Final = 15.0
LOOK_S: Final = 2.0  # how soon a session that is over ends its stream
_RETRY_MS: Final = 2000


async def events(request: web.Request) -> web.StreamResponse:
    """GET /api/events."""
    at, of = desk(request), session(request)
    await at.inside.admit(f"{API}IntentService/WatchStatus", pb.WatchStatusRequest(), peer(request))
    answer = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await answer.prepare(request)
    await answer.write(f"retry: {_RETRY_MS}\n\n".encode())
    with contextlib.suppress(ConnectionError):  # he has gone
        await _told(at, of, answer, request.headers.get("Last-Event-ID", ""))
    return answer


async def _told(at: Desk, of: Session, answer: web.StreamResponse, resumed: str) -> None:
    last = at.views.kept(resumed) if resumed else None
    beat = 0.0
    first = True
    while not at.views.closed:
        turned, view = at.views.turned(), await at.views.now()
        if first or last is None or view.key != last.key:
            lost = first and bool(resumed) and last is None
            await answer.write(_told_of(last, view, lost=lost))
            last, first, beat = view, False, 0.0
            continue
        try:
            async with asyncio.timeout(LOOK_S):
                await turned.wait()
        except TimeoutError:
            beat += LOOK_S
        if not _goes_on(at, of):
            await answer.write(b"event: end\ndata: {}\n\n")
            return
        if beat >= BEAT_S:
            beat = 0.0
            await answer.write(b": here\n\n")


def _goes_on(at: Desk, of: Session) -> bool:
    """A wall screen is never touched: who can only look stays as long as the page is open."""
    if not at.sessions.is_open(of):
        return False
    if of.user.role is Role.VIEWER:
        at.sessions.touch(of)
    return True


def _told_of(last: View | None, view: View, *, lost: bool) -> bytes:
    """Everything that is to be told at once. Only the last bears the id: who is cut off in between gets all again."""
    found = list(_each(last, view, lost=lost))
    lines = [f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n" for name, data in found]
    return "".join([*lines[:-1], *(f"id: {view.key}\n{line}" for line in lines[-1:])]).encode()


def _each(last: View | None, view: View, *, lost: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if last is not None:
        for name, before, now in (("intents", last.intents, view.intents), ("network", last.nodes, view.nodes)):
            changed = _changed(before, now)
            if changed["changed"] or changed["gone"]:
                yield name, {"revision": view.revision, **changed}
        if view.drift != last.drift:
            count, devices = sum(view.drift.values()), sorted(view.drift)
            yield "drift", {"revision": view.revision, "count": count, "devices": devices}
    if lost or (last is not None and last.campus != view.campus):
        yield "reset", {"revision": view.revision}
    yield "status", _status(view)


def _status(view: View) -> dict[str, Any]:
    event = view.event
    return {
        "revision": view.revision,
        "time": stamp(event.time) if event is not None else None,
        "cause": event.cause if event is not None else "",
        "holds": view.seen.verdict is not None and view.seen.verdict.holds,
        "commit": event.commit if event is not None else "",
        "details": list(event.details) if event is not None else [],
        "counts": view.counts(),
        "faults": [diagnostic(d) for d in view.seen.faults],
        "proven_at": stamp(view.proven),
    }


def _changed(before: Mapping[str, Told], now: Mapping[str, Told]) -> dict[str, Any]:
    return {
        "changed": {
            key: {"state": told.state, "why": told.why} for key, told in now.items() if before.get(key) != told
        },
        "gone": [key for key in before if key not in now],
    }
