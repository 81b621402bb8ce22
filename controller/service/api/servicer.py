"""IntentService in the event loop: what blocks goes to the workers, watchers wait here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from google.protobuf.message import Message

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.service.api.aio import Context, Generic
from controller.service.api.call import call_of
from controller.service.api.feed import Feed
from controller.service.api.handlers import Unary, service_handler
from controller.service.api.requests import Requests
from controller.service.api.workers import Workers
from controller.service.engine import Engine
from controller.service.writer import Writer

_LOOKS: Final = frozenset({"ListIntents", "GetIntent", "ListCommits"})  # these read texts only


class Servicer:
    """The methods. Made inside the event loop that serves."""

    def __init__(self, engine: Engine, writer: Writer | None) -> None:
        self._requests = Requests(engine, writer)
        self._workers = Workers()
        self._feed = Feed(engine)

    def handler(self) -> Generic:
        """For the server to register."""
        return service_handler(self._unary, {"WatchStatus": self._watch})

    def _unary(self, name: str) -> Unary:
        method = getattr(self._requests, name)
        long = name not in _LOOKS

        async def answer(request: Message, context: Context) -> Message:
            call = call_of(context)
            found: Message = await self._workers.run(partial(method, request, call), call, long=long)
            return found

        return answer

    async def _watch(self, request: pb.WatchStatusRequest, _: Context) -> AsyncIterator[bytes]:
        async for message in self._feed.after(request.after_revision):
            yield message

    def drain(self) -> None:
        """Let the watchers go; calls under way go on."""
        self._feed.close()

    def close(self) -> None:
        """End, after the calls."""
        self._workers.close()
