"""The outermost interceptor: whatever is raised inside becomes a google.rpc.Status with details."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from typing import Any, Final, NoReturn

import grpc
from google.rpc import status_pb2
from grpc_status import rpc_status

from controller.service.api.aio import Context, Continuation, Handler, Interceptor, sent
from controller.service.api.handlers import Unreadable
from controller.service.errors import status_of
from controller.state.database import NotLeading
from intents.model.diagnostic import ClearwayError, Diagnostic

log: Final = logging.getLogger("clearway.api")


class Refusals(Interceptor):
    """Interceptors and methods inside it raise ClearwayError to refuse. What they did not mean to raise is logged under
    an id, and only the id is told."""

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        """Wrap the method, or refuse where an inner interceptor did."""
        method = handler_call_details.method
        try:
            handler = await continuation(handler_call_details)
        except Exception as error:  # noqa: BLE001 - told below, under an id where it is a fault of ours
            return _refusing(error, method)
        if handler is None or handler.request_streaming:
            return handler
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                _streamed(handler.unary_stream, method), handler.request_deserializer, handler.response_serializer
            )
        return grpc.unary_unary_rpc_method_handler(
            _answered(handler.unary_unary, method), handler.request_deserializer, handler.response_serializer
        )


def _answered(inner: Any, method: str) -> Any:
    async def answer(request: Any, context: Context) -> Any:
        try:
            return await inner(_readable(request), context)
        except grpc.aio.AbortError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            await refuse(context, error, method)

    return answer


def _streamed(inner: Any, method: str) -> Any:
    async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
        try:
            async for item in sent(inner(_readable(request), context)):
                yield item
        except grpc.aio.AbortError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            await refuse(context, error, method)

    return stream


def _refusing(error: Exception, method: str) -> Handler:
    """A method that only refuses; takes any request."""

    async def answer(_: bytes, context: Context) -> None:
        await refuse(context, error, method)

    return grpc.unary_unary_rpc_method_handler(answer)


def _readable(request: Any) -> Any:
    if isinstance(request, Unreadable):
        raise ClearwayError(
            Diagnostic(
                code="unreadable-request",
                message=f"the request is not a {request.expected} message",
                hint="make the client from the proto file of this version",
            )
        )
    return request


async def refuse(context: Any, error: Exception, method: str) -> NoReturn:
    """End the call. context: of grpc.aio, whose `abort_with_status` its stubs lack."""
    await context.abort_with_status(rpc_status.to_status(status_for(error, method)))
    raise AssertionError  # pragma: no cover - abort raises


def status_for(error: Exception, method: str) -> status_pb2.Status:
    """What a caller is told. A fault of ours is written to the log under an id, and only the id is told."""
    if isinstance(error, ClearwayError):
        metadata = {"leader": error.leader} if isinstance(error, NotLeading) else {}
        return status_of(error.diagnostics, metadata, retry_s=getattr(error, "retry_s", None))
    return status_of((mistake(error, method),))


def mistake(error: Exception, method: str) -> Diagnostic:
    """A fault of ours, in the log under an id, and the id."""
    name = secrets.token_hex(4)
    log.error("fault %s in %s", name, method, exc_info=error, extra={"fault_id": name, "method": method})
    return Diagnostic(
        code="internal",
        message=f"Clearway made a mistake; it is in the service's log as {name}",
        hint="please report it with those lines of the log",
    )
