"""YANG text to statements (RFC 7950 section 6): keyword, argument, sub-statements. Nothing is interpreted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""\s+ | //[^\n]* | /\*.*?\*/ | "(?:[^"\\]|\\.)*" | '[^']*' | [{};] | [^\s{};"']+""", re.DOTALL | re.VERBOSE
)
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPES: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement; `argument` is empty where there is none."""

    keyword: str
    argument: str
    substatements: tuple[Statement, ...] = ()

    def all(self, keyword: str) -> Iterator[Statement]:
        """Sub-statements with that keyword, in order."""
        return (statement for statement in self.substatements if statement.keyword == keyword)

    def first(self, keyword: str) -> Statement | None:
        """The first sub-statement with that keyword."""
        return next(self.all(keyword), None)

    def value(self, keyword: str, default: str = "") -> str:
        """Its argument."""
        found = self.first(keyword)
        return default if found is None else found.argument


def parse(text: str) -> Statement:
    """The module statement of a YANG file. Raises ValueError when it is not one."""
    tokens = [token for token in _TOKEN.findall(text) if not token.isspace() and not token.startswith(("//", "/*"))]
    try:
        statement, end = _statement(tokens, 0)
    except IndexError:
        raise ValueError("the text ends within a statement") from None
    if end != len(tokens):
        raise ValueError("text after the module")
    return statement


def _statement(tokens: list[str], at: int) -> tuple[Statement, int]:
    keyword = tokens[at]
    at += 1
    parts: list[str] = []
    while tokens[at] not in ("{", ";"):
        if tokens[at] != "+":
            parts.append(_unquote(tokens[at]))
        at += 1
    substatements: list[Statement] = []
    if tokens[at] == "{":
        at += 1
        while tokens[at] != "}":
            substatement, at = _statement(tokens, at)
            substatements.append(substatement)
    return Statement(keyword=keyword, argument="".join(parts), substatements=tuple(substatements)), at + 1


def _unquote(token: str) -> str:
    if token.startswith("'"):
        return token[1:-1]
    if token.startswith('"'):
        return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[0]), token[1:-1])
    return token
