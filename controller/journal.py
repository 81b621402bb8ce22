"""The journal of changes: each step is on disk before it happens, so that a start after kill -9 can finish or revert.

One SQLite file in the state folder. A change is there with the differences of every device, both sides of each (so the
inverse is there too), then a row for each phase that it reaches. A finished change ends with `done` or `reverted`. Each
row is one transaction of SQLite, which is on the disk before the call returns (https://sqlite.org/atomiccommit.html).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from controller.codec import CodecError, decode, encode
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from intents.model.state import Difference

FILE: Final = "journal.sqlite"
_VERSION: Final = 1
_BUSY_S: Final = 5.0
_TABLES: Final = """
    CREATE TABLE change (token TEXT PRIMARY KEY, about TEXT NOT NULL) STRICT;
    CREATE TABLE difference (
        token TEXT NOT NULL REFERENCES change, device TEXT NOT NULL, listed TEXT NOT NULL, PRIMARY KEY (token, device)
    ) STRICT;
    CREATE TABLE step (
        number INTEGER PRIMARY KEY, token TEXT NOT NULL REFERENCES change, phase TEXT NOT NULL, at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX step_of_change ON step (token, number);
"""
_PHASES: Final = """
    SELECT token, about, (SELECT phase FROM step WHERE step.token = change.token ORDER BY number DESC LIMIT 1)
    FROM change
"""


class Phase(StrEnum):
    """How far a change has come. Before CONFIRM it is to be reverted, from CONFIRM on to be finished."""

    PLANNED = "planned"
    PREPARE = "prepare"
    COMMIT = "commit"
    CHECK = "check"
    CONFIRM = "confirm"
    REVERT = "revert"
    DONE = "done"
    REVERTED = "reverted"


ENDED: Final = frozenset({Phase.DONE, Phase.REVERTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A change that the journal does not show the end of."""

    token: str
    phase: Phase
    differences: Mapping[str, tuple[Difference, ...]]


class Journal:
    """Record of the changes made from one state folder. Any thread and any process may use it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def begin(self, token: str, differences: Mapping[str, tuple[Difference, ...]], about: Mapping[str, Any]) -> None:
        """Open a change. `about`: who, when and from what, for people. Raises ClearwayError."""
        listed = [(token, device, json.dumps(encode(found))) for device, found in sorted(differences.items())]
        with self._writing() as database:
            database.execute("INSERT INTO change VALUES (?, ?)", (token, json.dumps(dict(about))))
            database.executemany("INSERT INTO difference VALUES (?, ?, ?)", listed)
            _step(database, token, Phase.PLANNED)

    def reach(self, token: str, phase: Phase) -> None:
        """Note that the phase is about to begin (for DONE and REVERTED: that it is over). Raises ClearwayError."""
        with self._writing() as database:
            _step(database, token, phase)

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Changes without an end, oldest first. Raises ClearwayError where one cannot be read."""
        with self._reading() as database:
            if database is None:
                return ()
            found = [
                (token, Phase(phase))
                for token, _, phase in database.execute(_PHASES + "ORDER BY token").fetchall()
                if phase not in ENDED
            ]
            return tuple(
                Unfinished(token=token, phase=phase, differences=self._differences(database, token))
                for token, phase in found
            )

    def last(self) -> Mapping[str, Any] | None:
        """What the newest change was about and how it ended, or None. Raises ClearwayError."""
        with self._reading() as database:
            rows = [] if database is None else database.execute(_PHASES + "ORDER BY token DESC LIMIT 1").fetchall()
        return {"token": rows[0][0], "phase": rows[0][2], **json.loads(rows[0][1])} if rows else None

    def _differences(self, database: sqlite3.Connection, token: str) -> Mapping[str, tuple[Difference, ...]]:
        rows = database.execute("SELECT device, listed FROM difference WHERE token = ? ORDER BY device", (token,))
        try:
            return {device: decode(json.loads(listed)) for device, listed in rows.fetchall()}
        except (CodecError, ValueError, KeyError, TypeError) as error:
            raise self._of_another_version() from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable when it ends well and gone otherwise."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)) as database:
                database.execute("PRAGMA synchronous = EXTRA")  # also the folder's entry of the roll-back file
                database.execute("PRAGMA foreign_keys = ON")
                database.execute("BEGIN IMMEDIATE")
                if not self._known(database):
                    for statement in _TABLES.split(";"):
                        database.execute(statement)
                    database.execute(f"PRAGMA user_version = {_VERSION}")
                yield database
                database.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error, "written") from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """None where no change was ever begun."""
        try:
            if not self.path.exists():
                yield None
                return
            place = f"{self.path.absolute().as_uri()}?mode=rw"  # a step that was cut short is rolled back first
            with closing(sqlite3.connect(place, uri=True, timeout=_BUSY_S)) as database:
                yield database if self._known(database) else None
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error, "read") from error

    def _known(self, database: sqlite3.Connection) -> bool:
        """Whether the tables are there. Raises ClearwayError where they are of another version."""
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            raise self._of_another_version()
        return bool(version)

    def _of_another_version(self) -> ClearwayError:
        return self._error(
            "journal-unreadable",
            f"{self.path} holds what another version of Clearway began",
            "finish it with that version; or look at the devices, and move the file away when they are well",
        )

    def _fault(self, error: OSError | sqlite3.Error, done: str) -> ClearwayError:
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            return self._error(
                "journal-unreadable",
                f"{self.path} is damaged: {error}",
                "look at the devices with `clearway status`, and move the file away when they are well",
            )
        why = error.strerror if isinstance(error, OSError) else str(error)
        return self._error(
            "journal-write",
            f"the journal cannot be {done}: {why}",
            "a change needs its journal: make room on the disk, and the folder writable; then run `apply` again",
        )

    def _error(self, code: str, message: str, hint: str) -> ClearwayError:
        return ClearwayError(Diagnostic(code=code, message=message, hint=hint, position=Position(str(self.path))))


def _step(database: sqlite3.Connection, token: str, phase: Phase) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    database.execute("INSERT INTO step (token, phase, at) VALUES (?, ?, ?)", (token, phase, at))
