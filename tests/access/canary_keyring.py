"""A keyring of one process, for the canary: the backend that PYTHON_KEYRING_BACKEND names."""

from __future__ import annotations

import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FolderKeyring(KeyringBackend):
    """Each secret in a file of the folder that CANARY_KEYRING names."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        path = Path(os.environ["CANARY_KEYRING"]) / service / username
        return path.read_text() if path.exists() else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError
