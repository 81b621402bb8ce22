"""The state of one network: the lock of changes, the journal, records. Nothing in it is needed to read or plan."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from controller.codec import CodecError, decode, encode
from controller.state.database import Database
from controller.state.journal import Journal
from controller.state.records import Records
from controller.state.sqlite import SqliteDatabase
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from intents.model.state import DeviceState

_APPLIED: Final = "applied"
_FIRST_FORM: Final = "applied.json"  # where the applied state was kept before there were records


class Store:
    """Under `<project>/.clearway` (or CLEARWAY_STATE): a lock, and SQLite where no other database is given."""

    def __init__(self, folder: Path, database: Database | None = None) -> None:
        self.folder = folder
        self.database: Database = database or SqliteDatabase(folder)
        self.journal = Journal(self.database)
        self.records = Records(self.database)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One change at a time. Raises ClearwayError when another process holds it."""
        path = self.folder / "lock"
        with self._opened(path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                holder = file.read().strip() or "another process"
                raise ClearwayError(
                    Diagnostic(
                        code="change-under-way",
                        message=f"{holder} is changing this network right now",
                        hint="wait until it has finished and try again",
                        position=Position(str(path)),
                    )
                ) from error
            file.truncate(0)
            file.write(f"process {os.getpid()}")
            file.flush()
            yield

    def _opened(self, path: Path) -> IO[str]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return path.open("a+", encoding="utf-8")
        except OSError as error:
            raise ClearwayError(
                Diagnostic(
                    code="state-folder",
                    message=f"{self.folder} cannot be written: {error.strerror}",
                    hint="a change needs its journal: make the folder writable, or name another in CLEARWAY_STATE",
                    position=Position(str(self.folder)),
                )
            ) from error

    def save_applied(self, states: Mapping[str, DeviceState]) -> None:
        """Remember what was applied last, all devices at once. Raises ClearwayError."""
        self.records.replace(
            _APPLIED, {name: {"objects": [encode(o) for o in state.objects.values()]} for name, state in states.items()}
        )
        with suppress(OSError):
            (self.folder / _FIRST_FORM).unlink(missing_ok=True)

    def load_applied(self) -> Mapping[str, DeviceState] | None:
        """What was applied last, or None where nothing was, or where it is not to be read."""
        try:
            held = {r.name: r.body["objects"] for r in self.records.all(_APPLIED)} or self._first_form()
            return {name: DeviceState.of(name, [decode(o) for o in listed]) for name, listed in held.items()} or None
        except (ClearwayError, CodecError, OSError, ValueError, KeyError, TypeError):
            return None

    def _first_form(self) -> dict[str, list[object]]:
        found: dict[str, list[object]] = json.loads((self.folder / _FIRST_FORM).read_text(encoding="utf-8"))["devices"]
        return found
