"""Who is let in, and how much of each he may have, as values."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from controller.access.bucket import Rate
from controller.access.grants import Grants
from intents.model.campus import SecretRef
from intents.model.diagnostic import NOWHERE, ClearwayError, Diagnostic, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what strangers and callers take. calls, changes: of one identity. connections: at once, of all; guests:
    of those, how many may be between the first byte and a certificate, and each for handshake_s at most. streams: calls
    at once on one connection. dialled: new connections from one address."""

    calls: Rate = field(default=Rate(per_s=200, burst=400))
    changes: Rate = field(default=Rate(per_s=5, burst=50))
    dialled: Rate = field(default=Rate(per_s=20, burst=100))
    connections: int = 2000
    guests: int = 64
    handshake_s: float = 5.0
    stranger_s: float = 10.0  # how long who shows no certificate is listened to
    streams: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIdentity:
    """What the service shows to callers, and the CA whose word on them it takes; in PEM form. revoked: a list of
    certificates that are not taken any more (CRL)."""

    certificate: SecretRef
    key: SecretRef
    ca: SecretRef
    revoked: SecretRef | None = None
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """identity None: no TLS, for this machine only. socket: a unix socket, where callers are users of this machine."""

    identity: ServerIdentity | None = None
    grants: Grants = field(default_factory=Grants)
    limits: Limits = field(default_factory=Limits)
    socket: Path | None = None


def refuse_open(listen: str, access: AccessSettings) -> None:
    """Raise ClearwayError where anybody in the network could call without a certificate."""
    if access.identity is None and not is_loopback(listen):
        raise ClearwayError(
            Diagnostic(
                code="api-without-tls",
                message=f"the API is not shown at {listen} without certificates: anybody there could change the net",
                hint="name access: {certificate, key, ca} in the service's settings (`clearway pki init` makes them), "
                "or listen on 127.0.0.1",
            )
        )


def is_loopback(address: str) -> bool:
    """Whether HOST:PORT is of this machine only."""
    host = address.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
