"""Logging in and out."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from controller.access.bucket import Buckets, Rate
from controller.access.guard import TooFast
from controller.access.roles import Role, holds
from controller.explain import LANGUAGES
from controller.page.answers import said
from controller.page.desk import Desk, body, came_from, desk, session, text
from controller.page.problem import fault
from controller.page.sessions import Session
from controller.page.users import LONGEST_PASSWORD, NOBODY, User
from controller.page.views import stamp
from intents.model.diagnostic import Diagnostic

_OF_ONE: Final = Rate(per_s=1 / 20, burst=5)  # tries of one name from one address
_OF_ADDRESS: Final = Rate(per_s=1 / 5, burst=20)
_OF_NAME: Final = Rate(per_s=1 / 5, burst=30)  # from everywhere: who guesses from many addresses
_ALL: Final = Rate(per_s=2, burst=40)
_AT_ONCE: Final = 2  # each takes a processor for 0.1 s


class Door:
    """Says who somebody is by his password, no faster than nobody can guess."""

    def __init__(self) -> None:
        self._tries = {rate: Buckets(rate) for rate in (_OF_ONE, _OF_ADDRESS, _OF_NAME, _ALL)}
        self._busy = asyncio.Semaphore(_AT_ONCE)

    async def known(self, at: Desk, name: str, password: str, address: str) -> User | None:
        """The user, or None. Takes as long for a name that nobody has. Raises ClearwayError (too-many-calls)."""
        now = time.monotonic()
        keys = {_OF_ONE: f"{name}|{address}", _OF_ADDRESS: address, _OF_NAME: name, _ALL: ""}
        wait = max(self._tries[rate].take(key, now) for rate, key in keys.items())
        if wait:
            raise TooFast(
                Diagnostic(
                    code="too-many-calls",
                    message="too many tries to log in",
                    hint=f"try again in {max(1, round(wait))} s",
                ),
                wait,
            )
        user = at.users.all().get(name)
        async with self._busy:
            right = await asyncio.to_thread((user or NOBODY).has, password)
        return user if right else None


DOOR: Final = web.AppKey("door", Door)


async def login(request: web.Request) -> web.Response:
    """POST /api/login."""
    at, asked, peer = desk(request), await body(request), came_from(request)
    name, password = text(asked, "user", 100), text(asked, "password", LONGEST_PASSWORD)
    user = await request.app[DOOR].known(at, name, password, peer.rpartition(":")[0])
    if user is None:
        await asyncio.to_thread(at.refusals.refused, "not-logged-in", peer, "a wrong name or password", who=name)
        message = "the name or the password is wrong"
        hint = "ask an admin for a new one: `clearway user add`" if at.users.all() else "`clearway user add NAME` first"
        raise fault("not-authenticated", message, hint)
    if (old := request.cookies.get(cookie(at))) is not None:
        at.sessions.end(old)  # whoever had it before him
    secret, begun = at.sessions.begin(user)
    await asyncio.to_thread(at.engine.note, "login", who=user.name, peer=peer)
    answer = said(await about(at, begun))
    answer.set_cookie(cookie(at), secret, httponly=True, samesite="Strict", secure=at.secure, path="/")
    return answer


async def logout(request: web.Request) -> web.Response:
    """POST /api/logout."""
    at = desk(request)
    at.sessions.end(request.cookies.get(cookie(at), ""))
    answer = web.Response(status=204, headers={"Cache-Control": "no-store", "Clear-Site-Data": '"cookies", "storage"'})
    answer.del_cookie(cookie(at), path="/", secure=at.secure, httponly=True, samesite="Strict")
    return answer


async def who(request: web.Request) -> web.Response:
    """GET /api/session."""
    return said(await about(desk(request), session(request)))


async def about(at: Desk, of: Session) -> dict[str, Any]:
    """What the page is to know of it."""
    view = await at.views.now()
    role = of.user.role
    ends = datetime.now(UTC) + timedelta(seconds=at.sessions.left_s(of))
    return {
        "user": of.user.name,
        "role": role,
        "roles": [r for r in Role if holds(frozenset({role}), r)],
        "csrf": of.csrf,
        "languages": list(LANGUAGES),
        "campus": view.campus.name,
        "revision": view.revision,
        "git": at.git,
        "expires": stamp(ends),
    }


def cookie(at: Desk) -> str:
    """Its name. `__Host-` is taken by browsers from a page by TLS, of this very host, only."""
    return "__Host-clearway" if at.secure else "clearway"
