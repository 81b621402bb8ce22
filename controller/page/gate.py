"""How many connections there may be, and how long one may take to ask for anything."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

MOST: Final = 500  # at once, those of events included
PATIENCE_S: Final = 10.0  # from the connection to the first request, and for a request's body
HANDSHAKE_S: Final = 5.0


class Gate:
    """The protocol factory of the server's sockets. Used in one loop."""

    def __init__(self) -> None:
        self._server: web.Server | None = None
        self._silent: set[asyncio.BaseProtocol] = set()  # those that have not asked for anything

    def serve(self, server: web.Server) -> None:
        """By this one, from now on."""
        self._server = server

    def __call__(self) -> asyncio.BaseProtocol:
        """For one more connection."""
        if self._server is None or len(self._server.connections) >= MOST:
            return _Closed()
        made = self._server()
        self._silent.add(made)
        asyncio.get_running_loop().call_later(PATIENCE_S, self._look, made)
        return made

    def asked(self, request: web.Request) -> None:
        """Its connection has made a request."""
        self._silent.discard(request.protocol)

    def _look(self, made: web.RequestHandler) -> None:
        if made in self._silent:
            self._silent.discard(made)
            made.force_close()


class _Closed(asyncio.Protocol):
    """There is no room."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        transport.close()
