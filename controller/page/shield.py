"""What stands around every call: headers, whose page it is, the session, the token, and refusals in words.

Sources: CSP Level 3; Fetch Metadata; OWASP's sheet on cross-site request forgery (token and origin, both).
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from controller.access.settings import is_loopback
from controller.page.desk import SESSION, desk
from controller.page.gate import Gate
from controller.page.login import cookie
from controller.page.problem import fault, refused
from controller.page.settings import PageSettings
from controller.service.api.refusals import mistake
from intents.model.diagnostic import ClearwayError

LOG: Final = logging.getLogger("clearway.page")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
GATE: Final = web.AppKey("gate", Gate)
TOKEN: Final = "X-CSRF-Token"  # noqa: S105 - a header's name
LOGIN: Final = "/api/login"
_API: Final = "/api/"
_SAFE: Final = ("GET", "HEAD")
_NAMES_OF_HERE: Final = ("localhost", "127.0.0.1", "[::1]")
POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_BY_TLS: Final = {"Strict-Transport-Security": "max-age=31536000"}


class Shield:
    """The middlewares, the outermost first."""

    def __init__(self, settings: PageSettings) -> None:
        self._settings = settings
        self._only_here = is_loopback(settings.listen)

    @property
    def middlewares(self) -> tuple[Middleware, ...]:
        """For aiohttp."""
        return tuple(_middleware(each) for each in (self._in_words, self._ours, self._known))

    async def _in_words(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Nobody is told of a traceback."""
        request.app[GATE].asked(request)
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            return refused(fault("too-large", "the request is too large", "send less"))
        except web.HTTPMethodNotAllowed:
            return refused(fault("method-not-allowed", f"{request.path} takes no {request.method}", "see the contract"))
        except web.HTTPNotFound:
            return refused(fault("no-such-page", f"there is no {request.path[:200]}", "begin at /"))
        except ClearwayError as error:
            return refused(error)
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001 - told below, under an id
            return refused(ClearwayError(mistake(error, f"{request.method} {request.path}")))

    async def _ours(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what another site makes a browser send."""
        if self._only_here and not self._is_of_here(request.host):
            raise fault(
                "not-this-page",
                f"this page is not called {request.host[:200]}",
                "open it by 127.0.0.1 or localhost, or add the name under page.origins of the service's settings",
            )
        if request.path.startswith(_API):
            self._refuse_foreign(request)
        return await handler(request)

    def _refuse_foreign(self, request: web.Request) -> None:
        foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
        if request.method not in _SAFE:
            origin = request.headers.get("Origin", "")
            foreign = foreign or origin not in (self._own(request), *self._settings.origins)
        if foreign:
            raise fault(
                "not-this-page", "the request does not come from this page", "open the page itself, and try there"
            )

    @staticmethod
    def _own(request: web.Request) -> str:
        return f"{'https' if desk(request).secure else 'http'}://{request.host}"

    def _is_of_here(self, host: str) -> bool:
        """A name that somebody else points to this machine is none of ours (DNS rebinding)."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        known = {origin.partition("://")[2] for origin in self._settings.origins}
        return name in _NAMES_OF_HERE or host in known

    async def _known(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whose session it is; and of what changes something, that the page itself sent it."""
        at = desk(request)
        secret = request.cookies.get(cookie(at))
        found = at.sessions.of(secret) if secret is not None else None
        if found is not None:
            request[SESSION] = found
        if request.path.startswith(_API) and request.method not in _SAFE and request.path != LOGIN:
            if found is None:
                raise fault("not-authenticated", "nobody has logged in, or the session is over", "log in")
            if not hmac.compare_digest(request.headers.get(TOKEN, "").encode(), found.csrf.encode()):
                raise fault("not-this-page", f"{TOKEN} is missing or not this session's", "load the page again")
        return await handler(request)


def _middleware(method: Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]) -> Middleware:
    """What aiohttp takes is marked, and a method cannot be."""

    @web.middleware
    async def through(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await method(request, handler)

    return through


def dressed(*, secure: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Put the headers on every answer, whatever made it."""
    headers = HEADERS | (_BY_TLS if secure else {})

    async def dress(_: web.Request, response: web.StreamResponse) -> None:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers.pop("Server", None)

    return dress
