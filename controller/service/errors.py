"""Diagnostics as google.rpc.Status: the same words as on the command line, in a form that programs can take apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any, Final

from google.protobuf import any_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from controller.messages.diagnostics import message
from intents.model.diagnostic import Diagnostic

_CODES: Final = {
    "unknown-intent": code_pb2.NOT_FOUND,
    "unknown-operation": code_pb2.NOT_FOUND,
    "rests-now": code_pb2.FAILED_PRECONDITION,
    "not-ours": code_pb2.FAILED_PRECONDITION,
    "etag-mismatch": code_pb2.ABORTED,
    "source-moved": code_pb2.ABORTED,
    "change-under-way": code_pb2.ABORTED,
    "operation-cut-off": code_pb2.ABORTED,
    "stale-plan": code_pb2.ABORTED,
    "mass-delete": code_pb2.FAILED_PRECONDITION,
    "blast-radius": code_pb2.FAILED_PRECONDITION,
    "source-conflict": code_pb2.ABORTED,
    "no-commit": code_pb2.NOT_FOUND,
    "not-waiting": code_pb2.FAILED_PRECONDITION,
    "branch-refused": code_pb2.FAILED_PRECONDITION,
    "nothing-to-revert": code_pb2.FAILED_PRECONDITION,
    "no-git": code_pb2.FAILED_PRECONDITION,
    "no-signing-key": code_pb2.FAILED_PRECONDITION,
    "push-refused": code_pb2.PERMISSION_DENIED,
    "remote-auth": code_pb2.UNAVAILABLE,
    "remote-away": code_pb2.UNAVAILABLE,
    "remote-gone": code_pb2.UNAVAILABLE,
    "remote-host-key": code_pb2.UNAVAILABLE,
    "revision-compacted": code_pb2.OUT_OF_RANGE,
    "intent-does-not-hold": code_pb2.FAILED_PRECONDITION,
    "not-as-sent": code_pb2.FAILED_PRECONDITION,
    "stopped": code_pb2.CANCELLED,
    "not-authenticated": code_pb2.UNAUTHENTICATED,
    "not-allowed": code_pb2.PERMISSION_DENIED,
    "too-many-calls": code_pb2.RESOURCE_EXHAUSTED,
    "too-busy": code_pb2.RESOURCE_EXHAUSTED,
    "internal": code_pb2.INTERNAL,
}
MOST_TEXT: Final = 400  # bytes
MOST_BYTES: Final = 3000  # of all diagnostics, each in both its forms
_UNAVAILABLE: Final = (
    *("olt-down", "olt-silent", "olt-busy", "switch-down", "switch-silent", "ovsdb-down"),
    *("not-leading", "lease-lost", "database-down"),
)


_LEADING: Final = ("database-down", "lease-lost", "not-leading")
_LATER: Final = ("change-under-way", *_LEADING)


def momentary(diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Whether it may go well later without anybody changing what was asked for."""
    return any(d.code in _UNAVAILABLE or d.code in _LATER for d in diagnostics)


def of_leading(diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Whether a change was cut off because this controller could not lead just then: whoever leads begins again."""
    return any(d.code in _LEADING for d in diagnostics)


def code_of(diagnostics: tuple[Diagnostic, ...]) -> int:
    """The canonical code of a refusal: by the first diagnostic that has one, else INVALID_ARGUMENT."""
    for d in diagnostics:
        if d.code in _CODES:
            return int(_CODES[d.code])
        if d.code in _UNAVAILABLE:
            return int(code_pb2.UNAVAILABLE)
    return int(code_pb2.INVALID_ARGUMENT)


def status_of(
    diagnostics: tuple[Diagnostic, ...], metadata: Mapping[str, str] | None = None, *, retry_s: float | None = None
) -> status_pb2.Status:
    """Status with ErrorInfo (reason: the first code; metadata), BadRequest (a violation a diagnostic), each diagnostic,
    and RetryInfo where the same call may succeed in retry_s."""
    told = _fitting(diagnostics)
    details: list[Message] = [
        error_details_pb2.ErrorInfo(
            reason=diagnostics[0].code.upper().replace("-", "_"), domain="clearway.dev", metadata=metadata or {}
        ),
        error_details_pb2.BadRequest(field_violations=map(_violation, told)),
        *map(message, told),
    ]
    if retry_s is not None:
        details.append(error_details_pb2.RetryInfo(retry_delay=Duration(seconds=ceil(retry_s))))
    packed = []
    for detail in details:
        item = any_pb2.Any()
        item.Pack(detail)
        packed.append(item)
    first = told[0]
    text = f"{first.message}: {first.hint}" if first.hint else first.message
    return status_pb2.Status(code=code_of(diagnostics), message=_shortened(text), details=packed)


def _violation(d: Diagnostic) -> Any:
    return error_details_pb2.BadRequest.FieldViolation(
        field=str(d.position), description=f"{d.message}. {d.hint}".strip(), reason=d.code
    )


def _fitting(diagnostics: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    """The first ones, each text shortened, and how many more there are. A client may drop trailers beyond 8 KiB, in
    base64, with all that they say."""
    told: list[Diagnostic] = []
    left = MOST_BYTES
    for d in diagnostics:
        short = replace(
            d,
            message=_shortened(d.message),
            hint=_shortened(d.hint),
            position=d.position._replace(file=_shortened(d.position.file)),
            related=d.related[:2],
        )
        left -= message(short).ByteSize() + _violation(short).ByteSize()
        if told and left < 0:
            more = len(diagnostics) - len(told)
            return [*told, Diagnostic(code="more-faults", message=f"and {more} more", hint="mend these first")]
        told.append(short)
    return told


def _shortened(text: str) -> str:
    """At most so many bytes, whole letters."""
    raw = text.encode()
    return text if len(raw) <= MOST_TEXT else raw[: MOST_TEXT - 3].decode(errors="ignore") + "..."
