"""The lease as rows: taken, renewed and given back in one statement each, by the clock of the database alone.

A term begins with a lease that was taken, and is larger than every one before: the milliseconds of the database's
clock, or the last one and one, whichever is more. So it is also above the terms of a time without this database
(Connector), and above those that a database which was restored from a backup has forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from controller.state.database import Transaction
from controller.state.postgres import Connection

LEASE: Final = "leader"
_TAKE: Final = """
    INSERT INTO lease AS held (name, holder, address, term, expires)
    VALUES (
        ?, ?, ?, (extract(epoch from clock_timestamp()) * 1000)::bigint, clock_timestamp() + make_interval(secs => ?)
    )
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, address = excluded.address,
        term = greatest(held.term + 1, excluded.term), expires = excluded.expires
    WHERE held.expires <= clock_timestamp() RETURNING term
"""
_RENEW: Final = """
    UPDATE lease SET expires = clock_timestamp() + make_interval(secs => ?)
    WHERE name = ? AND holder = ? AND term = ? AND expires > clock_timestamp() RETURNING term
"""
_BE_SEEN: Final = """
    INSERT INTO member (name, address, expires) VALUES (?, ?, clock_timestamp() + make_interval(secs => ?))
    ON CONFLICT (name) DO UPDATE SET address = excluded.address, expires = excluded.expires
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """Who leads, as the database says."""

    name: str
    address: str
    term: int


class Leases:
    """The lease and who is alive, over a connection of its own. Everything raises ClearwayError."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def take(self, address: str, lasts_s: float) -> int | None:
        """The new term, or None where somebody's lease has not run out."""
        with self._connection.transaction() as transaction:
            rows = transaction.run(_TAKE, LEASE, self._name, address, lasts_s)
        return int(rows[0][0]) if rows else None

    def renew(self, term: int, lasts_s: float) -> bool:
        """Whether the lease was still ours, and now lasts so long again."""
        with self._connection.transaction() as transaction:
            rows = transaction.run(_RENEW, lasts_s, LEASE, self._name, term)
        return bool(rows)

    def give_back(self, term: int) -> None:
        """Let another take it at once."""
        with self._connection.transaction() as transaction:
            transaction.run(
                "UPDATE lease SET expires = clock_timestamp() WHERE name = ? AND holder = ? AND term = ?",
                LEASE,
                self._name,
                term,
            )

    def is_ours(self, transaction: Transaction, term: int) -> bool:
        """Whether it is, in somebody's transaction; then it stays so until that ends."""
        return bool(
            transaction.run(
                "SELECT 1 FROM lease WHERE name = ? AND holder = ? AND term = ? AND expires > clock_timestamp() "
                "FOR SHARE",
                LEASE,
                self._name,
                term,
            )
        )

    def leader(self) -> Leader | None:
        """Who has it now."""
        with self._connection.transaction() as transaction:
            rows = transaction.run(
                "SELECT holder, address, term FROM lease WHERE name = ? AND expires > clock_timestamp()", LEASE
            )
        return Leader(name=rows[0][0], address=rows[0][1], term=rows[0][2]) if rows else None

    def be_seen(self, address: str, lasts_s: float) -> frozenset[str]:
        """Say that this controller lives; the names of all that do."""
        with self._connection.transaction() as transaction:
            transaction.run(_BE_SEEN, self._name, address, lasts_s)
            transaction.run("DELETE FROM member WHERE expires < clock_timestamp() - interval '1 day'")
            rows = transaction.run("SELECT name FROM member WHERE expires > clock_timestamp()")
        return frozenset(str(row[0]) for row in rows)

    def leave(self) -> None:
        """This controller ends."""
        with self._connection.transaction() as transaction:
            transaction.run("DELETE FROM member WHERE name = ?", self._name)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
