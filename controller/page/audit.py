"""The audit log, for those who answer for it."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.access.roles import READ_AUDIT
from controller.audit.check import records
from controller.audit.files import every
from controller.page.answers import said
from controller.page.commits import MOST, number
from controller.page.desk import desk

Json = dict[str, Any]
_OTHERWISE: Final = 100


async def audit(request: web.Request) -> web.Response:
    """GET /api/audit."""
    at = desk(request)
    before, limit = number(request, "before", 0), min(number(request, "limit", _OTHERWISE), MOST)
    log = at.refusals.log.folder
    answer = await at.look(
        request, lambda _: newest(log, before, limit), method=READ_AUDIT, said=pb.VerifyNetworkRequest(), long=False
    )
    return said(answer)


def newest(log: Path, before: int, limit: int) -> Json:
    """So many records before one (0: the end), the newest first. File by file from the last, for a log may be long."""
    found: list[Json] = []
    for path in reversed(every(log)):
        kept: deque[Json] = deque(maxlen=limit + 1 - len(found))
        for record in records((path,)):
            if before and record.n >= before:
                break
            kept.append({"seq": record.n, "time": record.time, "kind": record.kind, "fields": dict(record.fields)})
        found += reversed(kept)
        if len(found) > limit:
            break
    some = found[:limit]
    return {"records": some, "more": some[-1]["seq"] if len(found) > limit and some else None}
