"""The methods of a service as its descriptor has them, for the server to register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from controller.service.api.aio import Generic


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are not the message that a method takes."""

    expected: str


def service_handler(service: ServiceDescriptor, methods: Mapping[str, Callable[..., Any]]) -> Generic:
    """Every method of a service by its name: coroutines that answer a message, or asynchronous generators of messages
    or of bytes that are encoded already."""
    found = {}
    for method in service.methods:
        read = _reader(GetMessageClass(method.input_type))
        make = grpc.unary_stream_rpc_method_handler if method.server_streaming else grpc.unary_unary_rpc_method_handler
        found[method.name] = make(methods[method.name], read, _written)
    return grpc.method_handlers_generic_handler(service.full_name, found)


def _reader(kind: type[Message]) -> Callable[[bytes], Message | Unreadable]:
    def read(raw: bytes) -> Message | Unreadable:
        try:
            return kind.FromString(raw)
        except DecodeError:
            return Unreadable(str(kind.DESCRIPTOR.full_name))

    return read


def _written(answer: Message | bytes) -> bytes:
    return answer if isinstance(answer, bytes) else answer.SerializeToString()
