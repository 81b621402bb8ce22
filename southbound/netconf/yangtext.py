"""Deviations in the text of a YANG module (RFC 7950 section 7.20.3): what a device says that it lacks or limits.

Only `deviate not-supported` and `max-elements` are looked for; everything else is read over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""\s+|//[^\n]*|/\*.*?\*/|(?P<mark>[{};])|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<word>[^\s{};"']+)""",
    re.DOTALL,
)
_DEPTH: Final = 64


class Deviation(NamedTuple):
    """path: the names of a schema node from the top, without prefixes. most: at most so many entries; None: not
    supported at all."""

    path: tuple[str, ...]
    most: int | None


class Statement(NamedTuple):
    """keyword, argument, and what stands in its braces."""

    keyword: str
    argument: str
    parts: tuple[Statement, ...]


def deviations(text: str) -> tuple[Deviation, ...]:
    """Those in a module's text. Raises ValueError where it is no YANG."""
    found: list[Deviation] = []
    for module in _statements(_tokens(text), 0):
        for deviation in module.parts:
            if deviation.keyword == "deviation":
                path = tuple(step.rpartition(":")[2] for step in deviation.argument.strip("/").split("/"))
                found += [Deviation(path, most) for most in _limits(deviation)]
    return tuple(found)


def _limits(deviation: Statement) -> Iterator[int | None]:
    for deviate in deviation.parts:
        if deviate.keyword != "deviate":
            continue
        if deviate.argument == "not-supported":
            yield None
        if deviate.argument in ("add", "replace"):
            for part in deviate.parts:
                if part.keyword == "max-elements" and part.argument.isdigit():
                    yield int(part.argument)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(mark, word or string) one after another."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"no YANG at offset {at}")
        at = match.end()
        kind = match.lastgroup
        if kind is not None:
            yield kind, match[kind]


def _statements(tokens: Iterator[tuple[str, str]], depth: int) -> tuple[Statement, ...]:
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    found: list[Statement] = []
    words: list[str] = []
    for kind, value in tokens:
        if kind != "mark":
            if not (words[1:] and value == "+"):  # "a" + "b" is one string
                words.append(value)
            continue
        if value == "}":
            break
        parts = _statements(tokens, depth + 1) if value == "{" else ()
        if not words:
            raise ValueError("a statement without a keyword")
        found.append(Statement(words[0], "".join(words[1:]), parts))
        words = []
    return tuple(found)
