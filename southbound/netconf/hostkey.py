"""The key that an OLT shows before anybody logs in: what it is, and how people compare it. Nothing is believed here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import socket

import paramiko

from intents.model.diagnostic import Diagnostic
from southbound.driver import DeviceUnreachable


def shown(device: str, host: str, port: int, timeout_s: float = 8.0) -> str:
    """The public key that answers there, as `ssh-ed25519 AAAA...`. Raises DeviceUnreachable."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as sock:
            transport = paramiko.Transport(sock)
            try:
                transport.start_client(timeout=timeout_s)
                key = transport.get_remote_server_key()
            finally:
                transport.close()
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise DeviceUnreachable(
            Diagnostic(
                code="olt-down",
                message=f"{device} shows no SSH key at {host}:{port}: {error}",
                hint="check that the OLT is up, that its management network is reachable, and that SSH is on this port",
            )
        ) from error
    return f"{key.get_name()} {key.get_base64()}"


def fingerprint(key: str) -> str:
    """As OpenSSH prints it, `SHA256:...`, of a public key's text; empty where that is none."""
    parts = key.split()
    try:
        data = base64.b64decode(parts[1] if len(parts) > 1 else parts[0], validate=True)
    except (IndexError, binascii.Error):
        return ""
    return "SHA256:" + base64.b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
