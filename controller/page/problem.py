"""Refusals as problem details (RFC 9457), with the diagnostics of the command line."""

from __future__ import annotations

import json
from math import ceil
from typing import Any, Final

from aiohttp import web
from google.rpc import code_pb2

from controller.service.errors import code_of
from intents.model.diagnostic import NOWHERE, ClearwayError, Diagnostic

_STATUS: Final = {
    code_pb2.NOT_FOUND: 404,
    code_pb2.PERMISSION_DENIED: 403,
    code_pb2.UNAUTHENTICATED: 401,
    code_pb2.RESOURCE_EXHAUSTED: 429,
    code_pb2.UNAVAILABLE: 503,
    code_pb2.ABORTED: 409,
    code_pb2.CANCELLED: 409,
    code_pb2.INTERNAL: 500,
}
_UNASKED: Final = 422  # understood, and it cannot be
_OWN: Final = {
    "not-json": 400,
    "too-large": 413,
    "too-slow": 408,
    "not-this-page": 403,
    "no-such-page": 404,
    "method-not-allowed": 405,
}


def diagnostic(d: Diagnostic) -> dict[str, Any]:
    """One of them."""
    nowhere = d.position == NOWHERE
    return {
        "code": d.code,
        "message": d.message,
        "hint": d.hint,
        "severity": str(d.severity),
        "file": "" if nowhere else d.position.file,
        "line": 0 if nowhere else d.position.line,
        "column": 0 if nowhere else d.position.column,
    }


def problem(error: ClearwayError) -> dict[str, Any]:
    """The object."""
    first = error.diagnostics[0]
    retry_s = getattr(error, "retry_s", None)
    return {
        "type": "about:blank",
        "status": _OWN.get(first.code) or _STATUS.get(code_of(error.diagnostics), _UNASKED),
        "title": first.message,
        "detail": first.hint,
        "code": first.code,
        "retry_s": None if retry_s is None else ceil(retry_s),
        "diagnostics": [diagnostic(d) for d in error.diagnostics],
    }


def refused(error: ClearwayError) -> web.Response:
    """The answer."""
    found = problem(error)
    headers = {"Cache-Control": "no-store"}
    if found["retry_s"] is not None:
        headers["Retry-After"] = str(found["retry_s"])
    return web.Response(
        text=json.dumps(found, ensure_ascii=False),
        status=found["status"],
        content_type="application/problem+json",
        headers=headers,
    )


def fault(code: str, message: str, hint: str) -> ClearwayError:
    """A refusal of the page itself."""
    return ClearwayError(Diagnostic(code=code, message=message, hint=hint))
