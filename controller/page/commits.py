"""Every change of the texts: who, when, what it did to the network, and how it was proven."""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp import web

from controller import present
from controller._pb.clearway.intents.v1 import commits_pb2 as pb
from controller.messages import plans
from controller.page.answers import said
from controller.page.desk import body, desk, text
from controller.page.plans import devices, disruption
from controller.page.problem import fault
from controller.service.rollout.entry import APPLIED, OPEN, WORDS, State
from controller.service.rollout.ledger import PERMITS

Json = dict[str, Any]
MOST: Final = 1000
_APPROVABLE: Final = frozenset(PERMITS.values())


async def history(request: web.Request) -> web.Response:
    """GET /api/history."""
    before, limit = number(request, "before", 0), number(request, "limit", 50)
    found = await desk(request).call(request, "CommitService/ListCommits", pb.ListCommitsRequest(page_size=MOST))
    every = [change(c) for c in found.commits]
    left = [c for c in every if not before or c["number"] < before]
    some = left[:limit]
    return said({"changes": some, "more": some[-1]["number"] if len(left) > len(some) else None})


async def approve(request: web.Request) -> web.Response:
    """POST /api/approve."""
    asked = await body(request)
    allow = asked.get("allow") or []
    if not isinstance(allow, list) or not all(isinstance(each, str) for each in allow):
        raise fault("not-json", "allow is no list of words", f"such as {', '.join(PERMITS)}")
    message = pb.ApproveCommitRequest(commit=text(asked, "commit", 100), allow=allow)
    found = await desk(request).call(request, "CommitService/ApproveCommit", message)
    return said(change(found.commit))


async def revert(request: web.Request) -> web.Response:
    """POST /api/revert."""
    message = pb.RevertCommitRequest(commit=text(await body(request), "commit", 100))
    found = await desk(request).call(request, "CommitService/RevertCommit", message)
    changes = [plans.value(c) for c in found.changes]
    plan = {
        "changes": present.changes(changes),
        "devices": devices(changes),
        "disruption": disruption(changes),
        "warnings": [],
        "base": {},
    }
    return said({"change": change(found.commit) if found.HasField("commit") else None, "plan": plan})


def change(commit: pb.Commit) -> Json:
    """One of them."""
    entry = json.loads(commit.json)
    state = State(entry["state"])
    codes = {fault["code"] for fault in entry["errors"]}
    waits = state in OPEN - {State.APPLYING} or (state is State.REFUSED and bool(codes & _APPROVABLE))
    return {
        "number": entry["number"],
        "commit": entry["commit"],
        "author": entry["author"],
        "subject": entry["subject"],
        "state": state,
        "words": WORDS[state],
        "time": entry["history"][0]["at"] if entry["history"] else None,
        "history": entry["history"],
        "plan": {"changes": entry["changes"], "interrupts": entry["interrupts"]},
        "proof": entry["intents"] or None,
        "approved_by": entry["approvedBy"],
        "approved_at": entry["approvedAt"],
        "superseded_by": entry["supersededBy"],
        "by_api": entry["byApi"],
        "faults": entry["errors"],
        "can": {"approve": waits and not entry["approvedBy"], "revert": state in APPLIED},
    }


def number(request: web.Request, key: str, otherwise: int) -> int:
    """A number of the query, from 0 to MOST or any where it is a place in a list. Raises ClearwayError."""
    found = request.query.get(key, str(otherwise))
    if not found.isascii() or not found.isdigit() or len(found) > 15:
        raise fault("not-json", f"{key} is no number", "send digits")
    return min(int(found), MOST) if key == "limit" else int(found)
