"""Which nodes an XPath expression of YANG looks at, as far as it says so plainly. Nothing is evaluated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""'[^']*'|"[^"]*"|//|::|\.\.|[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?|\d+(?:\.\d+)?|[<>!]=|\S"""
)
_OPERATORS: Final = frozenset({"or", "and", "div", "mod"})
_OPENS: Final = frozenset({*"([,=<>+-| /", "!=", "<=", ">="})  # an operand follows
_STRANGE: Final = re.compile(r"//|\*|::|@|\b(?:deref|id|position|last|lang)\(|\[\d")
_STEPS: Final = r"(?:/[A-Za-z_][\w.:-]*)"
_ABSOLUTE: Final = re.compile(rf"\^({_STEPS}+)(\[[^\[\]]*\])?({_STEPS}*)")
_RUN: Final = re.compile(r"[\w:./-]*\.\.[\w:./-]*")
_MARK: Final = "\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absolute:
    """A path from the root: local names of its steps up to the first predicate, that predicate, and the steps after."""

    steps: tuple[str, ...]
    predicate: str
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What an expression looks at. upward: how many parents its relative paths go up at most."""

    absolute: tuple[Absolute, ...]
    upward: int


def looks(expression: str) -> Looks | None:
    """What an expression looks at; None where it is not one of the plain kind."""
    plain = _plain(expression)
    found: list[Absolute] = []

    def note(match: re.Match[str]) -> str:
        found.append(Absolute(steps=_local(match[1]), predicate=match[2] or "", rest=_local(match[3])))
        return _MARK

    left = _ABSOLUTE.sub(note, plain)
    if _STRANGE.search(plain) or "^" in left or re.search(rf"{_MARK}[\[/]|\[[^\]]*\.\.", left):
        return None
    return Looks(absolute=tuple(found), upward=max((run.count("..") for run in _RUN.findall(left)), default=0))


def local(name: str) -> str:
    """A name without prefix or namespace."""
    return re.split(r"[:}]", name)[-1]


def _local(steps: str) -> tuple[str, ...]:
    return tuple(local(step) for step in steps.split("/")[1:])


def _plain(expression: str) -> str:
    """Without spaces and texts, operators' names set apart, and ^ before each path that begins at the root."""
    made: list[str] = []
    for token in _TOKEN.findall(expression):
        last = made[-1] if made else "("
        operand = last not in _OPENS
        if token in _OPERATORS and operand:
            made += [token, " "]
        elif token.startswith("/") and not operand and last != "/":
            made += ["^", token]
        else:
            made.append("''" if token[0] in "'\"" else token)
    return "".join(made)
