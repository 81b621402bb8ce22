"""Files that one process at a time holds, each with its holder's name in it. Gone with the process, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from controller.state.database import fault

SERVING = "serving"


@contextmanager
def held(path: Path, code: str, message: str, hint: str) -> Iterator[None]:
    """Hold the file. Raises ClearwayError with these words where another does; `{holder}` in them is who."""
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise fault(code, message.format(holder=holder), hint, str(path)) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    """Around the life of a service with this state folder, or what must not meet one. Raises ClearwayError."""
    message, hint = "a service with this state runs already ({holder})", "end it first: systemctl stop clearway"
    with held(folder / SERVING, "service-runs", message, hint):
        yield


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise fault(
            "state-folder",
            f"{path.parent} cannot be written: {error.strerror}",
            "a change needs its journal: make the folder writable, or name another in CLEARWAY_STATE",
            str(path.parent),
        ) from error
