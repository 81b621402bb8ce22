"""What a caller shows to the service, and how he knows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import grpc

from intents.model.diagnostic import ClearwayError, Diagnostic, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """Files in PEM form: the CA that signed the service's certificate, and one's own certificate with its key."""

    ca: Path
    certificate: Path
    key: Path

    def channel(self) -> grpc.ChannelCredentials:
        """For grpc.secure_channel, plain or aio. Raises ClearwayError where a file cannot be read."""
        return grpc.ssl_channel_credentials(_read(self.ca), _read(self.key), _read(self.certificate))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ClearwayError(
            Diagnostic(
                code="no-secret",
                message=f"{path}: {error.strerror}",
                hint="give the CA, your certificate and its key; `clearway pki issue NAME` makes the last two",
                position=Position(str(path)),
            )
        ) from error
