"""Collects diagnostics while a document is read, so that a user sees all faults at once."""

from __future__ import annotations

from intents.model.diagnostic import Diagnostic, Position, Related, Severity


class Report:
    """A growing list of diagnostics. One a run; passed along as an argument, never global."""

    def __init__(self) -> None:
        self._found: dict[tuple[Position, str, str], Diagnostic] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic; the same fault at the same place is kept once."""
        self._found.setdefault((diagnostic.position, diagnostic.code, diagnostic.message), diagnostic)

    def error(
        self, code: str, position: Position, message: str, hint: str = "", related: tuple[Related, ...] = ()
    ) -> None:
        """A fault that stops."""
        self.add(Diagnostic(code=code, message=message, hint=hint, position=position, related=related))

    def warning(self, code: str, position: Position, message: str, hint: str = "") -> None:
        """Something to look at that does not stop."""
        self.add(Diagnostic(code=code, message=message, hint=hint, position=position, severity=Severity.WARNING))

    def twice(self, code: str, position: Position, first: Position, message: str, hint: str = "") -> None:
        """A fault between two definitions: reported at the second, with the first beside it."""
        self.error(code, position, message, hint, (Related(position=first, message="first written here"),))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All of them, by file, line, column and code."""
        return tuple(sorted(self._found.values(), key=lambda d: (d.position, d.code, d.message)))
