"""git over SSH without a program of SSH: one channel a command, by paramiko, to a host whose key is known."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import paramiko
from dulwich.client import SSHVendor


class Channel:
    """One command on the other side, as dulwich wants it."""

    def __init__(self, client: paramiko.SSHClient, channel: paramiko.Channel) -> None:
        self._client, self._channel = client, channel
        self.stderr = channel.makefile_stderr("rb")

    def read(self, count: int = -1) -> bytes:
        """Exactly so many bytes, or what there is before the end."""
        found = bytearray()
        while count < 0 or len(found) < count:
            chunk = self._channel.recv(65536 if count < 0 else count - len(found))
            if not chunk:
                break
            found += chunk
        return bytes(found)

    def write(self, data: bytes) -> int:
        """All of it."""
        self._channel.sendall(data)
        return len(data)

    def can_read(self) -> bool:
        """Whether something has come already."""
        return bool(self._channel.recv_ready())

    def close(self) -> None:
        """End the command and the connection."""
        self._channel.close()
        self._client.close()


class Ssh(SSHVendor):
    """Connects with one key, to hosts of a known-hosts file only. private_key: OpenSSH's form."""

    def __init__(self, *, private_key: str | None, known_hosts: Path | None, timeout_s: float) -> None:
        self._key, self._known, self._timeout_s = private_key, known_hosts, timeout_s

    def run_command(  # type: ignore[override]  # keys and passwords are ours to give, not the URL's
        self, host: str, command: bytes, username: str | None = None, port: int | None = None, **_: Any
    ) -> Channel:
        """The command's channel. Raises what paramiko raises, and OSError."""
        client = paramiko.SSHClient()
        if self._known is not None:
            client.load_host_keys(str(self._known))
        else:
            client.load_system_host_keys()
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(
            host,
            port=port or 22,
            username=username or "git",
            pkey=_key(self._key) if self._key else None,
            allow_agent=False,
            look_for_keys=False,
            timeout=self._timeout_s,
            banner_timeout=self._timeout_s,
            auth_timeout=self._timeout_s,
        )
        transport = client.get_transport()
        if transport is None:
            raise paramiko.SSHException("the connection ended")
        channel = transport.open_session(timeout=self._timeout_s)
        channel.settimeout(self._timeout_s)
        channel.exec_command(command.decode())
        return Channel(client, channel)


def _key(text: str) -> paramiko.PKey:
    """The key in a text of OpenSSH's form. Raises paramiko.SSHException."""
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError):
            continue
    raise paramiko.SSHException("the key is no Ed25519, ECDSA or RSA key in OpenSSH's form, without a passphrase")
