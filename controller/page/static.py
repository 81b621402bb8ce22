"""The page's own files, as they were built: read and compressed once, and nothing else of the disk is ever served."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from aiohttp import web

from controller.page.answers import Prepared, packed, send
from controller.page.problem import fault

INDEX: Final = "index.html"
_NEVER_OTHERWISE: Final = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")  # a digest in the name
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_KINDS: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_TEXTS: Final = ("text/", "image/svg", "application/json", "application/manifest")


def built() -> Mapping[str, Prepared]:
    """Every file by its path below the page's root."""
    found: dict[str, Prepared] = {}
    _gather(files("controller.page").joinpath("static"), "", found)
    return found


def _gather(folder: Traversable, prefix: str, found: dict[str, Prepared]) -> None:
    if not folder.is_dir():
        return
    for each in folder.iterdir():
        name = prefix + each.name
        if each.is_dir():
            _gather(each, f"{name}/", found)
        elif not each.name.startswith("."):
            found[name] = packed(each.read_bytes(), _kind(each.name))


def _kind(name: str) -> str:
    end = name[name.rfind(".") :]
    kind = _KINDS.get(end) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXTS) else kind


class Static:
    """GET of any path that is not of the API."""

    def __init__(self) -> None:
        self._files = built()

    async def answer(self, request: web.Request) -> web.Response:
        """The file, or that there is none."""
        name = request.match_info["path"] or INDEX
        found = self._files.get(name)
        if found is None:
            hint = "build it: `make page`" if name == INDEX else "begin at /"
            raise fault("no-such-page", f"there is no /{name}", hint)
        return send(request, found, kept=_FOR_GOOD if _NEVER_OTHERWISE.search(name) else "no-cache")
