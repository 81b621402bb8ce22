"""Secrets by reference: read when needed, never logged, never stored."""

from __future__ import annotations

import os
from pathlib import Path

from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError, Diagnostic


def text_of(ref: SecretRef, what: str) -> str:
    """The secret's text. `what` says whose it is, for the error. Raises ClearwayError."""
    if ref.kind == "env":
        value = os.environ.get(ref.name)
        if value is None:
            raise _missing(what, f"the environment variable {ref.name} is not set", f"export {ref.name}=...")
        # A variable may hold the secret or the path of a file that does.
        path = Path(value) if len(value) < 4096 and "\n" not in value else None
        return path.read_text(encoding="utf-8") if path is not None and path.is_file() else value
    try:
        return Path(ref.name).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise _missing(what, f"{ref.name}: {error.strerror}", "write the file, readable by you only") from error


def _missing(what: str, message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code="no-secret", message=f"{what}: {message}", hint=hint))
