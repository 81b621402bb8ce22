"""Environment variables in a containerlab topology, replaced before YAML is read, as containerlab does it.

`${VAR}`, `$VAR`, `${VAR:-x}` and `${VAR-x}` (x if VAR is empty or unset), `${VAR:=x}`, `${VAR:+x}` (x if VAR is set),
`$$` for one dollar. The environment is an argument: nothing here reads the process's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from intents.ingest.report import Report
from intents.model.diagnostic import Position

_START: Final = re.compile(r"\$(?:(?P<dollar>\$)|(?P<brace>\{)|(?P<bare>[A-Za-z_][A-Za-z0-9_]*))")
_BODY: Final = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<operator>:[-=+]|[-=+])(?P<word>.*))?\Z", re.DOTALL)
_MAX_NESTING: Final = 8


@dataclass(slots=True)
class Expanded:
    """The text after replacement, and the way back: per line, (first column after, column before) of each piece."""

    text: str
    file: str
    pieces: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def locate(self, line: int, column: int) -> Position:
        """Where a line and column of the expanded text was written."""
        shift = 0
        for after, before in self.pieces.get(line, ()):
            if column < after:
                break
            shift = before - after
        return Position(self.file, line, max(1, column + shift))


def expand(text: str, file: str, environment: Mapping[str, str], report: Report) -> Expanded:
    """Replace the variables of a text. A variable that is not set and has no default is a warning, and nothing."""
    result = Expanded("", file)
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if "$" in line and not line.lstrip().startswith("#"):
            lines[number - 1] = _line(line, number, result, environment, report)
    result.text = "\n".join(lines)
    return result


def _line(line: str, number: int, result: Expanded, environment: Mapping[str, str], report: Report) -> str:
    out = ""
    index = 0
    while True:
        found = _START.search(line, index)
        if found is None:
            return out + line[index:]
        out += line[index : found.start()]
        value, end = _value(line, found, environment, Position(result.file, number, found.start() + 1), report)
        # Everything inside the value points at the dollar sign; what follows it, at what follows in the file.
        out += value
        index = end
        result.pieces.setdefault(number, []).append((len(out) + 1, end + 1))


def _value(
    line: str, found: re.Match[str], environment: Mapping[str, str], position: Position, report: Report, depth: int = 0
) -> tuple[str, int]:
    """The value of the variable that starts at a match, and where the text goes on."""
    if found.group("dollar"):
        return "$", found.end()
    if found.group("bare"):
        return _named(found.group("bare"), environment, position, report), found.end()
    close = _closing(line, found.end())
    body = _BODY.match(line[found.end() : close]) if close is not None else None
    if close is None or body is None:
        report.warning("bad-variable", position, "'${' without a variable's name and '}'", "write ${NAME:-default}")
        return found.group(), found.end()
    name, operator, word = body.group("name", "operator", "word")
    is_set = bool(environment.get(name)) or (name in environment and operator in ("-", "=", "+"))
    if operator is None:
        return _named(name, environment, position, report), close + 1
    if (operator[-1] == "+") != is_set:
        return _one_line(environment.get(name, ""), name, position, report), close + 1
    if depth < _MAX_NESTING:
        word = _word(word, environment, position, report, depth + 1)
    return word, close + 1


def _word(word: str, environment: Mapping[str, str], position: Position, report: Report, depth: int) -> str:
    out, index = "", 0
    while (found := _START.search(word, index)) is not None:
        value, end = _value(word, found, environment, position, report, depth)
        out, index = out + word[index : found.start()] + value, end
    return out + word[index:]


def _closing(line: str, start: int) -> int | None:
    depth = 1
    for index in range(start, len(line)):
        if line.startswith("${", index - 1):
            depth += 1
        elif line[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return None


def _named(name: str, environment: Mapping[str, str], position: Position, report: Report) -> str:
    if name not in environment:
        hint = f"set it, or write a default: ${{{name}:-value}}"
        report.warning("unset-variable", position, f"the environment variable {name} is not set", hint)
    return _one_line(environment.get(name, ""), name, position, report)


def _one_line(value: str, name: str, position: Position, report: Report) -> str:
    if "\n" in value or "\r" in value:
        report.error("bad-variable", position, f"{name} holds more than one line", "set it to one line")
        return ""
    return value
