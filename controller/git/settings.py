"""Which branch is followed, how it is reached, and what is asked of its commits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from intents.model.campus import SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSettings:
    """repository: a path, or a URL (file, ssh, https). folder: of the project in it.

    allowed_signers: commits must be signed by a key of this file; None: need not be. signing_key: an Ed25519 key in
    OpenSSH's form that Clearway signs its own commits with. ssh_key, known_hosts: for ssh. token, ca: for https. A
    relative file of a secret is relative to `root`. fetch_s: seconds between looks at a repository elsewhere.
    """

    repository: str
    branch: str = "main"
    folder: str = ""
    allowed_signers: Path | None = None
    signing_key: SecretRef | None = None
    ssh_key: SecretRef | None = None
    known_hosts: Path | None = None
    token: SecretRef | None = None
    ca: Path | None = None
    root: Path = Path()
    fetch_s: float = 10.0
    timeout_s: float = 20.0

    @property
    def remote(self) -> bool:
        """Whether it lies elsewhere, so that a copy is kept."""
        return "://" in self.repository
