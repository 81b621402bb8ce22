"""The journal of changes: each step is on disk before it happens, so that a start after kill -9 can finish or revert.

A change is there with the differences of every device, both sides of each (so the inverse is there too), then a row for
each phase that it reaches. A finished change ends with `done` or `reverted`. Each row is one transaction, which is on
the disk before the call returns.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from controller.codec import CodecError, decode, encode
from controller.state.database import Database, Transaction, fault
from intents.model.state import Difference

# By the order in which changes were begun: clocks of several controllers differ, and are set.
_PHASES: Final = """
    SELECT token, about, (SELECT phase FROM step WHERE step.token = change.token ORDER BY number DESC LIMIT 1)
    FROM change ORDER BY (SELECT min(number) FROM step WHERE step.token = change.token)
"""


_PHASE: Final = "SELECT phase FROM step WHERE token = ? ORDER BY number DESC LIMIT 1"
# Each with whether it came after the one that is asked about.
_DONE: Final = """
    SELECT token, number > (SELECT COALESCE(max(number), 0) FROM step WHERE phase = 'done' AND token = ?) AS later
    FROM step WHERE phase = 'done' ORDER BY number
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
    """A change that the journal does not show the end of. sessions: by device, those that it was made in."""

    token: str
    phase: Phase
    differences: Mapping[str, tuple[Difference, ...]]
    sessions: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Journal:
    """Record of the changes made to one network. Any thread and any process may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, token: str, differences: Mapping[str, tuple[Difference, ...]], about: Mapping[str, Any]) -> None:
        """Open a change. `about`: who, when and from what, for people. Raises ClearwayError."""
        listed = [(token, device, json.dumps(encode(found))) for device, found in sorted(differences.items())]
        with self._database.writing() as transaction:
            transaction.run("INSERT INTO change (token, about) VALUES (?, ?)", token, json.dumps(dict(about)))
            transaction.run_many("INSERT INTO difference (token, device, listed) VALUES (?, ?, ?)", listed)
            _step(transaction, token, Phase.PLANNED)

    def reach(self, token: str, phase: Phase, sessions: Mapping[str, str] | None = None) -> None:
        """Note that the phase is about to begin (for DONE and REVERTED: that it is over). sessions: by device, the one
        that it is made in, for whoever has to end it. Raises ClearwayError."""
        with self._database.writing() as transaction:
            _step(transaction, token, phase, sessions)

    def hold(self, seconds: float) -> None:
        """Raises ClearwayError where it is not certain that this controller may change devices for so long."""
        self._database.hold(seconds)

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Changes without an end, oldest first. Raises ClearwayError where one cannot be read."""
        with self._database.reading() as transaction:
            if transaction is None:
                return ()
            found = [(token, Phase(phase)) for token, _, phase in transaction.run(_PHASES) if phase not in ENDED]
            return tuple(
                Unfinished(
                    token=token,
                    phase=phase,
                    differences=self._differences(transaction, token),
                    sessions=_sessions(transaction, token),
                )
                for token, phase in found
            )

    def last(self) -> Mapping[str, Any] | None:
        """What the newest change was about and how it ended, or None. Raises ClearwayError."""
        with self._database.reading() as transaction:
            rows = [] if transaction is None else transaction.run(_PHASES + "DESC LIMIT 1")
        return {"token": rows[0][0], "phase": rows[0][2], **json.loads(rows[0][1])} if rows else None

    def phase_of(self, token: str) -> Phase | None:
        """How far a change has come; None: it was never begun. Raises ClearwayError."""
        with self._database.reading() as transaction:
            rows = [] if transaction is None else transaction.run(_PHASE, token)
        return Phase(rows[0][0]) if rows else None

    def newest_done(self) -> str:
        """The change that was finished last, "" where none was. Raises ClearwayError."""
        with self._database.reading() as transaction:
            rows = [] if transaction is None else transaction.run(_DONE + "DESC LIMIT 1", "")
        return str(rows[0][0]) if rows else ""

    def done_since(self, token: str) -> tuple[Mapping[str, tuple[Difference, ...]], ...]:
        """What each change that was finished after this one was to do, by device, oldest first. One that the
        journal does not know was before all that it knows. Raises ClearwayError."""
        with self._database.reading() as transaction:
            rows = [] if transaction is None else transaction.run(_DONE, token)
            after = [done for done, later in rows if later]
            return tuple(self._differences(transaction, done) for done in after) if transaction is not None else ()

    def _differences(self, transaction: Transaction, token: str) -> Mapping[str, tuple[Difference, ...]]:
        rows = transaction.run("SELECT device, listed FROM difference WHERE token = ? ORDER BY device", token)
        try:
            return {device: decode(json.loads(listed)) for device, listed in rows}
        except (CodecError, ValueError, KeyError, TypeError) as error:
            raise fault(
                "journal-unreadable",
                f"{self._database.place} holds what another version of Clearway began",
                "finish it with that version; or look at the devices, and move the file away when they are well",
                self._database.place,
            ) from error


def _step(transaction: Transaction, token: str, phase: Phase, sessions: Mapping[str, str] | None = None) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    named = json.dumps(dict(sessions)) if sessions else None
    transaction.run("INSERT INTO step (token, phase, at, sessions) VALUES (?, ?, ?, ?)", token, phase, at, named)


def _sessions(transaction: Transaction, token: str) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for (text,) in transaction.run("SELECT sessions FROM step WHERE token = ? AND sessions IS NOT NULL", token):
        for device, session in json.loads(text).items():
            found[device].add(session)
    return {device: frozenset(names) for device, names in found.items()}
