"""The request that work belongs to, by W3C trace context (https://www.w3.org/TR/trace-context)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Final

_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_traceparent: ContextVar[str] = ContextVar("clearway-traceparent", default="")


def request_of(traceparent: str | None) -> str:
    """The id of a client's request: the trace-id of its `traceparent`, or a new one where there is none, or a lie."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return secrets.token_hex(16) if found is None else found[1]


@contextmanager
def inherit(traceparent: str | None) -> Iterator[None]:
    """What is begun inside belongs to the client's trace; in this thread or task, and those it makes."""
    token = _traceparent.set(traceparent or "")
    try:
        yield
    finally:
        with suppress(ValueError):  # a stream that its client left is closed by the event loop, in a context of its own
            _traceparent.reset(token)


def inherited() -> str:
    """The client's `traceparent`, as it came; empty where there is none."""
    return _traceparent.get()
