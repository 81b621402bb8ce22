"""Calls from inside the service, for those that show it in another form: through the same interceptors as gRPC's own,
so that nobody gets round roles, limits and the audit log.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar, cast

import grpc
from google.protobuf.message import Message

from controller.service.api.aio import Continuation, Generic, Handler, Interceptor
from controller.service.api.call import Call, call_of
from controller.service.api.workers import Workers

Answer = TypeVar("Answer")
Method = Callable[[Any, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Details:
    """What interceptors are told of a call (grpc.HandlerCallDetails)."""

    method: str
    invocation_metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Context:
    """As much of grpc.aio's context as interceptors and methods ask."""

    who: str

    def peer(self) -> str:
        """Who calls, in words of whoever finds identities."""
        return self.who

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        """Nobody speaks for others here."""
        return ()

    def code(self) -> None:
        """Nothing is set by hand."""


class Inside:
    """interceptors: the outermost first. peer: what their `find` knows a caller by. Everything raises ClearwayError
    where the caller is refused. Used in the loop that serves."""

    def __init__(self, handlers: Sequence[Generic], interceptors: Sequence[Interceptor], workers: Workers) -> None:
        self._handlers, self._interceptors, self._workers = tuple(handlers), tuple(interceptors), workers

    @property
    def workers(self) -> Workers:
        """Threads for what blocks."""
        return self._workers

    async def call(self, method: str, request: Message, peer: str) -> Any:
        """A method of the API by its full name."""
        details = cast("grpc.HandlerCallDetails", _Details(method=method))
        found = next((h for g in self._handlers if (h := g.service(details)) is not None), None)
        if found is None:
            raise LookupError(method)
        return await self._intercepted(method, cast("Method", found.unary_unary), request, peer)

    async def look(
        self, method: str, request: Message, peer: str, work: Callable[[Call], Answer], *, long: bool = False
    ) -> Answer:
        """Something that has no method of its own, under the rule of one that says as much. work: blocks. long: it asks
        devices or plans."""

        async def answer(_: Any, context: Any) -> Answer:
            call = call_of(context)
            return await self._workers.run(partial(work, call), call, long=long)

        return cast("Answer", await self._intercepted(method, answer, request, peer))

    async def admit(self, method: str, request: Message, peer: str) -> None:
        """Only whether he may."""

        async def nothing(_: Any, __: Any) -> None:
            return None

        await self._intercepted(method, nothing, request, peer)

    async def _intercepted(self, method: str, inner: Method, request: Message, peer: str) -> Any:
        handler: Handler = grpc.unary_unary_rpc_method_handler(cast("Any", inner))

        async def at_the_end(_: grpc.HandlerCallDetails) -> Handler:
            return handler

        chain: Continuation = at_the_end
        for interceptor in reversed(self._interceptors):
            chain = partial(interceptor.intercept_service, chain)
        found = await chain(cast("grpc.HandlerCallDetails", _Details(method=method)))

        async def answered() -> Any:
            return await cast("Method", found.unary_unary)(request, _Context(peer))

        # Who calls is kept in context variables, which must not outlive the call on a connection of many.
        return await asyncio.get_running_loop().create_task(answered(), context=contextvars.copy_context())


class Guest(Protocol):
    """Another face of the service, in its loop. guard: knows who calls by it."""

    @property
    def guard(self) -> Interceptor:
        """Instead of gRPC's own."""

    async def open(self, inside: Inside) -> None:
        """Begin. Raises ClearwayError, where its address cannot be had."""

    async def close(self) -> None:
        """End, with the service."""
