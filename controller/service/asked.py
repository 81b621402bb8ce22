"""Whether a service takes calls, asked from outside: by gRPC's health protocol, or by HTTP where it shows metrics."""

from __future__ import annotations

import http.client
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from controller.client.credentials import Credentials
from controller.service.settings import Settings

PATIENCE_S = 5.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - to ask, not to listen


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """ready: calls are taken. said: what was answered, or why nothing was. address: who was asked."""

    ready: bool
    said: str
    address: str


def health_of(settings: Settings) -> Health:
    """Ask the service that these settings make: at its metrics, which need no certificate, else at its API."""
    if settings.telemetry.metrics:
        return by_http(_near(settings.telemetry.metrics))
    return by_grpc(_near(settings.listen))


def by_http(address: str) -> Health:
    """GET /readyz."""
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=PATIENCE_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = answer.read(1000).decode(errors="replace").strip()
        return Health(ready=answer.status == http.HTTPStatus.OK, said=said, address=f"http://{address}/readyz")
    except (OSError, http.client.HTTPException) as error:
        return Health(ready=False, said=f"no answer: {error}", address=f"http://{address}/readyz")
    finally:
        connection.close()


def by_grpc(address: str, shown: Credentials | None = None) -> Health:
    """grpc.health.v1, of the server as a whole."""
    with (shown or Credentials()).channel(address, []) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE_S)
        except grpc.RpcError as error:
            return Health(ready=False, said=f"no answer: {error.code().name}", address=address)
    status = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
    return Health(ready=status == "SERVING", said=status, address=address)


def _near(address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"{_EVERYWHERE.get(host, host)}:{port}"
