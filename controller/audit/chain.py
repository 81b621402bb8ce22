r"""The form of a record, and the chain that the records make. Pure.

A record is one line: a JSON object (RFC 8259) in canonical form, and a line feed. Canonical: keys sorted by code point,
no spaces, nothing but ASCII (others as \uXXXX, in lower case), numbers are integers. Its members are

    n     1 for the first record of a log, then one more each
    time  UTC, RFC 3339, milliseconds
    kind  what it is about; the other members depend on it
    prev  `hash` of the record before it; 64 zeros for the first
    hash  SHA-256, in hexadecimal, of the canonical form of all the other members

So each record vouches for all before it, and none for those after it: who knows the number and hash of a record from
elsewhere (an anchor) can tell whether the log still holds all up to there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

GENESIS: Final = "0" * 64
FIRST: Final = 1
_OWN: Final = frozenset({"n", "time", "kind", "prev", "hash"})
_ENCODE: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


class Head(NamedTuple):
    """The number and hash of a record: the last of a log, or one known from elsewhere (an anchor)."""

    n: int
    hash: str

    def __str__(self) -> str:
        return f"{self.n}:{self.hash}"


BEFORE_FIRST: Final = Head(0, GENESIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record. fields: what its kind has beside the members that all have."""

    n: int
    time: str
    kind: str
    prev: str
    hash: str
    fields: Mapping[str, Any]

    @property
    def head(self) -> Head:
        """Number and hash."""
        return Head(self.n, self.hash)


class NotARecord(ValueError):
    """A line that nobody wrote so; says why."""


def canonical(members: Mapping[str, Any]) -> bytes:
    """The one form of a JSON object. Raises TypeError for what is not JSON or a fraction."""
    _refuse_fractions(members)
    return _canonical(members)


def _canonical(members: Mapping[str, Any]) -> bytes:
    return _ENCODE(members).encode("ascii")


def sealed(before: Head, time: str, kind: str, fields: Mapping[str, Any]) -> tuple[bytes, Head]:
    """The line of the record that follows `before`, and its number and hash."""
    taken = _OWN & set(fields)
    if taken:
        raise TypeError(f"every record has {sorted(taken)} of its own")
    members = {**fields, "n": before.n + 1, "time": time, "kind": kind, "prev": before.hash}
    found = hashlib.sha256(canonical(members)).hexdigest()
    return canonical({**members, "hash": found}) + b"\n", Head(before.n + 1, found)


def read(line: bytes) -> Record:
    """The record of a line, without or with its line feed. Raises NotARecord where it is not as `sealed` makes it."""
    text = line.removesuffix(b"\n")
    try:
        members = _DECODE(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotARecord("it is not JSON") from error
    if not isinstance(members, dict) or not set(members) >= _OWN:
        raise NotARecord("it is not a record")
    if _canonical(members) != text:
        raise NotARecord("it is not in the form in which records are written")
    said = members["hash"]
    if hashlib.sha256(_canonical({k: v for k, v in members.items() if k != "hash"})).hexdigest() != said:
        raise NotARecord("its content does not have its hash")
    n, time, kind, prev = (members[key] for key in ("n", "time", "kind", "prev"))
    if not (isinstance(n, int) and not isinstance(n, bool) and all(isinstance(v, str) for v in (time, kind, prev))):
        raise NotARecord("it is not a record")
    fields = {key: value for key, value in members.items() if key not in _OWN}
    return Record(n=n, time=time, kind=kind, prev=prev, hash=said, fields=fields)


def _fraction(text: str) -> float:
    raise ValueError(f"a fraction: {text[:20]}")


_DECODE: Final = json.JSONDecoder(parse_float=_fraction, parse_constant=_fraction).decode


def _refuse_fractions(value: Any) -> None:
    """Fractions have more than one form, so none is written."""
    if isinstance(value, float):
        raise TypeError("a record holds no fractions")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_fractions(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_fractions(item)
