"""Answers in JSON: written and compressed once, and not sent where the browser has the same."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

WORTH_IT: Final = 1024  # bytes, below which nothing is compressed
_LEVEL: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A body, the same by gzip (None where that is no shorter), and what names it."""

    body: bytes
    packed: bytes | None
    etag: str
    kind: str = "application/json"


def prepare(value: Any) -> Prepared:
    """A value in JSON."""
    return packed(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), "application/json")


def packed(body: bytes, kind: str) -> Prepared:
    """Bytes of a media type."""
    short = gzip.compress(body, _LEVEL, mtime=0) if len(body) >= WORTH_IT else None
    if short is not None and len(short) >= len(body):
        short = None
    return Prepared(body=body, packed=short, etag=f'"{hashlib.sha256(body).hexdigest()[:24]}"', kind=kind)


def send(request: web.Request, found: Prepared, *, kept: str = "no-cache") -> web.Response:
    """It, or that it is as it was. kept: Cache-Control."""
    headers = {"ETag": found.etag, "Cache-Control": kept, "Vary": "Accept-Encoding"}
    if found.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = found.kind
    if found.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=found.packed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=found.body, headers=headers)


def said(value: Any, status: int = 200) -> web.Response:
    """An answer that nobody keeps."""
    return web.Response(
        text=json.dumps(value, ensure_ascii=False),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
