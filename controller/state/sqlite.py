"""State in one SQLite file: the embedded default, for one controller.

Write-ahead log with synchronous FULL: each transaction is synced before the call returns
(https://sqlite.org/pragma.html#pragma_synchronous). One connection at a time has the file open, by a lock beside it:
two that write and checkpoint at the same instant can damage it in SQLite before 3.51.3
(https://sqlite.org/wal.html#walresetbug), which many systems still have. At rest all is in the one file.
"""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Final

from controller.state.database import Transaction, Value, fault, newer
from controller.state.held import held
from controller.state.schema import VERSION, steps
from intents.model.diagnostic import ClearwayError

FILE: Final = "journal.sqlite"
_GATE: Final = "journal.gate"
_LOCK: Final = "lock"
_BUSY_S: Final = 5.0
_BUSY_STEP_S: Final = 0.005
_LARGE_BYTES: Final = 16 * 2**20


class _Statements:
    """A transaction of SQLite."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """See Transaction."""
        return self._connection.execute(statement, values).fetchall()

    def run_many(self, statement: str, rows: Sequence[tuple[Value, ...]]) -> None:
        """See Transaction."""
        self._connection.executemany(statement, rows)


class SqliteDatabase:
    """See Database. The file is made in `folder` when something is first written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)

    def hold(self, seconds: float) -> None:
        """See Database. Nobody else can write: the lock of the state folder is held for the whole of a change."""

    def changing(self) -> AbstractContextManager[None]:
        """See Database: by a lock in the folder, which names its holder."""
        return held(
            self.path.parent / _LOCK,
            "change-under-way",
            "{holder} is changing this network right now",
            "wait until it has finished and try again",
        )

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """See Database."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as connection:
                connection.execute("BEGIN IMMEDIATE")
                self._bring_forward(connection)
                yield _Statements(connection)
                connection.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error, "written") from error

    @contextmanager
    def reading(self) -> Iterator[Transaction | None]:
        """See Database."""
        try:
            if not self.path.exists():
                yield None
                return
            with self._open() as connection:
                if self._version(connection) < VERSION:
                    connection.execute("BEGIN IMMEDIATE")
                    self._bring_forward(connection)
                    connection.execute("COMMIT")
                connection.execute("BEGIN")
                yield _Statements(connection)
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error, "read") from error

    def tidy(self) -> None:
        """Give back to the disk what was dropped, where that is most of a large file. Raises ClearwayError."""
        if not self.path.exists() or self.path.stat().st_size < _LARGE_BYTES:
            return
        try:
            with self._open() as connection:
                pages, free = (
                    connection.execute(f"PRAGMA {n}").fetchone()[0] for n in ("page_count", "freelist_count")
                )
                if 2 * free > pages:
                    connection.execute("VACUUM")
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error, "written") from error

    def copy_to(self, folder: Path) -> None:
        """A consistent copy into another folder, which has none yet, by SQLite's online backup
        (https://sqlite.org/backup.html). Others wait meanwhile, as for any transaction. Raises ClearwayError."""
        try:
            with self._open() as connection, closing(sqlite3.connect(folder / FILE)) as copy:
                connection.backup(copy)
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error, "read") from error

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with (self.path.parent / _GATE).open("a") as gate:
            self._pass(gate.fileno())
            with closing(sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)) as connection:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # so nothing but the log is beside the file
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                yield connection

    def _pass(self, gate: int) -> None:
        deadline = time.monotonic() + _BUSY_S
        while True:
            try:
                fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_BUSY_STEP_S)
            else:
                return

    def _version(self, connection: sqlite3.Connection) -> int:
        """The schema version, 0 where nothing is there. Raises ClearwayError where it is not known here."""
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if found > VERSION:
            raise newer(self.place, found, VERSION)
        return found

    def _bring_forward(self, connection: sqlite3.Connection) -> None:
        """Tables that are missing are there then, in the transaction that is open."""
        found = self._version(connection)
        for statement in steps(found, "INTEGER PRIMARY KEY"):
            connection.execute(statement)
        if found < VERSION:
            connection.execute(f"PRAGMA user_version = {VERSION}")

    def _fault(self, error: OSError | sqlite3.Error, done: str) -> ClearwayError:
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            return fault(
                "journal-unreadable",
                f"{self.path} is damaged: {error}",
                "look at the devices with `clearway status`, and move the file away when they are well",
                self.place,
            )
        why = error.strerror if isinstance(error, OSError) else str(error)
        return fault(
            "journal-write",
            f"the journal cannot be {done}: {why}",
            "a change needs its journal: make room on the disk, and the folder writable; then run `apply` again",
            self.place,
        )
