"""The methods of the service as its descriptor has them, for the server to register."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from controller._pb.clearway.intents.v1 import intents_pb2
from controller.service.api.aio import Context, Generic

SERVICE: Final = intents_pb2.DESCRIPTOR.services_by_name["IntentService"]
Unary = Callable[[Any, Context], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are not the message that a method takes."""

    expected: str


def service_handler(unary: Callable[[str], Unary], streams: dict[str, Any]) -> Generic:
    """Every method of the service: those in `streams` give encoded messages as they come, the others answer one.

    unary: the behaviour of a method by its name.
    """
    found = {}
    for method in SERVICE.methods:
        read = _reader(GetMessageClass(method.input_type))
        if method.server_streaming:
            found[method.name] = grpc.unary_stream_rpc_method_handler(streams[method.name], read, bytes)
        else:
            found[method.name] = grpc.unary_unary_rpc_method_handler(unary(method.name), read, _written)
    return grpc.method_handlers_generic_handler(SERVICE.full_name, found)


def _reader(kind: type[Message]) -> Callable[[bytes], Message | Unreadable]:
    def read(raw: bytes) -> Message | Unreadable:
        try:
            return kind.FromString(raw)
        except DecodeError:
            return Unreadable(str(kind.DESCRIPTOR.full_name))

    return read


def _written(message: Message) -> bytes:
    return message.SerializeToString()
