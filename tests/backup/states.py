"""A state with something in it, and what is in one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from controller.audit.log import AuditLog
from controller.state.journal import Phase
from controller.state.sqlite import SqliteDatabase
from controller.state.store import Store
from intents.model.state import Difference
from intents.model.switch import Meter

DIFFERENCES = {
    "core-1": (Difference(key=("meter", 7), before=None, after=Meter(meter_id=7, rate_kbps=1000, burst_kbit=10)),)
}


def state(folder: Path, *tokens: str, end: Phase = Phase.DONE) -> Store:
    """With a change a token, each with an end, a record and two lines in the audit log."""
    store = Store(folder)
    log = AuditLog(folder)
    for token in tokens:
        store.journal.begin(token, DIFFERENCES, {"by": "Nurse", "from": "test"})
        store.journal.reach(token, Phase.CONFIRM)
        store.journal.reach(token, end)
        store.records.put("device", token, {"seen": token})
        log.append("change", {"token": token})
        log.append("ended", {"token": token})
    log.close()
    return store


def held(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All rows, without the numbers of steps, the versions of records, and records that were removed."""
    columns = {
        "change": "token, about",
        "difference": "token, device, listed",
        "step": "token, phase, at",
        "record": "kind, name, body",
    }
    with store.database.reading() as transaction:
        if transaction is None:
            return {}
        order = {"step": "number"}
        there = {"record": "WHERE body IS NOT NULL"}
        return {
            table: transaction.run(f"SELECT {own} FROM {table} {there.get(table, '')} ORDER BY {order.get(table, own)}")  # noqa: S608
            for table, own in columns.items()
        }


def tables_of(folder: Path) -> dict[str, list[str]]:
    """Table -> columns of the schema of today."""
    database = SqliteDatabase(folder)
    with database.writing() as transaction:
        names = transaction.run("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {n: [row[1] for row in transaction.run(f"PRAGMA table_info({n})")] for (n,) in names}
