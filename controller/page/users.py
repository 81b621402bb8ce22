"""Who may log in: a file of names, roles and what passwords are checked by, never the passwords.

    {"users": [{"name": "anna", "role": "operator",
                "scrypt": {"n": 32768, "r": 8, "p": 1, "salt": "..", "hash": ".."}}]}

Salt and hash in hexadecimal; scrypt is RFC 7914.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any, Final, cast

from controller.access.grants import Grants
from controller.access.identity import Identity
from controller.access.roles import Role
from controller.project import shown
from intents.model.diagnostic import ClearwayError, Diagnostic, Position

PASSWORD_COST: Final = {"n": 2**15, "r": 8, "p": 1}  # 32 MiB and about 0.1 s a try
LONGEST_PASSWORD: Final = 1024
SHORTEST_PASSWORD: Final = 10
_MEMORY: Final = 128 * 2**20
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_MOST_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in. scrypt: cost, salt and hash."""

    name: str
    role: Role
    scrypt: Mapping[str, Any]

    @property
    def identity(self) -> Identity:
        """As the API knows callers: an e-mail address is one in commits too."""
        return Identity(name=self.name, kind="email" if "@" in self.name else "name")

    def has(self, password: str) -> bool:
        """Whether it is his password. Takes 0.1 s."""
        return hmac.compare_digest(_hashed(password, self.scrypt), bytes.fromhex(self.scrypt["hash"]))


def user_of(name: str, role: Role, password: str) -> User:
    """A new one. Raises ClearwayError."""
    if not _NAME.fullmatch(name):
        raise _fault("bad-user", f"{name!r} is not a user's name", "letters, digits, and . _ - @ between them")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise _fault(
            "bad-password",
            f"the password has {len(password)} characters",
            f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD}; a few words of a sentence are easy to keep in mind",
        )
    how = {**PASSWORD_COST, "salt": secrets.token_hex(16)}
    return User(name=name, role=role, scrypt={**how, "hash": _hashed(password, how).hex()})


# Checked where nobody has the name, so that the time it takes does not tell whether somebody has.
NOBODY: Final = User(name="", role=Role.VIEWER, scrypt={**PASSWORD_COST, "salt": "00" * 16, "hash": "00" * 32})


def _hashed(password: str, how: Mapping[str, Any]) -> bytes:
    salt = bytes.fromhex(how["salt"])
    said = password[: LONGEST_PASSWORD + 1].encode(errors="surrogatepass")
    return hashlib.scrypt(said, salt=salt, n=how["n"], r=how["r"], p=how["p"], maxmem=_MEMORY, dklen=32)


def grants_of(users: Mapping[str, User]) -> Grants:
    """Their roles, in the form of the API's."""
    return Grants(roles={role: tuple(u.name for u in users.values() if u.role is role) for role in Role})


class Users:
    """The users of a file, read again when it is another. A file that is not there has none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._users: Mapping[str, User] = {}

    def all(self) -> Mapping[str, User]:
        """By name. Raises ClearwayError where the file is wrong."""
        try:
            about = self.path.stat()
        except FileNotFoundError:
            self._seen, self._users = None, {}
            return self._users
        seen = (about.st_mtime_ns, about.st_size, about.st_ino)
        if seen != self._seen:
            self._users, self._seen = read(self.path), seen
        return self._users

    def put(self, user: User) -> bool:
        """Add, or replace the one of that name: whether there was one. Raises ClearwayError."""
        with self._changing() as users:
            had = user.name in users
            users[user.name] = user
        return had

    def remove(self, name: str) -> None:
        """Raises ClearwayError where there is none."""
        with self._changing() as users:
            if users.pop(name, None) is None:
                raise _fault("unknown-user", f"there is no user {name!r}", "`clearway user list` names them")

    @contextmanager
    def _changing(self) -> Iterator[dict[str, User]]:
        """Nobody else changes the file meanwhile, and it is written whole or not at all."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.with_suffix(".lock").open("a") as lock:
                flock(lock, LOCK_EX)
                users = dict(read(self.path)) if self.path.exists() else {}
                yield users
                _write(self.path, users)
        except OSError as error:
            raise _fault("users-file", f"{shown(self.path)}: {error.strerror}", "check who may write it") from error


def read(path: Path) -> Mapping[str, User]:
    """The users in a file, by name. Raises ClearwayError."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            raise ValueError("it is larger than 1 MiB")
        found = [_user(each) for each in json.loads(text)["users"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ClearwayError(
            Diagnostic(
                code="users-file",
                message=f"{shown(path)} is not a file of users: {error}",
                hint="put back one from a backup, or remove it and add the users anew with `clearway user add`",
                position=Position(shown(path)),
            )
        ) from error
    except OSError as error:
        raise _fault("users-file", f"{shown(path)}: {error.strerror}", "check who may read it") from error
    return {user.name: user for user in found}


def _user(said: Any) -> User:
    how = cast("Mapping[str, Any]", said["scrypt"])
    salt, found = bytes.fromhex(how["salt"]), bytes.fromhex(how["hash"])
    n, r, p = (int(how[key]) for key in ("n", "r", "p"))
    if (
        len(salt) < 8
        or len(found) != 32
        or n & (n - 1)
        or not 2**10 <= n <= 2**17
        or r != PASSWORD_COST["r"]
        or not 1 <= p <= 4
    ):
        raise ValueError(f"the hash of {said['name']!r} is not one of Clearway's")
    if not _NAME.fullmatch(said["name"]):
        raise ValueError(f"{said['name']!r} is not a user's name")
    return User(name=said["name"], role=Role(said["role"]), scrypt=dict(how))


def _write(path: Path, users: Mapping[str, User]) -> None:
    text = json.dumps(
        {"users": [{"name": u.name, "role": str(u.role), "scrypt": dict(u.scrypt)} for _, u in sorted(users.items())]},
        indent=1,
    )
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # of mode 0600
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _fault(code: str, message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code=code, message=message, hint=hint))
