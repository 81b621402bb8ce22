"""The interceptor that watches: every call is counted and timed; what is logged in it bears its request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Final

import grpc

from controller.service.api.aio import Context, Continuation, Handler, Interceptor, sent
from controller.service.errors import status_of
from controller.telemetry import logs
from controller.telemetry.calls import OK, CallMeters
from controller.telemetry.parent import inherit, request_of
from intents.model.diagnostic import ClearwayError

LOG: Final = logging.getLogger("clearway.api")
_NAMES: Final = {code.value[0]: code.name for code in grpc.StatusCode}


class Observed(Interceptor):
    """Stands just inside `Refusals`, so that it sees every refusal of those inside."""

    def __init__(self, meters: CallMeters) -> None:
        self._meters = meters

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        """Wrap the method, where there is one."""
        method = handler_call_details.method
        traceparent = _traceparent(handler_call_details.invocation_metadata)
        try:
            handler = await continuation(handler_call_details)
        except ClearwayError:
            with self._around(method, traceparent, None, stream=False):
                raise
        if handler is None or handler.request_streaming:
            return handler
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._streamed(handler.unary_stream, method, traceparent),
                handler.request_deserializer,
                handler.response_serializer,
            )
        return grpc.unary_unary_rpc_method_handler(
            self._answered(handler.unary_unary, method, traceparent),
            handler.request_deserializer,
            handler.response_serializer,
        )

    def _answered(self, inner: Any, method: str, traceparent: str | None) -> Any:
        async def answer(request: Any, context: Context) -> Any:
            with self._around(method, traceparent, context, stream=False):
                return await inner(request, context)

        return answer

    def _streamed(self, inner: Any, method: str, traceparent: str | None) -> Any:
        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            with self._around(method, traceparent, context, stream=True):
                async for item in sent(inner(request, context)):
                    yield item

        return stream

    @contextmanager
    def _around(self, method: str, traceparent: str | None, context: Any, *, stream: bool) -> Iterator[None]:
        request = request_of(traceparent)
        with (
            logs.context(request=request),
            inherit(traceparent),
            self._meters.call(method, stream=stream) as call,
        ):
            try:
                yield
            except BaseException as error:
                call.code = _code(error, context)
                raise
            finally:
                level = logging.DEBUG if call.code in (OK, "CANCELLED") else logging.INFO
                LOG.log(level, "call.ended", extra={"method": method, "code": call.code})


def _traceparent(metadata: Any) -> str | None:
    found = next((value for key, value in metadata or () if key == "traceparent"), None)
    return found if isinstance(found, str) else None


def _code(error: BaseException, context: Any) -> str:
    match error:
        case ClearwayError():
            return _NAMES[status_of(error.diagnostics).code]
        case asyncio.CancelledError() | GeneratorExit():
            return "CANCELLED"
        case grpc.aio.AbortError() if context is not None:
            code = context.code()
            return code.name if isinstance(code, grpc.StatusCode) else _NAMES.get(code, "UNKNOWN")
        case _:
            return "INTERNAL"
