"""Who the client is to the service, and whom it takes for the service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import grpc

from intents.model.diagnostic import ClearwayError, Diagnostic, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """PEM files. ca: who signed the service's certificate; without it the connection is plain. certificate, key: the
    client's own. server_name: what the service's certificate says, where that is not the host of the address."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str = ""

    def channel(self, address: str, options: list[tuple[str, int | str]]) -> grpc.Channel:
        """A channel to HOST:PORT. Raises ClearwayError where a file cannot be read."""
        if self.ca is None:
            return grpc.insecure_channel(address, options)
        found = grpc.ssl_channel_credentials(_read(self.ca), _read(self.key), _read(self.certificate))
        if self.server_name:
            options = [*options, ("grpc.ssl_target_name_override", self.server_name)]
        return grpc.secure_channel(address, found, options)


def _read(file: Path | None) -> bytes | None:
    if file is None:
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise ClearwayError(
            Diagnostic(
                code="cannot-read",
                message=f"{file}: {error.strerror}",
                hint="check who may read it",
                position=Position(str(file)),
            )
        ) from error
