"""Secrets out of texts: every one that settings or campus refer to, and whatever looks like a private key."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from controller.secrets import text_of
from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError

MARK: Final = "[secret]"
SHORTEST: Final = 4  # a line of a secret that is shorter stands in half the words of a text
_PEM: Final = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?(-----END \1-----|\Z)", re.DOTALL)
_NAMED: Final = re.compile(r"(?i)(\b(?:password|passwd|secret|api[-_]?key)[\"']?\s*[:=]\s*[\"']?)[^\s\"',{}]+")
_PASSWORD_IN_URL: Final = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]+:)[^/\s@]+(?=@)")


class Redactor:
    """Takes the texts of these secrets out of whatever it is given."""

    def __init__(self, secrets: Iterable[str]) -> None:
        lines = {line.strip() for secret in secrets for line in (secret, *secret.splitlines())}
        found = sorted((x for x in lines if len(x) >= SHORTEST and not x.startswith("-----")), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, found))) if found else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        clean = _PEM.sub(MARK, text)
        if self._known is not None:
            clean = self._known.sub(MARK, clean)
        clean = _PASSWORD_IN_URL.sub(rf"\1{MARK}", clean)
        return _NAMED.sub(rf"\1{MARK}", clean)


def secrets_of(values: Iterable[Any], root: Path) -> list[str]:
    """The texts of all secrets that the values (dataclasses, tuples, mappings) refer to and that can be had here."""
    found = []
    for ref in {ref for value in values for ref in _refs(value)}:
        try:
            found.append(text_of(ref, "a secret", root))
        except ClearwayError:
            continue  # not on this machine, so in none of its texts
    return found


def _refs(value: Any) -> Iterator[SecretRef]:
    if isinstance(value, SecretRef):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _refs(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _refs(part)
    elif isinstance(value, tuple | list | frozenset | set):
        for part in value:
            yield from _refs(part)
