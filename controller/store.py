"""The state folder of a project: lock, applied state, journal. Nothing in it is needed to read or plan."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from controller.codec import decode, encode
from controller.journal import Journal
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from intents.model.state import DeviceState


class Store:
    """Files under `<project>/.clearway` (or CLEARWAY_STATE)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(folder)

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
        """Remember what was applied last, replacing the file atomically."""
        self.folder.mkdir(parents=True, exist_ok=True)
        data = {name: [encode(o) for o in state.objects.values()] for name, state in sorted(states.items())}
        temporary = self.folder / "applied.json.new"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump({"schemaVersion": 1, "devices": data}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.folder / "applied.json")

    def load_applied(self) -> Mapping[str, DeviceState] | None:
        """What was applied last, or None where nothing was, the file is of another version or not to be read."""
        path = self.folder / "applied.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))["devices"]
            return {name: DeviceState.of(name, [decode(o) for o in objects]) for name, objects in data.items()}
        except (OSError, ValueError, KeyError, TypeError):
            return None
