"""The gRPC server: intent service, health (NOT_SERVING before drain) and reflection, in one event loop of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from controller.access.front import Front
from controller.service.api.aio import Interceptor
from controller.service.api.inside import Guest, Inside
from controller.service.api.refusals import Refusals
from controller.service.api.servicer import COMMITS, INTENTS, OPERATIONS, Servicer
from controller.service.engine import Engine
from controller.service.loop import LoopThread
from controller.service.writer import Writer
from intents.model.diagnostic import ClearwayError, Diagnostic

LEADER: Final = "leader"  # what health calls the leading of several controllers
MAX_MESSAGE_BYTES: Final = 4 * 2**20
PULSE_S: Final = 2.0
_SERVICES: Final = (INTENTS.full_name, COMMITS.full_name, OPERATIONS.full_name)


class Server:
    """Listens where `front` says; a port 0 becomes a free one, once it has started: see `port`. writer: None, no
    texts are changed.

    interceptors: of grpc.aio, outermost first; they stand inside `Refusals`, so they refuse by raising ClearwayError.
    guest: shows the same service in another form.
    """

    def __init__(
        self,
        engine: Engine,
        front: Front,
        interceptors: Sequence[Interceptor] = (),
        writer: Writer | None = None,
        guest: Guest | None = None,
    ) -> None:
        self._loop = LoopThread("grpc")
        self._stopping = threading.Lock()
        self._front, self._guest, self._interceptors = front, guest, tuple(interceptors)
        try:
            self.port = self._loop.run(self._build(engine, (Refusals(), *interceptors, front.interceptor), writer))
        except RuntimeError as error:
            self._loop.close()
            raise ClearwayError(
                Diagnostic(
                    code="grpc-address",
                    message=f"cannot listen on {front.addresses[0]}: in use or not an address of this machine",
                    hint="choose another with --listen HOST:PORT",
                )
            ) from error

    async def _build(self, engine: Engine, interceptors: Sequence[Interceptor], writer: Writer | None) -> int:
        """Everything of grpc.aio is made in the loop that runs it. Returns the port."""
        self._server = grpc.aio.server(
            interceptors=interceptors,
            options=[
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.so_reuseport", 0),
                *self._front.options,
            ],
        )
        self._servicer = Servicer(engine, writer)
        self._handlers = self._servicer.handlers()
        self._server.add_generic_rpc_handlers(self._handlers)
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]  # set where asyncio is
        await self._health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
        await self._health.set(LEADER, health_pb2.HealthCheckResponse.SERVING)  # else `lead` says so
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (*_SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        ports = [self._server.add_insecure_port(address) for address in self._front.addresses]
        return int(ports[0])

    def pulse(self, call: Callable[[], None]) -> None:
        """Have it called every PULSE_S seconds, as long as the loop moves."""
        self._loop.every(PULSE_S, call)

    def start(self) -> None:
        """Serve. Raises ClearwayError where the address cannot be had."""
        self._loop.run(self._start())

    async def _start(self) -> None:
        await self._server.start()
        self.port = await self._front.open(self.port)
        if self._guest is not None:
            interceptors = (*self._interceptors, self._guest.guard)
            await self._guest.open(Inside(self._handlers, interceptors, self._servicer.workers))
        for name in ("", *_SERVICES):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    def lead(self, *, leads: bool) -> None:
        """Say by health whether changes go through here: the service `leader`."""
        status = health_pb2.HealthCheckResponse
        if not self._loop.closed:
            self._loop.run(self._health.set(LEADER, status.SERVING if leads else status.NOT_SERVING))

    def stop(self, grace_s: float = 5.0) -> None:
        """Say NOT_SERVING, let calls under way finish, end. Once is enough."""
        with self._stopping:  # a second caller waits for the first
            if self._loop.closed:
                return
            self._loop.run(self._stop(grace_s))
            self._servicer.close()
            self._loop.close()

    async def _stop(self, grace_s: float) -> None:
        await self._health.enter_graceful_shutdown()
        self._servicer.drain()
        if self._guest is not None:
            await self._guest.close()
        await self._server.stop(grace_s)
        await self._front.close()
