"""Who listens to what is sent to devices: each message that may change one is told of before it leaves, and then how
it ended.

The listener is that of the context (contextvars) in which a driver is called. Without one nothing is told. Reading,
locking and what a device only tries are no such messages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What is sent, as far as it is written down. digest: SHA-256 of all parts in order, in hexadecimal."""

    parts: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that a device is about to be told. operation: as the protocol calls it."""

    device: str
    protocol: str
    operation: str
    payload: Payload


class Listener(Protocol):
    """Hears of messages, from the threads in which they are sent."""

    def sending(self, message: Message) -> int:
        """It is about to leave; a number for `answered`. What this raises keeps it from being sent."""

    def answered(self, number: int, message: Message, outcome: str) -> None:
        """ok, or what went wrong."""


_listener: Final[ContextVar[Listener | None]] = ContextVar("listener", default=None)


def payload(parts: Iterable[bytes]) -> Payload:
    """What the parts are together."""
    found, size, count = hashlib.sha256(), 0, 0
    for part in parts:
        found.update(part)
        size += len(part)
        count += 1
    return Payload(parts=count, size=size, digest=found.hexdigest())


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have what is sent in this context told to the listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def told(device: str, protocol: str, operation: str, sent: Payload | Iterable[bytes]) -> Iterator[None]:
    """Around the sending of a message and the waiting for its answer."""
    listener = _listener.get()
    if listener is None:
        yield
        return
    what = sent if isinstance(sent, Payload) else payload(sent)
    message = Message(device=device, protocol=protocol, operation=operation, payload=what)
    number = listener.sending(message)
    try:
        yield
    except BaseException as error:
        listener.answered(number, message, str(error).strip() or type(error).__name__)
        raise
    listener.answered(number, message, "ok")
