"""The state of one network: journal, records, one change at a time. Nothing in it is needed to read or plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from controller.codec import CodecError, decode, encode
from controller.state.database import Database
from controller.state.journal import Journal
from controller.state.records import Records
from controller.state.retention import forget
from controller.state.sqlite import SqliteDatabase
from intents.model.diagnostic import ClearwayError
from intents.model.state import DeviceState, patch

_APPLIED: Final = "applied"
_UP_TO: Final = "applied-up-to"
_NETWORK: Final = "network"
_FIRST_FORM: Final = "applied.json"  # where the applied state was kept before there were records


class Store:
    """Under `<project>/.clearway` (or CLEARWAY_STATE), in SQLite where no other database is given."""

    def __init__(self, folder: Path, database: Database | None = None) -> None:
        self.folder = folder
        self.database: Database = database or SqliteDatabase(folder)
        self.journal = Journal(self.database)
        self.records = Records(self.database)
        self._applied: tuple[Mapping[str, int], Mapping[str, DeviceState]] = {}, {}  # as kept, and in which versions

    def lock(self) -> AbstractContextManager[None]:
        """One change at a time. Raises ClearwayError when somebody else makes one, or is the one to make it."""
        return self.database.changing()

    def tidy(self) -> None:
        """Forget what need not be kept, and give the room back. What cannot be tidied today is tidied another day."""
        with suppress(ClearwayError):
            forget(self.database)
            if isinstance(self.database, SqliteDatabase):
                self.database.tidy()

    def save_applied(self, states: Mapping[str, DeviceState]) -> None:
        """Remember what was applied last, all devices at once. What a device was applied before, and holds still, is
        not written again. Raises ClearwayError."""
        versions, kept = self._applied
        same = {n: versions[n] for n, state in states.items() if n in versions and kept[n] == state}
        bodies = {n: _body(state) for n, state in states.items() if n not in same}
        newest = self.journal.newest_done()
        try:
            versions = self.records.replace(_APPLIED, bodies, same)
        except ClearwayError as error:
            if error.diagnostics[0].code != "record-moved":
                raise
            versions = self.records.replace(_APPLIED, {n: _body(state) for n, state in states.items()})
        self._applied = versions, dict(states)
        self.records.put(_UP_TO, _NETWORK, {"token": newest})
        with suppress(OSError):
            (self.folder / _FIRST_FORM).unlink(missing_ok=True)

    def load_applied(self) -> Mapping[str, DeviceState] | None:
        """What was applied last, or None where nothing was, or where it is not to be read. Read again only where
        somebody wrote it since; to be left as it is."""
        try:
            return self._caught_up(self._load_saved())
        except (ClearwayError, CodecError, OSError, ValueError, KeyError, TypeError):
            return None

    def _caught_up(self, saved: Mapping[str, DeviceState] | None) -> Mapping[str, DeviceState] | None:
        """With what the journal shows to be finished since it was saved: who is killed between the two, or finds the
        disk full, must not have what he did taken for drift."""
        noted = self.records.get(_UP_TO, _NETWORK)
        if saved is None or noted is None:
            return saved
        states = dict(saved)
        for differences in self.journal.done_since(noted.body["token"]):
            for device, listed in differences.items():
                states[device] = patch(states.get(device, DeviceState(device=device)), listed)
        return states

    def _load_saved(self) -> Mapping[str, DeviceState] | None:
        versions, kept = self._applied
        if versions and versions == self.records.versions(_APPLIED):
            return kept
        records = self.records.all(_APPLIED)
        held = {r.name: r.body["objects"] for r in records} or self._first_form()
        states = {name: DeviceState.of(name, [decode(o) for o in listed]) for name, listed in held.items()}
        self._applied = {r.name: r.version for r in records}, states
        return states or None

    def _first_form(self) -> dict[str, list[object]]:
        found: dict[str, list[object]] = json.loads((self.folder / _FIRST_FORM).read_text(encoding="utf-8"))["devices"]
        return found


def _body(state: DeviceState) -> dict[str, object]:
    return {"objects": [encode(o) for o in state.objects.values()]}
