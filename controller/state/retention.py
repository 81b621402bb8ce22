"""What the journal forgets, so that it does not grow for years: never a change without an end.

Of a change that has ended only its name, phases and author are worth keeping; both sides of every difference are there
to undo it, and weigh a thousand times as much. Who did what stands in the audit log for good.
"""

from __future__ import annotations

from typing import Final

from controller.state.database import Database, Transaction

DETAILS: Final = 50  # of so many ended changes, the newest, the differences are kept
CHANGES: Final = 2_000  # of so many that there were
_UP_TO: Final = "SELECT token FROM step WHERE phase IN ('done', 'reverted') GROUP BY token HAVING max(number) <= ?"
_ALL_OF: Final = (
    "DELETE FROM difference WHERE token = ?",
    "DELETE FROM step WHERE token = ?",
    "DELETE FROM change WHERE token = ?",
)
_LAST: Final = (
    "SELECT max(number) FROM step WHERE phase IN ('done', 'reverted') GROUP BY token ORDER BY max(number) DESC "
    "LIMIT 1 OFFSET ?"
)


def forget(database: Database, details: int = DETAILS, changes: int = CHANGES) -> int:
    """Drop what is older than the newest so many ended changes. Returns how many changes were dropped altogether.
    Raises ClearwayError where the database cannot be written."""
    with database.reading() as look:
        if look is None or not _too_much(look, details, changes):
            return 0
    with database.writing() as transaction:
        if (last := _older(transaction, details)) is not None:
            transaction.run_many(_ALL_OF[0], [(row[0],) for row in transaction.run(_UP_TO, last)])
        if (last := _older(transaction, changes)) is None:
            return 0
        gone = [(row[0],) for row in transaction.run(_UP_TO, last)]
        for statement in _ALL_OF:
            transaction.run_many(statement, gone)
        return len(gone)


def _too_much(look: Transaction, details: int, changes: int) -> bool:
    """Whether there is something to drop; a look costs no write."""
    (count,) = look.run("SELECT count(DISTINCT token) FROM difference")[0]
    return count > details and (_older(look, details) is not None or _older(look, changes) is not None)


def _older(transaction: Transaction, kept: int) -> int | None:
    """The last step of the newest ended change that is not among those kept; None where all are."""
    rows = transaction.run(_LAST, kept)
    return int(rows[0][0]) if rows else None
