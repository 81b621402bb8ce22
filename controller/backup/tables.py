"""The tables of a state from one database to another, in one transaction: it is the old state until it is the new one.

Which tables and columns there are is read from SQLite, so a table that a later schema brings is not forgotten. What
only several controllers have among themselves (leases) is of the moment, and not copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from controller.state.database import Transaction, Value

ORDER: Final = ("change", "difference", "step", "record")  # a table after those it refers to
_COUNTED: Final = ("step", "number")  # counts by itself; only the order of it means something


def columns(sqlite: Transaction) -> dict[str, list[str]]:
    """Table -> columns to copy, in the order of ORDER; those not named there last."""
    named = [row[0] for row in sqlite.run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    names = [n for n in ORDER if n in named] + [n for n in named if n not in ORDER and not n.startswith("sqlite_")]
    found: dict[str, list[str]] = {}
    for name in names:
        own = [row[1] for row in sqlite.run(f"PRAGMA table_info({name})")]
        found[name] = [column for column in own if (name, column) != _COUNTED]
    return found


def copy(tables: dict[str, list[str]], source: Transaction, target: Transaction) -> None:
    """Replace what the target holds in these tables by what the source holds."""
    versions = {(k, n): int(v) for k, n, v in target.run("SELECT kind, name, version FROM record")}
    for name in reversed(tables):
        target.run(f"DELETE FROM {name}")  # noqa: S608 - a name of the schema
    for name, own in tables.items():
        order = "number" if name == _COUNTED[0] else ", ".join(own)
        rows: Sequence[tuple[Value, ...]] = source.run(f"SELECT {', '.join(own)} FROM {name} ORDER BY {order}")  # noqa: S608
        marks = ", ".join("?" for _ in own)
        target.run_many(
            f"INSERT INTO {name} ({', '.join(own)}) VALUES ({marks})",  # noqa: S608
            rows,
        )
    _count_on(versions, target)


def _count_on(before: dict[tuple[str, str], int], target: Transaction) -> None:
    """A record's version never comes back, also not by a restore: it goes on from the larger of the two."""
    held = {(k, n): int(v) for k, n, v in target.run("SELECT kind, name, version FROM record")}
    raised = [(before[key] + 1, *key) for key, version in held.items() if before.get(key, -1) >= version]
    if raised:
        target.run_many("UPDATE record SET version = ? WHERE kind = ? AND name = ?", raised)
    gone = [(kind, name, before[kind, name] + 1, None) for kind, name in sorted(set(before) - set(held))]
    if gone:
        target.run_many("INSERT INTO record (kind, name, version, body) VALUES (?, ?, ?, ?)", gone)
