"""Keys of a lab: a host key for each OLT and one client key, made new for every lab and never reused."""

from __future__ import annotations

from pathlib import Path

import asyncssh

CLIENT_KEY = "client_key"


def make_keys(folder: Path, olts: list[str]) -> None:
    """Write `client_key` (private), `authorized_keys`, and per OLT `NAME.host_key` and `NAME.host_key.pub`."""
    client = _fresh(folder / CLIENT_KEY)
    (folder / "authorized_keys").write_bytes(client.export_public_key())
    for name in olts:
        host = _fresh(folder / f"{name}.host_key")
        (folder / f"{name}.host_key.pub").write_bytes(host.export_public_key())


def _fresh(path: Path) -> asyncssh.SSHKey:
    if path.exists():
        return asyncssh.read_private_key(path)
    key = asyncssh.generate_private_key("ssh-ed25519", comment="clearway lab")
    path.touch(mode=0o600)
    path.write_bytes(key.export_private_key())
    return key
