"""The services in the event loop: what blocks goes to the workers, watchers wait here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, Final

from google.protobuf.message import Message

from controller._pb.clearway.intents.v1 import commits_pb2, intents_pb2, operations_pb2
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.service.api.aio import Context, Generic
from controller.service.api.breakglass import BreakGlassCalls
from controller.service.api.call import call_of
from controller.service.api.changes import Changes
from controller.service.api.commits import Commits
from controller.service.api.feed import Feed
from controller.service.api.handlers import service_handler
from controller.service.api.kept import KeptOperations
from controller.service.api.looks import Looks
from controller.service.api.operations import Operations
from controller.service.api.workers import Workers
from controller.service.engine import Engine
from controller.service.writer import Writer

INTENTS: Final = intents_pb2.DESCRIPTOR.services_by_name["IntentService"]
COMMITS: Final = commits_pb2.DESCRIPTOR.services_by_name["CommitService"]
OPERATIONS: Final = operations_pb2.DESCRIPTOR.services_by_name["OperationService"]
_QUICK: Final = ("ListIntents", "GetIntent")  # these read texts only
_LONG: Final = ("PlanChanges", "VerifyNetwork", "ExplainIntent", "GetCapacity")
_CHANGES: Final = ("ApplyIntent", "DeleteIntent")
_BREAK_GLASS: Final = ("ListBreakGlass", "OpenBreakGlass", "EndBreakGlass")


class Servicer:
    """The methods. Made inside the event loop that serves."""

    def __init__(self, engine: Engine, writer: Writer | None) -> None:
        looks, changes, break_glass = Looks(engine), Changes(engine, writer), BreakGlassCalls(engine)
        commits = Commits(writer)
        self.workers = Workers()
        self._feed = Feed(engine)
        self._operations = Operations(looks, changes, self.workers, KeptOperations(engine.store, lambda: engine.leads))
        self._unary = {
            **{name: self._blocking(getattr(looks, name), long=False) for name in _QUICK},
            **{name: self._blocking(getattr(looks, name), long=True) for name in _LONG},
            **{name: self._blocking(getattr(changes, name), long=True) for name in _CHANGES},
            **{name: self._blocking(getattr(break_glass, name), long=True) for name in _BREAK_GLASS},
        }
        self._commits = {
            m.name: self._blocking(getattr(commits, m.name), long=m.name != "ListCommits") for m in COMMITS.methods
        }

    def handlers(self) -> tuple[Generic, ...]:
        """For the server to register."""
        return (
            service_handler(INTENTS, {**self._unary, "WatchStatus": self._watch}),
            service_handler(COMMITS, self._commits),
            service_handler(OPERATIONS, {m.name: getattr(self._operations, m.name) for m in OPERATIONS.methods}),
        )

    def _blocking(self, method: Callable[..., Any], *, long: bool) -> Callable[..., Awaitable[Message]]:
        async def answer(request: Message, context: Context) -> Message:
            call = call_of(context)
            found: Message = await self.workers.run(partial(method, request, call), call, long=long)
            return found

        return answer

    async def _watch(self, request: pb.WatchStatusRequest, _: Context) -> AsyncIterator[bytes]:
        async for message in self._feed.after(request.after_revision):
            yield message

    def drain(self) -> None:
        """Let the watchers go and stop operations, which nobody waits for; calls under way go on."""
        self._feed.close()
        self._operations.close()

    def close(self) -> None:
        """End, after the calls."""
        self.workers.close()
