"""What every call of the page stands on, and how it is read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from aiohttp import web
from google.protobuf.message import Message

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.access.refusals import RefusalLog
from controller.page.answers import Prepared, send
from controller.page.gate import PATIENCE_S
from controller.page.kept import Kept
from controller.page.problem import fault
from controller.page.sampler import Sampler
from controller.page.sessions import Session, Sessions
from controller.page.users import Users
from controller.page.views import View, Views
from controller.service.api.call import Call
from controller.service.api.inside import Inside
from controller.service.api.written import all_of
from controller.service.engine import Engine

Answer = TypeVar("Answer")
API: Final = "/clearway.intents.v1."
LOOK: Final = f"{API}IntentService/VerifyNetwork"  # what a view of the network says is what this answers
SESSION: Final = web.RequestKey("session", Session)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Of one page, in its loop. secure: by TLS. git: whether commits are followed."""

    engine: Engine
    inside: Inside
    users: Users
    sessions: Sessions
    refusals: RefusalLog
    views: Views
    sampler: Sampler
    kept: Kept
    secure: bool
    git: bool

    async def look(
        self,
        request: web.Request,
        work: Callable[[Call], Answer],
        *,
        method: str = LOOK,
        said: Message | None = None,
        long: bool = False,
    ) -> Answer:
        """See Inside.look, for who sent the request."""
        return await self.inside.look(method, said or pb.VerifyNetworkRequest(), peer(request), work, long=long)

    async def call(self, request: web.Request, method: str, said: Message) -> Any:
        """See Inside.call. method: without the package."""
        return await self.inside.call(f"{API}{method}", said, peer(request))

    async def names(self, request: web.Request) -> frozenset[str]:
        """Of every intent that is written."""
        method, said = f"{API}IntentService/ListIntents", pb.ListIntentsRequest()
        return await self.look(request, lambda _: frozenset(all_of(self.engine.current())), method=method, said=said)

    async def viewed(
        self, request: web.Request, name: str, make: Callable[[View], Prepared], *, method: str = LOOK
    ) -> web.Response:
        """An answer made of the present view, once for all who ask."""
        view = await self.views.now()
        return send(request, await self.once(request, view, name, lambda: make(view), method=method))

    async def once(
        self,
        request: web.Request,
        view: View,
        name: str,
        make: Callable[[], Prepared],
        *,
        method: str = LOOK,
        said: Message | None = None,
        long: bool = False,
    ) -> Prepared:
        """An answer made of a view by whoever asks for it first; others take no thread's time."""
        said = said or pb.VerifyNetworkRequest()
        known = view.prepared.get(name)
        if known is not None:
            await self.inside.admit(method, said, peer(request))
            return known

        def made(_: Call) -> Prepared:
            found = view.prepared.get(name)
            if found is None:
                found = view.prepared[name] = make()
            return found

        return await self.look(request, made, method=method, said=said, long=long)


DESK: Final = web.AppKey("desk", Desk)


def desk(request: web.Request) -> Desk:
    """The one that answers."""
    return request.app[DESK]


def session(request: web.Request) -> Session:
    """Of who asks. Raises ClearwayError where nobody has logged in."""
    found = request.get(SESSION)
    if not isinstance(found, Session):
        raise fault("not-authenticated", "nobody has logged in, or the session is over", "log in")
    return found


def peer(request: web.Request) -> str:
    """How the guard knows who asks, and from where."""
    return f"{session(request).number}|{came_from(request)}"


def came_from(request: web.Request) -> str:
    """Address and port."""
    found = request.transport.get_extra_info("peername") if request.transport is not None else None
    return f"{found[0]}:{found[1]}" if found else "nowhere:0"


async def body(request: web.Request) -> dict[str, Any]:
    """The object that was sent. Raises ClearwayError."""
    if request.content_type != "application/json":
        raise fault("not-json", "the request is not JSON", "send Content-Type: application/json")
    try:
        async with asyncio.timeout(PATIENCE_S):
            sent = await request.text()
    except TimeoutError as error:
        raise fault("too-slow", "the request did not come in time", "send it again") from error
    try:
        found = json.loads(sent)
        json.dumps(found, ensure_ascii=False).encode()  # half a character (a lone surrogate) is no text
    except (ValueError, RecursionError) as error:
        raise fault("not-json", f"the request is not JSON: {error}", "send one object") from error
    if not isinstance(found, dict):
        raise fault("not-json", "the request is no JSON object", "send one object")
    return found


def text(said: Mapping[str, Any], key: str, most: int = 4000) -> str:
    """A text of the request, "" where there is none. Raises ClearwayError."""
    found = said.get(key)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > most:
        raise fault("not-json", f"{key} is not a text of at most {most} characters", "send it so")
    return found
