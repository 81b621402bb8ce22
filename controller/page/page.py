"""The page's server, in the event loop of the API beside it."""

from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import AsyncExitStack
from typing import Final

from aiohttp import web

from controller.access.certificates import Certificates
from controller.access.guard import Guard
from controller.access.identity import Identity
from controller.access.refusals import RefusalLog
from controller.access.settings import AccessSettings
from controller.page import (
    audit,
    capacity,
    changes,
    commits,
    events,
    intents,
    login,
    network,
    observed,
    plans,
    say,
    series,
)
from controller.page.desk import DESK, Desk
from controller.page.ears import Ears
from controller.page.gate import HANDSHAKE_S, Gate
from controller.page.kept import Kept
from controller.page.login import DOOR, Door
from controller.page.sampler import Drivers, Sampler
from controller.page.sessions import Sessions
from controller.page.settings import USERS, PageSettings, refuse_plain
from controller.page.shield import GATE, Shield, dressed
from controller.page.static import Static
from controller.page.users import Users, grants_of
from controller.page.views import Views
from controller.service.api.aio import Interceptor
from controller.service.api.inside import Inside
from controller.service.engine import Engine
from intents.model.diagnostic import ClearwayError, Diagnostic

MOST_BODY_BYTES: Final = 256 * 2**10
_GRACE_S: Final = 2.0
ROUTES: Final = (
    web.post("/api/login", login.login),
    web.post("/api/logout", login.logout),
    web.get("/api/session", login.who),
    web.get("/api/network", network.network),
    web.get("/api/intents", intents.every),
    web.get("/api/intents/{name}", intents.one),
    web.post("/api/say", say.say),
    web.post("/api/plan", plans.plan),
    web.post("/api/apply", changes.apply),
    web.post("/api/delete", changes.delete),
    web.get("/api/operations", changes.every),
    web.get("/api/operations/{id}", changes.one),
    web.post("/api/operations/{id}/cancel", changes.cancel),
    web.get("/api/history", commits.history),
    web.post("/api/approve", commits.approve),
    web.post("/api/revert", commits.revert),
    web.get("/api/capacity", capacity.now),
    web.post("/api/capacity", capacity.then),
    web.get("/api/series", series.series),
    web.get("/api/audit", audit.audit),
    web.get("/api/drift", observed.drifted),
    web.get("/api/breakglass", observed.by_hand),
    web.get("/api/events", events.events),
)


class Page:
    """A Guest of the service. ears: hear what the service does; drivers: makes
    new ones, to ask switches what went through. Raises ClearwayError where it would
    be shown to a network without TLS."""

    def __init__(
        self,
        settings: PageSettings,
        access: AccessSettings,
        engine: Engine,
        refusals: RefusalLog,
        ears: Ears,
        drivers: Drivers,
        *,
        git: bool,
    ) -> None:
        refuse_plain(settings, access)
        self._settings, self._engine, self._refusals, self._ears, self._git = settings, engine, refusals, ears, git
        identity = access.identity
        self._certificates = Certificates(identity, protocol="http/1.1", asks=False) if identity is not None else None
        self.users = Users(settings.users or engine.store.folder / USERS)
        self._sessions = Sessions(self.users, settings.idle_s, settings.longest_s, time.monotonic)
        self._drivers = drivers
        self._guard = Guard(self._find, lambda: grants_of(self.users.all()), access.limits, refusals)
        self.address = ""  # with the port that a 0 became
        self._running = AsyncExitStack()

    @property
    def guard(self) -> Interceptor:
        """See Guest."""
        return self._guard

    @property
    def warning(self) -> str:
        """What whoever starts the service is to know, or nothing."""
        return "" if self.users.all() else "nobody can log in to the page yet: `clearway user add NAME --role admin`"

    def _find(self, peer: str) -> tuple[Identity | None, str]:
        number, _, address = peer.partition("|")
        session = self._sessions.named(number)
        return (session.user.identity if session is not None else None), address

    async def open(self, inside: Inside) -> None:
        """See Guest."""
        views = Views(self._engine, self._ears, inside.workers)
        kept = Kept(self._engine.store.records, lambda: self._engine.leads)
        sampler = Sampler(lambda: views.newest, self._drivers, kept)
        secure = self._certificates is not None
        shield = Shield(self._settings)
        app = web.Application(middlewares=shield.middlewares, client_max_size=MOST_BODY_BYTES)
        app.on_response_prepare.append(dressed(secure=secure))
        app[DESK] = Desk(
            engine=self._engine,
            inside=inside,
            users=self.users,
            sessions=self._sessions,
            refusals=self._refusals,
            views=views,
            sampler=sampler,
            kept=kept,
            secure=secure,
            git=self._git,
        )
        app[DOOR] = Door()
        app[GATE] = gate = Gate()
        app.add_routes(ROUTES)
        app.router.add_get("/{path:(?!api/).*}", (await asyncio.to_thread(Static)).answer)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_GRACE_S)
        self._running.push_async_callback(runner.cleanup)
        await runner.setup()
        if runner.server is not None:
            gate.serve(runner.server)
        await self._listen(gate)
        self._running.push_async_callback(views.close)
        await views.start()
        sampler.start()
        self._running.push_async_callback(asyncio.to_thread, sampler.stop)

    async def _listen(self, gate: Gate) -> None:
        """Raises ClearwayError where the address cannot be had."""
        host, _, port = self._settings.listen.rpartition(":")
        tls = self._tls()
        patience = None if tls is None else HANDSHAKE_S
        try:
            sockets = await asyncio.get_running_loop().create_server(
                gate, host.strip("[]"), int(port), ssl=tls, ssl_handshake_timeout=patience
            )
        except (OSError, OverflowError) as error:
            raise ClearwayError(
                Diagnostic(
                    code="page-address",
                    message=f"the page cannot be shown at {self._settings.listen}: {error}",
                    hint="choose another with --page HOST:PORT, or page: {listen: ...} in the service's settings",
                )
            ) from error
        self._running.callback(sockets.close)
        bound = sockets.sockets[0].getsockname()[1]
        self.address = f"{'https' if tls is not None else 'http'}://{host}:{bound}/"

    def _tls(self) -> ssl.SSLContext | None:
        """The certificate of the API, the renewed one as soon as there is one."""
        if self._certificates is None:
            return None
        certificates = self._certificates
        outer = certificates.now()

        def renewed(connection: ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
            connection.context = certificates.now()

        outer.sni_callback = renewed
        return outer

    async def close(self) -> None:
        """See Guest."""
        await self._running.aclose()
