"""Secrets by reference: read when needed, never logged, never stored."""

from __future__ import annotations

import os
from pathlib import Path

from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError, Diagnostic


def text_of(ref: SecretRef, what: str, root: Path) -> str:
    """The secret's text. `what` says whose it is, for the error. A relative file is relative to the project's root.

    An environment variable holds the secret itself, or the path of a file that does. Raises ClearwayError.
    """
    if ref.kind == "env":
        value = os.environ.get(ref.name)
        if value is None:
            raise _missing(what, f"the environment variable {ref.name} is not set", f"export {ref.name}=...")
        if "\n" in value or not _is_file(value):
            return value
        return _read(Path(value), what)
    if ref.kind == "keyring":
        return _of_keyring(ref.name, what)
    return _read(root / Path(ref.name).expanduser(), what)


def _of_keyring(name: str, what: str) -> str:
    """From the keyring of whoever runs Clearway."""
    try:
        import keyring  # noqa: PLC0415 - an extra that few need
        from keyring.errors import KeyringError  # noqa: PLC0415 - the same
    except ImportError as error:
        raise _missing(
            what, "reading a keyring needs a package that is not here", "pip install 'clearway[keyring]'"
        ) from error
    service, _, user = name.partition("/")
    try:
        value = keyring.get_password(service, user)
    except KeyringError as error:
        hint = "unlock it, or keep the secret in a file that only the service's user may read: {file: PATH}"
        raise _missing(what, f"the keyring cannot be read: {type(error).__name__}", hint) from error
    if value is None:
        raise _missing(what, f"the keyring has nothing for {name}", f"keyring set {service} {user}")
    return value


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # a key is longer than a name may be
        return False


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _missing(what, f"{path} is not text", "give the file with the key in OpenSSH's own form") from error
    except OSError as error:
        raise _missing(
            what, f"{path}: {error.strerror}", "write the file, readable by you only; for a lab: `clearway lab up`"
        ) from error


def _missing(what: str, message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code="no-secret", message=f"{what}: {message}", hint=hint))
