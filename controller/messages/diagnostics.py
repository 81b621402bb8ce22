"""Diagnostics and positions."""

from __future__ import annotations

from typing import Final

from controller._pb.clearway.intents.v1 import diagnostic_pb2 as pb
from intents.model.diagnostic import NOWHERE, Diagnostic, Position, Related, Severity

_SEVERITIES: Final = {
    Severity.ERROR: pb.Diagnostic.SEVERITY_ERROR,
    Severity.WARNING: pb.Diagnostic.SEVERITY_WARNING,
}


def message(d: Diagnostic) -> pb.Diagnostic:
    """A diagnostic as a message."""
    return pb.Diagnostic(
        code=d.code,
        message=d.message,
        hint=d.hint,
        position=position(d.position),
        severity=_SEVERITIES[d.severity],
        related=[pb.RelatedPlace(position=position(r.position), message=r.message) for r in d.related],
    )


def value(m: pb.Diagnostic) -> Diagnostic:
    """The diagnostic that a message holds."""
    warning = m.severity == pb.Diagnostic.SEVERITY_WARNING
    return Diagnostic(
        code=m.code,
        message=m.message,
        hint=m.hint,
        position=place(m.position),
        severity=Severity.WARNING if warning else Severity.ERROR,
        related=tuple(Related(position=place(r.position), message=r.message) for r in m.related),
    )


def position(at: Position) -> pb.Position | None:
    """A position as a message; None for nowhere."""
    return None if at == NOWHERE else pb.Position(file=at.file, line=at.line, column=at.column)


def place(m: pb.Position) -> Position:
    """The position that a message holds; nowhere for one that is not set."""
    return Position(m.file, m.line, m.column) if m.file else NOWHERE
