"""Numbers and hashes of records as others keep them: the state's records (where they are in PostgreSQL, on another
machine), the journal of changes, or whoever is asked by hand."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from typing import Final

from controller.audit.chain import Head
from controller.audit.log import AuditLog
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError, Diagnostic

_KIND: Final = "audit"
_HEAD: Final = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


def keep(store: Store, log: AuditLog) -> None:
    """Have the state remember how far the log has come, as far as it can."""
    with suppress(ClearwayError):
        store.records.put(_KIND, _name(log), {"head": str(log.head)})


def kept(store: Store, log: AuditLog) -> dict[str, list[Head]]:
    """What the state knows of a log, by where it knows it from. Raises ClearwayError where it cannot be read."""
    found: dict[str, list[Head]] = {}
    record = store.records.get(_KIND, _name(log))
    if record is not None and (head := parse(str(record.body.get("head")))) is not None:
        found["the state's records"] = [head]
    with store.database.reading() as transaction:
        rows = [] if transaction is None else transaction.run("SELECT about FROM change")
    said = [json.loads(text) for (text,) in rows]
    heads = [parse(str(a["audit"])) for a in said if a.get("audit-log") == _name(log) and "audit" in a]
    if heads:
        found["the journal of changes"] = [h for h in heads if h is not None]
    return found


def mark(log: AuditLog, head: Head) -> dict[str, str]:
    """What the journal keeps of the record with which a change began."""
    return {"audit": str(head), "audit-log": _name(log)}


def parse(text: str) -> Head | None:
    """NUMBER:HASH, or None."""
    found = _HEAD.fullmatch(text.strip())
    return Head(int(found[1]), found[2]) if found else None


def named(text: str) -> Head:
    """What an option gives. Raises ClearwayError."""
    head = parse(text)
    if head is None:
        raise ClearwayError(
            Diagnostic(
                code="bad-anchor",
                message=f"'{text[:80]}' is not the number and hash of a record",
                hint="write it as it was told: NUMBER:HASH, the hash in 64 hexadecimal digits",
            )
        )
    return head


def _name(log: AuditLog) -> str:
    """Several controllers may share a state; each has a log of its own."""
    return f"{os.uname().nodename}:{log.folder.resolve()}"
