"""The tables of each schema version, and the statements that lead from one to the next. Forward only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# {number}: a column that counts up by itself. A step's number is the order in which steps were written.
_MIGRATIONS: Final[Sequence[str]] = (
    """
    CREATE TABLE change (token TEXT PRIMARY KEY, about TEXT NOT NULL);
    CREATE TABLE difference (
        token TEXT NOT NULL REFERENCES change, device TEXT NOT NULL, listed TEXT NOT NULL, PRIMARY KEY (token, device)
    );
    CREATE TABLE step (
        number {number}, token TEXT NOT NULL REFERENCES change, phase TEXT NOT NULL, at TEXT NOT NULL
    );
    CREATE INDEX step_of_change ON step (token, number);
    """,
    """
    CREATE TABLE record (
        kind TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, body TEXT, PRIMARY KEY (kind, name)
    );
    """,
)
VERSION: Final = len(_MIGRATIONS)


def steps(found: int, number: str) -> list[str]:
    """The statements from schema version `found` (0: nothing is there) to VERSION. number: type of such a column."""
    texts = [text.format(number=number) for text in _MIGRATIONS[found:]]
    return [statement for text in texts for statement in text.split(";") if statement.strip()]
