"""Making a backup, while the service runs or not."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from controller.audit import files
from controller.backup import archive, tables
from controller.backup.archive import Manifest
from controller.state.database import fault
from controller.state.schema import VERSION
from controller.state.sqlite import FILE, SqliteDatabase
from controller.state.store import Store
from controller.telemetry.build import version_of_clearway

_TRIES = 5


def backup(store: Store, target: Path, settings: Path | None = None) -> Manifest:
    """The state at one moment into a file that is not there yet; then the audit log, which is never behind the state.
    settings: the service's, to go with it. Raises ClearwayError; then there is no file."""
    if target.exists():
        raise fault("file-exists", f"{target} is there already", "give another name, with the date in it", str(target))
    with tempfile.TemporaryDirectory(dir=_beside(target), prefix=".clearway-backup-") as made:
        folder = Path(made)
        _state(store, folder)
        _audit(store.folder / files.FOLDER, folder / files.FOLDER)
        if settings is not None:
            shutil.copyfile(settings, folder / archive.SETTINGS)
        about = {
            "version": version_of_clearway(),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": "sqlite" if isinstance(store.database, SqliteDatabase) else "postgresql",
            "stateSchema": VERSION,
        }
        return archive.write(target, folder, about)


def _beside(target: Path) -> Path:
    if not target.parent.is_dir():
        raise fault("no-folder", f"{target.parent} is not a folder", "make it first", str(target))
    return target.parent


def _state(store: Store, folder: Path) -> None:
    database = store.database
    if isinstance(database, SqliteDatabase):
        if not database.path.exists():
            raise _nothing(store)
        with database.writing():  # brought forward to this version, where an older one wrote it
            pass
        database.copy_to(folder)
    else:
        copy = SqliteDatabase(folder)
        with database.reading() as source, copy.writing() as target:
            if source is None:
                raise _nothing(store)
            tables.copy(tables.columns(target), source, target)
        (folder / "journal.gate").unlink(missing_ok=True)
    (folder / FILE).rename(folder / archive.STATE)


def _nothing(store: Store) -> Exception:
    return fault(
        "nothing-to-back-up",
        f"{store.folder} holds no state: nothing was ever applied from here",
        "name the folder of the project, or set CLEARWAY_STATE to that of the service",
        str(store.folder),
    )


def _audit(log: Path, copy: Path) -> None:
    """The log's whole lines, at a moment in which no file of it was closed."""
    for _ in range(_TRIES):
        paths = files.every(log) if log.is_dir() else []
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for path in paths:
            with (copy / path.name).open("wb") as out:
                for line in files.lines(path):
                    if line.endswith(b"\n"):
                        out.write(line)
        if paths == (files.every(log) if log.is_dir() else []):
            return
