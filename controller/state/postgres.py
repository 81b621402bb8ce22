"""State in PostgreSQL: for several controllers, of which one writes at a time.

Every transaction that writes asks the guard last (controller/leadership), whose row it then holds until it is
committed: so nothing is written by a controller whose lease ran out, and no other takes over while it is written. A
server that hangs is left at a deadline, by shutting the socket: libpq has none for an answer.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Final, Protocol, cast

import psycopg

from controller.state.database import Transaction, Value, fault, newer
from controller.state.dsn import Dsn
from controller.state.schema import VERSION, steps
from intents.model.diagnostic import ClearwayError

DEADLINE_S: Final = 20.0
_NUMBER: Final = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
_MIGRATING: Final = 0xC1EA  # an advisory lock: who brings the tables forward
_VERSION_TABLE: Final = "clearway_schema"


class Guard(Protocol):
    """Who may write."""

    def check(self, transaction: Transaction) -> None:
        """Raises LeaseLost unless this controller leads; keeps others from leading until the transaction ends."""

    def hold(self, seconds: float) -> None:
        """Raises LeaseLost unless this controller leads for so long yet."""

    def in_one_term(self) -> AbstractContextManager[None]:
        """Around a change: `check` and `hold` within also raise LeaseLost where this controller ceased to lead and
        leads again. Raises LeaseLost unless it leads."""


class Connection:
    """One connection, opened when it is needed and again when it was lost. One caller at a time; others wait."""

    def __init__(self, dsn: Dsn, deadline_s: float = DEADLINE_S) -> None:
        self.dsn = dsn
        self._deadline_s = deadline_s
        self._turn = threading.Lock()
        self._open: psycopg.Connection[tuple[Any, ...]] | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Committed at a good end. Raises ClearwayError."""
        with self._turn:
            try:
                with _within(self._deadline_s, self._shut), contextlib.ExitStack() as ending:
                    yield _Statements(self._begun(ending))
            except psycopg.Error as error:
                self._let_go()
                raise _fault(error, self.dsn.place) from error
            except BaseException:
                if self._open is not None and self._open.broken:
                    self._let_go()
                raise

    def close(self) -> None:
        """Close it; it is opened again when it is needed."""
        with self._turn:
            self._let_go()

    def _begun(self, ending: contextlib.ExitStack) -> psycopg.Connection[tuple[Any, ...]]:
        """With a transaction open until `ending`. A connection that was idle may be of a server that has restarted
        since: nothing was sent by it yet, so it is tried once more on a new one."""
        was_idle = self._open is not None
        opened = self._connected()
        try:
            ending.enter_context(opened.transaction())
        except psycopg.OperationalError:
            if not was_idle:
                raise
            self._let_go()
            opened = self._connected()
            ending.enter_context(opened.transaction())
        return opened

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._open is None or self._open.closed:
            self._open = psycopg.connect(
                self.dsn.conninfo,
                autocommit=True,
                connect_timeout=2,
                application_name="clearway",
                keepalives_idle=2,
                keepalives_interval=1,
                keepalives_count=3,
                tcp_user_timeout=5000,
            )
            self._refuse_unsafe(self._open)
        return self._open

    def _refuse_unsafe(self, opened: psycopg.Connection[tuple[Any, ...]]) -> None:
        """A step that was told must be on the disk: a server that forgets is none."""
        said = {name: opened.execute(f"SHOW {name}").fetchall()[0][0] for name in ("fsync", "synchronous_commit")}
        if said["fsync"] != "on" or said["synchronous_commit"] == "off":
            self._let_go()
            raise fault(
                "database-unsafe",
                f"{self.dsn.place} runs with fsync={said['fsync']}, synchronous_commit={said['synchronous_commit']}: "
                "it may forget what it has confirmed",
                "set both to on; without them a power cut loses the journal of a change",
                self.dsn.place,
            )

    def _shut(self) -> None:
        """From another thread: whoever waits for the server has an error at once."""
        with contextlib.suppress(OSError, psycopg.Error):
            if self._open is not None:
                copy = socket.socket(fileno=socket.dup(self._open.fileno()))
                with copy:
                    copy.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None


class _Statements:
    """A transaction of PostgreSQL."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def run(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """See Transaction."""
        cursor = self._connection.execute(_placed(statement), values)
        return cursor.fetchall() if cursor.description is not None else []

    def run_many(self, statement: str, rows: Sequence[tuple[Value, ...]]) -> None:
        """See Transaction."""
        with self._connection.cursor() as cursor:
            cursor.executemany(_placed(statement), rows)


class PostgresDatabase:
    """See Database. guard: asked before anything is written."""

    def __init__(self, dsn: Dsn, guard: Guard, deadline_s: float = DEADLINE_S) -> None:
        self.dsn = dsn
        self._connection = Connection(dsn, deadline_s)
        self._guard = guard
        self._ready = False

    @property
    def place(self) -> str:
        """Host and database."""
        return self.dsn.place

    def hold(self, seconds: float) -> None:
        """See Database."""
        self._guard.hold(seconds)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """See Database."""
        self.prepare()
        self._guard.hold(0)
        with self._connection.transaction() as transaction:
            yield transaction
            self._guard.check(transaction)

    @contextmanager
    def reading(self) -> Iterator[Transaction | None]:
        """See Database."""
        self.prepare()
        with self._connection.transaction() as transaction:
            transaction.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield transaction

    @contextmanager
    def changing(self) -> Iterator[None]:
        """See Database. Whoever leads; in one process there is one worker."""
        with self._guard.in_one_term():
            yield

    def prepare(self) -> None:
        """Make the tables, or bring them forward. Raises ClearwayError."""
        if self._ready:
            return
        with self._connection.transaction() as transaction:
            bring_forward(transaction, self.place)
        self._ready = True

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()


def bring_forward(transaction: Transaction, place: str) -> None:
    """The tables as this release knows them, whoever else makes them at this moment. Raises ClearwayError."""
    transaction.run("SELECT pg_advisory_xact_lock(?)", _MIGRATING)
    transaction.run(f"CREATE TABLE IF NOT EXISTS {_VERSION_TABLE} (version INTEGER NOT NULL)")
    rows = transaction.run(f"SELECT version FROM {_VERSION_TABLE}")  # noqa: S608 - a constant
    found = int(rows[0][0]) if rows else 0
    if found > VERSION:
        raise newer(place, found, VERSION)
    if found == VERSION:
        return
    for statement in steps(found, _NUMBER, several=True):
        transaction.run(statement)
    transaction.run(f"DELETE FROM {_VERSION_TABLE}")  # noqa: S608 - a constant
    transaction.run(f"INSERT INTO {_VERSION_TABLE} (version) VALUES (?)", VERSION)  # noqa: S608 - a constant


@cache
def _placed(statement: str) -> Any:
    """With psycopg's placeholders; its type wants literals, ours are constants of this package."""
    return cast("Any", statement.replace("?", "%s"))


@contextmanager
def _within(seconds: float, end: Callable[[], None]) -> Iterator[None]:
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _fault(error: psycopg.Error, place: str) -> ClearwayError:
    said = (error.diag.message_primary or str(error) or type(error).__name__).strip().splitlines()
    why = said[0] if said else type(error).__name__
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return fault(
            "database-down",
            f"the database {place} cannot be used: {why}",
            "until it answers nothing is changed, and the network goes on as it is; look at the server and at its disk",
            place,
        )
    return fault(
        "database-refused",
        f"the database {place} refuses: {why}",
        "give Clearway's role the right to create tables in its database; see docs/controllers.md",
        place,
    )
