"""The one protocol that state is kept by; journal and records are written once, in SQL that every database takes.

Two implementations: `sqlite.py`, a file of one controller; `postgres.py`, a server of several. The same tests pass on
both.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from intents.model.diagnostic import ClearwayError, Diagnostic, Position

Value = str | int | float | None


class Transaction(Protocol):
    """Statements that take effect together, or not at all."""

    def run(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """One statement with `?` for each value; the rows that it gives."""

    def run_many(self, statement: str, rows: Sequence[tuple[Value, ...]]) -> None:
        """The same statement for each row of values."""


class Database(Protocol):
    """Any thread and any process may use it. `place`: how it is called in messages, without secrets."""

    @property
    def place(self) -> str:
        """Where it is."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction that is durable when it ends well and gone otherwise. Raises ClearwayError, also where this
        controller is no longer the one that may write."""

    def reading(self) -> AbstractContextManager[Transaction | None]:
        """A consistent look; None where nothing was ever written. Raises ClearwayError."""

    def changing(self) -> AbstractContextManager[None]:
        """One change at a time. Raises ClearwayError where somebody else makes one, or is the one to make it."""

    def hold(self, seconds: float) -> None:
        """Raises ClearwayError where it is not certain that this controller may change devices for so long."""


class LeaseLost(ClearwayError):
    """This controller leads no more: it must not touch a device, not even to take back what it began."""


class NotLeading(LeaseLost):
    """Another controller leads. leader: the address of its API, "" where nobody does yet."""

    def __init__(self, *diagnostics: Diagnostic, leader: str) -> None:
        super().__init__(*diagnostics)
        self.leader = leader


def fault(code: str, message: str, hint: str, place: str) -> ClearwayError:
    """An error about a database."""
    return ClearwayError(Diagnostic(code=code, message=message, hint=hint, position=Position(place)))


def newer(place: str, found: int, known: int) -> ClearwayError:
    """The database was written by a later release, and is not guessed at."""
    return fault(
        "state-newer",
        f"{place} was written by a newer version of Clearway (schema {found}; this one knows {known})",
        "run that version, or go back to the backup that was made before the upgrade",
        place,
    )
