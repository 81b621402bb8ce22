"""How PostgreSQL is reached: a connection string that is a secret, and a name for messages that is none.

Beyond this machine the server must show a certificate that a CA signed, for its name: a password is sent there, and
what a change is made from comes from there.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from controller.secrets import text_of
from controller.state.database import fault
from intents.model.campus import SecretRef

WHAT: Final = "the connection string of the database"
_TRUSTED: Final = "verify-full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dsn:
    """conninfo: libpq's keywords, with the password. place: `postgresql://host:port/name`."""

    conninfo: str = field(repr=False)
    place: str


def dsn_of(ref: SecretRef, root: Path) -> Dsn:
    """Read the reference. Raises ClearwayError."""
    return parse_dsn(text_of(ref, WHAT, root).strip())


def parse_dsn(text: str) -> Dsn:
    """Of `postgresql://...` or `host=... dbname=...`. Raises ClearwayError, which never tells the text."""
    try:
        found = {key: str(value) for key, value in conninfo_to_dict(text).items() if value is not None}
    except psycopg.Error:
        found = {}
    hosts = found.get("host", found.get("hostaddr", "")).split(",")
    place = f"postgresql://{','.join(hosts)}{':' + found['port'] if 'port' in found else ''}/{found.get('dbname', '')}"
    if not found.get("dbname"):
        raise fault(
            "database-string",
            f"{WHAT} is none, or names no database",
            "write postgresql://USER:PASSWORD@HOST/NAME, or host=... dbname=... user=...",
            "",
        )
    if not all(_is_here(host) for host in hosts):
        if found.get("sslmode", _TRUSTED) != _TRUSTED:
            raise fault(
                "database-tls",
                f"{place} is on another machine, and sslmode={found['sslmode']} does not find out who answers there",
                "leave sslmode out (it is verify-full then), and name the CA's file in sslrootcert",
                place,
            )
        found["sslmode"] = _TRUSTED
        found.setdefault("sslrootcert", "system")
    return Dsn(conninfo=make_conninfo("", **found), place=place)


def _is_here(host: str) -> bool:
    """A socket's folder, or a loopback address."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
