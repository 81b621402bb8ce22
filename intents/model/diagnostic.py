"""A user's fault, said so that the user can mend it. Faults are collected values; exceptions are for bugs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Position(NamedTuple):
    """A place in a file. Lines and columns count from 1. A named tuple, because every word that is read has one."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Position("<none>", 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that the same fault is about, such as the first of two definitions."""

    position: Position
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One fault: where, what is wrong and what was expected, and what to do about it.

    `code` is stable kebab-case for machines (`unknown-place`); `message` and `hint` are for people.
    """

    code: str
    message: str
    hint: str = ""
    position: Position = NOWHERE
    severity: Severity = Severity.ERROR
    related: tuple[Related, ...] = field(default=())

    def __str__(self) -> str:
        text = f"{self.position}: {self.severity}: {self.message} [{self.code}]"
        return text + (f"\n  hint: {self.hint}" if self.hint else "")


class ClearwayError(Exception):
    """Root of the errors that carry diagnostics to the edge, where they are printed without a traceback."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n".join(str(d) for d in diagnostics))
        self.diagnostics = diagnostics


def has_errors(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> bool:
    """Whether any of them stops the work."""
    return any(d.severity is Severity.ERROR for d in diagnostics)
