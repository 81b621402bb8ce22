"""Logs: a constant event name and fields, as a line of text or one JSON object a line (`--log-format`).

    log.info("change.ended", extra={"token": token, "outcome": "done"})

The name of an event never varies (`thing.what-happened`); what varies is a field. `context` adds fields to everything
that is logged inside it, such as the request of a client. What is said again and again is said a few times, and then as
`n more like it`, so that a device that flaps does not fill the disk.

Levels: debug: for who looks for a fault in Clearway. info: what happened, as it is meant to. warning: somebody should
look, the service goes on by itself. error: something was not done, or is a bug.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from controller.telemetry.repeats import Sparing
from controller.telemetry.settings import TelemetrySettings

OURS: Final = "clearway"
FOREIGN: Final = "library.message"  # what a library logs, in its own words
LONGEST: Final = 4096
_KNOWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_BREAKS: Final = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029", 0x7F: "\\u007f"}
_PEM: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_context: ContextVar[Mapping[str, Any]] = ContextVar("clearway-log-fields", default={})  # noqa: B039 - a Mapping, never written to


@contextmanager
def context(**fields: Any) -> Iterator[None]:
    """Everything that is logged inside bears these fields too, in this thread or task and those it makes."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        with suppress(ValueError):  # a stream that its client left is closed by the event loop, in a context of its own
            _context.reset(token)


def configure(settings: TelemetrySettings, stream: TextIO | None = None) -> logging.Handler:
    """Write all logs of this process to the stream (stderr if not said) from now on, in place of what was before."""
    writer = logging.StreamHandler(sys.stderr if stream is None else stream)
    writer.setFormatter(AsJson() if settings.log_format == "json" else AsText())
    handler = Sparing(writer)
    handler.addFilter(_with_context)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    return handler


def _with_context(record: logging.LogRecord) -> bool:
    """The fields of the context, where the record has no such of its own."""
    for name, value in _context.get().items():
        record.__dict__.setdefault(name, value)
    return True


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What an event bears, by name, in order of the names; texts without secret keys and of bounded length."""
    found = {k: _shown(v) for k, v in sorted(vars(record).items()) if k not in _KNOWN and v not in (None, "")}
    if not record.name.startswith(OURS):
        found["message"] = _shown(record.getMessage())
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        found["exception"] = _shown(f"{type(error).__name__}: {error}")
        found["stack"] = _shown(logging.Formatter().formatException(record.exc_info))
    return found


def event_of(record: logging.LogRecord) -> str:
    """The name of the event."""
    return record.msg if record.name.startswith(OURS) and isinstance(record.msg, str) else FOREIGN


def _shown(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(v) for v in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    text = _PEM.sub("[private key]", str(value).encode("utf-8", "backslashreplace").decode())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} [and {len(text) - LONGEST} more characters]"


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class AsJson(logging.Formatter):
    """One JSON object a line, whatever the fields hold (RFC 8259; line breaks are escaped)."""

    def format(self, record: logging.LogRecord) -> str:
        """Time (RFC 3339, UTC), level, event, logger, then the fields; a field of one of these names gets `_`."""
        head = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": event_of(record),
            "logger": record.name,
        }
        fields = {f"{k}_" if k in head else k: v for k, v in fields_of(record).items()}
        return _json({**head, **fields})


class AsText(logging.Formatter):
    """For people: time, level, event, `name=value`; a line, and below it the stack where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Control characters are escaped, so that no name that came from outside begins a line of its own."""
        fields = fields_of(record)
        stack = fields.pop("stack", "")
        words = " ".join(f"{k}={_quoted(v)}" for k, v in fields.items())
        line = f"{_time(record)} {record.levelname:<7} {event_of(record)} {words}".rstrip()
        return line + "".join(f"\n    {part}" for part in str(stack).splitlines())


def _quoted(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_quoted(v) for v in value)
    text = str(value)
    return text if re.fullmatch(r"[^\s\"=\x00-\x1f\x7f]+", text) else _json(text)


def _json(value: Any) -> str:
    """On one line for everybody: JSON itself lets the line separators of Unicode stand."""
    return json.dumps(value, ensure_ascii=False).translate(_BREAKS)
