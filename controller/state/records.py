"""Records: what other parts of the service keep, each a JSON object by kind and name, changed by compare-and-swap.

    kind         name     body
    applied      device   {"objects": [...]} as it was applied last
    applied-up-to network {"token"}: the change that was finished last when `applied` was saved (state/store.py)
    device       device   what it was found to be able to do (controller/joined.py)
    break-glass  device   who holds it, why and until when (controller/breakglass.py)
    audit        log      {"head": number and hash of its last record} (controller/audit/anchors.py)
    operation    operation as it was told last, and by which change (service/api/kept.py)
    commit       commit   how far it has come (controller/service/rollout/ledger.py)
    rollout      branch   {"accepted", "inForce"}: commits (the same)
    rates        hour     {"points": [[when, {pair: bit/s}]]}, averages of measured rates (controller/page/kept.py)
    due          network  {"intents": names}: those within their windows as it was applied last (service/engine.py)

Whoever needs a record chooses a kind of his own and says so here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from controller.state.database import Database, Transaction, fault
from intents.model.diagnostic import ClearwayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """version: grows with every change, and never comes back, also not after the record was removed."""

    kind: str
    name: str
    version: int
    body: Mapping[str, Any]


class Records:
    """The records of one database. Any thread may use it. Everything here raises ClearwayError where the database
    cannot be reached or read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, kind: str, name: str) -> Record | None:
        """The record as it is now."""
        with self._database.reading() as transaction:
            version, text = (0, None) if transaction is None else _held(transaction, kind, name)
        return None if text is None else Record(kind=kind, name=name, version=version, body=json.loads(text))

    def all(self, kind: str) -> tuple[Record, ...]:
        """Every record of a kind, by name."""
        with self._database.reading() as transaction:
            if transaction is None:
                return ()
            rows = transaction.run(
                "SELECT name, version, body FROM record WHERE kind = ? AND body IS NOT NULL ORDER BY name", kind
            )
        return tuple(Record(kind=kind, name=n, version=v, body=json.loads(text)) for n, v, text in rows)

    def put(self, kind: str, name: str, body: Mapping[str, Any], *, expected: int | None = None) -> Record:
        """Write a record. expected: the version that it must still have, 0 where it must not be there; None: whatever
        is there is replaced. Raises ClearwayError (`record-moved`) where somebody was faster."""
        version = self._write(kind, name, json.dumps(body, ensure_ascii=False), expected)
        return Record(kind=kind, name=name, version=version, body=body)

    def remove(self, kind: str, name: str, *, expected: int | None = None) -> None:
        """Remove a record, if it is there. expected: as of put."""
        self._write(kind, name, None, expected)

    def versions(self, kind: str) -> dict[str, int]:
        """The version of every record of a kind, by name."""
        with self._database.reading() as transaction:
            if transaction is None:
                return {}
            rows = transaction.run("SELECT name, version FROM record WHERE kind = ? AND body IS NOT NULL", kind)
        return dict(sorted(rows))

    def replace(
        self, kind: str, bodies: Mapping[str, Mapping[str, Any]], same: Mapping[str, int] = MappingProxyType({})
    ) -> dict[str, int]:
        """Have exactly these records of a kind, by name, all at once. same: besides, records that stay as they are in
        this version. Returns the version of each. Raises ClearwayError (`record-moved`) where one has another."""
        texts = {name: json.dumps(body, ensure_ascii=False) for name, body in bodies.items()}
        with self._database.writing() as transaction:
            held = {n: (v, text) for n, v, text in transaction.run(_ALL, kind)}
            for name, version in same.items():
                if held.get(name, (0, None))[0] != version:
                    raise self._moved(kind, name)
            for name in sorted({*held, *texts} - set(same)):
                version, text = held.get(name, (0, None))
                if text != texts.get(name):
                    _set(transaction, kind, name, version + 1, texts.get(name))
                    held[name] = version + 1, texts.get(name)
        return {name: version for name, (version, text) in held.items() if text is not None}

    def _write(self, kind: str, name: str, text: str | None, expected: int | None) -> int:
        with self._database.writing() as transaction:
            version, there = _held(transaction, kind, name)
            if expected is not None and expected != (0 if there is None else version):
                raise self._moved(kind, name)
            if text is None and there is None:
                return version
            _set(transaction, kind, name, version + 1, text)
            return version + 1

    def _moved(self, kind: str, name: str) -> ClearwayError:
        return fault(
            "record-moved",
            f"{kind} {name} was changed by somebody else meanwhile",
            "look at it again, and decide again",
            self._database.place,
        )


_ALL = "SELECT name, version, body FROM record WHERE kind = ?"


def _held(transaction: Transaction, kind: str, name: str) -> tuple[int, str | None]:
    """Version and text of a record; of one that was removed the text is None, of one that never was (0, None)."""
    rows = transaction.run("SELECT version, body FROM record WHERE kind = ? AND name = ?", kind, name)
    return (rows[0][0], rows[0][1]) if rows else (0, None)


def _set(transaction: Transaction, kind: str, name: str, version: int, text: str | None) -> None:
    transaction.run(
        "INSERT INTO record (kind, name, version, body) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version, body = excluded.body",
        kind,
        name,
        version,
        text,
    )
