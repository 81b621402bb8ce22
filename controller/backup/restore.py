"""Putting a backup back, while no service runs.

The state is replaced in one transaction of its database: whatever kills this process, it is the old or the new one. An
audit log that is there stays, for it only ever grows; where there is none, that of the backup is put back.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.audit import files
from controller.audit.check import check
from controller.audit.log import AuditLog
from controller.backup import archive, tables
from controller.backup.archive import Manifest
from controller.state.database import fault
from controller.state.held import serving
from controller.state.journal import Phase, Unfinished
from controller.state.sqlite import FILE, SqliteDatabase
from controller.state.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """manifest: of the backup. audit: whether the log of the backup was put back (else the one that is here stays).
    settings: where the settings were laid down. unfinished: what the next start will end first."""

    manifest: Manifest
    audit: bool
    settings: Path | None
    unfinished: tuple[Unfinished, ...]


def restore(store: Store, source: Path, person: str) -> Restored:
    """Raises ClearwayError; then nothing was changed. person: who does it, for the audit log."""
    with _alone(store), tempfile.TemporaryDirectory(dir=store.folder, prefix=".clearway-restore-") as made:
        folder = Path(made)
        manifest = archive.unpack(source, folder)
        (folder / archive.STATE).rename(folder / FILE)
        kept = SqliteDatabase(folder)
        with kept.writing():  # an older one is brought forward; a newer one refused
            pass
        audit = _audit(folder / files.FOLDER, store.folder / files.FOLDER)
        with kept.reading() as held, store.database.writing() as target:
            if held is None:  # pragma: no cover - `writing` has just made it
                raise AssertionError
            tables.copy(tables.columns(held), held, target)
        settings = _settings(folder / archive.SETTINGS, store.folder)
    log = AuditLog(store.folder)
    log.append("restored", {"from": source.name, "made": str(manifest.about.get("at", "")), "person": person})
    log.close()
    return Restored(manifest=manifest, audit=audit, settings=settings, unfinished=store.journal.unfinished())


def next_start(unfinished: Unfinished) -> str:
    """What the next start does with a change that had no end, in a sentence."""
    devices = ", ".join(sorted(unfinished.differences)) or "no device"
    if unfinished.phase is Phase.CONFIRM:
        return f"{unfinished.token} is finished on {devices} where each still holds it, else undone"
    return f"{unfinished.token} is undone on {devices}: each gets back what it held before that change"


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """No service and no command at work on this state."""
    with ExitStack() as held:
        held.enter_context(serving(store.folder))
        held.enter_context(store.lock())
        yield


def _audit(kept: Path, log: Path) -> bool:
    if not kept.is_dir() or not files.every(kept) or (log.is_dir() and files.every(log)):
        return False
    found = check(files.every(kept))
    if not found.sound:
        raise fault(
            "backup-damaged",
            "the audit log in the backup is not as it was written",
            "take another backup; nothing was changed",
            str(kept),
        )
    shutil.rmtree(log, ignore_errors=True)  # empty
    os.rename(kept, log)  # noqa: PTH104 - of a folder, at once
    return True


def _settings(kept: Path, state: Path) -> Path | None:
    if not kept.exists():
        return None
    target = state / "service.yaml.restored"
    kept.rename(target)
    return target
