"""Who the client is to the service, and whom it takes for the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc

from intents.model.diagnostic import ClearwayError, Diagnostic, Position

CA: Final = "CLEARWAY_CA"
CERTIFICATE: Final = "CLEARWAY_CERTIFICATE"
KEY: Final = "CLEARWAY_KEY"


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
        if self.server_name:
            options = [*options, ("grpc.ssl_target_name_override", self.server_name)]
        return grpc.secure_channel(address, self.shown(), options)

    def shown(self) -> grpc.ChannelCredentials:
        """For grpc.secure_channel, plain or aio. Raises ClearwayError where a file cannot be read."""
        return grpc.ssl_channel_credentials(_read(self.ca), _read(self.key), _read(self.certificate))


def from_environment(environment: Mapping[str, str]) -> Credentials:
    """What CLEARWAY_CA, CLEARWAY_CERTIFICATE and CLEARWAY_KEY name; a plain connection where none is set. Raises
    ClearwayError where some are missing."""
    said = {name: environment[name] for name in (CA, CERTIFICATE, KEY) if environment.get(name)}
    if not said:
        return Credentials()
    if CA not in said or (CERTIFICATE in said) != (KEY in said):
        missing = [name for name in (CA, CERTIFICATE, KEY) if name not in said]
        raise ClearwayError(
            Diagnostic(
                code="no-secret",
                message=f"{' and '.join(said)} {'is' if len(said) == 1 else 'are'} set, {' and '.join(missing)} not",
                hint="name the CA, your certificate and its key; `clearway pki issue NAME` makes the last two",
            )
        )
    own = {name: Path(said[name]) for name in (CERTIFICATE, KEY) if name in said}
    return Credentials(ca=Path(said[CA]), certificate=own.get(CERTIFICATE), key=own.get(KEY))


def _read(file: Path | None) -> bytes | None:
    if file is None:
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise ClearwayError(
            Diagnostic(
                code="no-secret",
                message=f"{file}: {error.strerror}",
                hint="give the CA, your certificate and its key; `clearway pki issue NAME` makes the last two",
                position=Position(str(file)),
            )
        ) from error
