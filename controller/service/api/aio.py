"""grpc.aio as our interceptors need it: its types with their parameters, which only the stubs have; its streams."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    Context = grpc.aio.ServicerContext[Any, Any]
    Interceptor = grpc.aio.ServerInterceptor[Any, Any]
    Generic = grpc.GenericRpcHandler[Any, Any]
    Handler = grpc.RpcMethodHandler[Any, Any]
else:
    Context, Interceptor = grpc.aio.ServicerContext, grpc.aio.ServerInterceptor
    Generic, Handler = grpc.GenericRpcHandler, grpc.RpcMethodHandler

Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Handler]]


def sent(answers: Any) -> AsyncIterator[Any]:
    """What a streaming method sends. grpc.aio has two ways: one gives the answers, the other is a coroutine that writes
    them by itself and gives none."""
    return answers if hasattr(answers, "__aiter__") else _none_after(answers)


async def _none_after(written: Awaitable[None]) -> AsyncIterator[Any]:
    await written
    none: tuple[Any, ...] = ()
    for item in none:
        yield item
