"""The gRPC server: intent service, health (NOT_SERVING before drain) and reflection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from controller._pb.clearway.intents.v1 import intents_pb2, intents_pb2_grpc
from controller.service.api import IntentApi
from controller.service.engine import Engine
from intents.model.diagnostic import ClearwayError, Diagnostic

MAX_MESSAGE_BYTES: Final = 4 * 2**20
WORKERS: Final = 32  # a watcher holds one for as long as it watches
SERVICE: Final = intents_pb2.DESCRIPTOR.services_by_name["IntentService"].full_name


class Server:
    """Listens on `address` (host:port; port 0 picks a free one, see `port`)."""

    def __init__(self, engine: Engine, address: str) -> None:
        self._engine = engine
        self._health = health.HealthServicer()
        self._server = grpc.server(
            ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="grpc"),
            options=[("grpc.max_receive_message_length", MAX_MESSAGE_BYTES), ("grpc.so_reuseport", 0)],
        )
        intents_pb2_grpc.add_IntentServiceServicer_to_server(IntentApi(engine), self._server)  # type: ignore[no-untyped-call]  # generated
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        try:
            self.port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise ClearwayError(
                Diagnostic(
                    code="grpc-address",
                    message=f"cannot listen on {address}: in use or not an address of this machine",
                    hint="choose another with --listen HOST:PORT",
                )
            ) from error

    def start(self) -> None:
        """Serve."""
        self._server.start()
        for name in ("", SERVICE):
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    def stop(self, grace_s: float = 5.0) -> None:
        """Say NOT_SERVING, let calls under way finish, end."""
        self._health.enter_graceful_shutdown()
        self._engine.close()
        self._server.stop(grace_s).wait()
