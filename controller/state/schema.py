"""The tables of each schema version, and the statements that lead from one to the next. Forward only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """
    ALTER TABLE step ADD COLUMN sessions TEXT;
    """,
)
# What only a database of several controllers has, in the same versions.
_OF_SEVERAL: Final[Mapping[int, str]] = {
    3: """
    CREATE TABLE lease (
        name TEXT PRIMARY KEY, holder TEXT NOT NULL, address TEXT NOT NULL, term BIGINT NOT NULL,
        expires TIMESTAMPTZ NOT NULL
    );
    CREATE TABLE member (name TEXT PRIMARY KEY, address TEXT NOT NULL, expires TIMESTAMPTZ NOT NULL);
    """,
}
VERSION: Final = len(_MIGRATIONS)


def steps(found: int, number: str, *, several: bool = False) -> list[str]:
    """The statements from schema version `found` (0: nothing is there) to VERSION. number: type of such a column.
    several: of a database of several controllers."""
    texts: list[str] = []
    for version, text in enumerate(_MIGRATIONS, 1):
        if version > found:
            texts += [text.format(number=number), _OF_SEVERAL.get(version, "") if several else ""]
    return [statement for text in texts for statement in text.split(";") if statement.strip()]
