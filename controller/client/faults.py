"""Refusals as they were meant: the service's diagnostics, rebuilt from a status's details."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import grpc
from google.rpc import status_pb2
from grpc_status import rpc_status

from controller._pb.clearway.intents.v1 import diagnostic_pb2
from controller.messages import diagnostics
from intents.model.diagnostic import ClearwayError, Diagnostic


@contextmanager
def refusals(address: Callable[[], str]) -> Iterator[None]:
    """Turn what gRPC raises into ClearwayError. address: who was asked."""
    try:
        yield
    except grpc.RpcError as error:
        raise ClearwayError(*told_in(error, address())) from error


def told_in(error: grpc.RpcError, address: str) -> tuple[Diagnostic, ...]:
    """What a failed call says; of the connection where the service said nothing."""
    status = rpc_status.from_call(cast("grpc.Call", error))  # every error of a call is a call, too
    found = of_status(status) if status is not None else ()
    return found or (_of_the_connection(error, address),)


def of_status(status: status_pb2.Status) -> tuple[Diagnostic, ...]:
    """The diagnostics among a status's details."""
    found = []
    for detail in status.details:
        message = diagnostic_pb2.Diagnostic()
        if detail.Unpack(message):
            found.append(diagnostics.value(message))
    return tuple(found)


def _of_the_connection(error: grpc.RpcError, address: str) -> Diagnostic:
    code = error.code()
    if code is grpc.StatusCode.UNAVAILABLE:
        return Diagnostic(
            code="service-down",
            message=f"no service answers at {address}",
            hint="start it with `clearway serve`, or name another with --server HOST:PORT",
        )
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return Diagnostic(
            code="service-slow",
            message=f"the service at {address} did not answer in time",
            hint="a change that was not made in time is undone; give it longer",
        )
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return Diagnostic(
            code="service-old",
            message=f"the service at {address} does not know this call",
            hint="use the client of the service's version",
        )
    return Diagnostic(
        code="service-refused",
        message=f"the service at {address} refused: {error.details()}",
    )
