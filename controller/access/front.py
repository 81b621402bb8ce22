"""How the API is shown: by TLS and certificates, by a unix socket, or plainly on this machine alone.

What the settings say becomes addresses for gRPC, an interceptor, and a door that is opened once gRPC serves.
"""

from __future__ import annotations

from typing import Final

from controller.access.certificates import Certificates
from controller.access.door import Door
from controller.access.guard import Guard
from controller.access.identity import LOOPBACK, Identity
from controller.access.refusals import RefusalLog
from controller.access.settings import AccessSettings, refuse_open
from intents.model.diagnostic import ClearwayError, Diagnostic

PLAIN: Final = (
    "no certificates are in use: whoever is on this machine may do everything; `clearway pki init`, and access: in the "
    "settings, change that"
)
_MOST_METADATA: Final = 16 * 2**10


class Front:
    """listen: HOST:PORT of the settings. addresses: where gRPC itself is to listen, the first for `open`. Raises
    ClearwayError where the API would be shown to a network without TLS, or a certificate cannot be used."""

    def __init__(self, listen: str, access: AccessSettings, refusals: RefusalLog) -> None:
        refuse_open(listen, access)
        self._listen, self._socket = listen, access.socket
        self._certificates = Certificates(access.identity) if access.identity is not None else None
        self._door = Door(access.limits, refusals) if self._certificates or self._socket else None
        inner = [self._door.inner] if self._door is not None else []
        self.addresses = inner if self._certificates else [listen, *inner]
        self.options = (
            ("grpc.max_concurrent_streams", access.limits.streams),
            ("grpc.max_metadata_size", _MOST_METADATA),
        )
        self.interceptor = Guard(self._find, lambda: access.grants, access.limits, refusals)

    @property
    def warning(self) -> str:
        """What whoever starts the service is to know, or nothing."""
        return "" if self._certificates is not None else PLAIN

    def _find(self, peer: str) -> tuple[Identity | None, str]:
        """Who is behind a peer of gRPC's. Without certificates whoever reaches the loopback address is let in."""
        if self._door is not None and peer.startswith("unix:"):
            return self._door.identity(peer)
        return (LOOPBACK if self._certificates is None else None), peer

    async def open(self, port: int) -> int:
        """Let callers in, in the loop that serves. port: where gRPC listens; returned is the one that they dial.
        Raises ClearwayError."""
        if self._door is None:
            return port
        try:
            if self._socket is not None:
                await self._door.open_socket(self._socket)
            return await self._door.open(self._listen, self._certificates) if self._certificates is not None else port
        except (OSError, OverflowError) as error:
            raise ClearwayError(
                Diagnostic(
                    code="grpc-address",
                    message=f"cannot listen on {self._listen}: {error}",
                    hint="choose another with --listen HOST:PORT",
                )
            ) from error

    async def close(self) -> None:
        """End every connection."""
        if self._door is not None:
            await self._door.close()
