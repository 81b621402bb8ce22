"""A backup as a file: tar, gzip, and a manifest first that names every other part with its length and SHA-256.

    manifest.json      what it is, of which version, when, and the parts
    state.sqlite       journal, applied state, records; of PostgreSQL too
    audit/*.jsonl      the audit log
    service.yaml       the settings, as they were written: secrets are references in them

Nothing is unpacked that the manifest does not name, or under another name than these.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from controller.state.database import fault
from intents.model.diagnostic import ClearwayError

FORM: Final = 1
MANIFEST: Final = "manifest.json"
STATE: Final = "state.sqlite"
SETTINGS: Final = "service.yaml"
_PARTS: Final = re.compile(r"state\.sqlite|service\.yaml|audit/audit(-[0-9]{6,})?\.jsonl")
_MOST_MANIFEST: Final = 2**20
_MOST_PART: Final = 64 * 2**30
_AT_ONCE: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """about: `version` of Clearway, `at`, `database`, `stateSchema`. parts: name -> (bytes, SHA-256 in hex)."""

    about: Mapping[str, Any]
    parts: Mapping[str, tuple[int, str]]


def write(target: Path, folder: Path, about: Mapping[str, Any]) -> Manifest:
    """Put the parts that lie in the folder into the file, which is there whole or not at all. Raises ClearwayError."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    parts = {name: _digest(folder / name) for name in names}
    manifest = Manifest(about=about, parts=parts)
    made = target.with_name(f"{target.name}.new")
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=6) as tar:
                _add(tar, MANIFEST, io.BytesIO(_as_json(manifest)), len(_as_json(manifest)))
                for name, (size, _) in parts.items():
                    with (folder / name).open("rb") as part:
                        _add(tar, name, part, size)
            file.flush()
            os.fsync(file.fileno())
        made.rename(target)
        _sync(target.parent)
    except OSError as error:
        made.unlink(missing_ok=True)
        raise fault(
            "cannot-write", f"{target} cannot be written: {error.strerror}", "choose another file", str(target)
        ) from error
    return manifest


def unpack(source: Path, folder: Path) -> Manifest:
    """The parts into an empty folder, each checked by its hash. Raises ClearwayError where anything is not as it was
    written; then the folder holds nothing to be used."""
    try:
        with tarfile.open(source, mode="r|gz") as tar:
            manifest = _manifest(tar, source)
            left = dict(manifest.parts)
            while (member := tar.next()) is not None:
                if not member.isfile() or member.name not in left:
                    raise _damaged(source, f"{member.name} is not named in its manifest")
                _take(tar, member, folder, left.pop(member.name), source)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, KeyError, TypeError) as error:
        raise _damaged(source, str(error) or type(error).__name__) from error
    except OSError as error:
        raise fault(
            "cannot-read",
            f"{source}: {error.strerror or error}",
            "check who may read it, and the room on the disk",
            str(source),
        ) from error
    if left:
        raise _damaged(source, f"{min(left)} is missing")
    return manifest


def _manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    member = tar.next()
    if member is None or member.name != MANIFEST or not member.isfile() or member.size > _MOST_MANIFEST:
        raise _damaged(source, "it does not begin with a manifest")
    file = tar.extractfile(member)
    found = json.loads(file.read() if file is not None else b"")
    if found["kind"] != "clearway-backup":
        raise _damaged(source, "its manifest is not that of a backup")
    if found["form"] > FORM:
        raise fault(
            "backup-newer",
            f"{source} was made by Clearway {found.get('version', '')}, in a form that this one does not know",
            "restore it with that version, or a later one",
            str(source),
        )
    parts = {p["name"]: (int(p["bytes"]), str(p["sha256"])) for p in found["parts"]}
    if not all(_PARTS.fullmatch(name) for name in parts) or STATE not in parts:
        raise _damaged(source, "its manifest names parts that no backup has, or lacks the state")
    return Manifest(about={k: v for k, v in found.items() if k not in ("kind", "form", "parts")}, parts=parts)


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, owed: tuple[int, str], source: Path) -> None:
    size, digest = owed
    file = tar.extractfile(member)
    if file is None or member.size != size or size > _MOST_PART:
        raise _damaged(source, f"{member.name} is not as long as its manifest says")
    target = folder / member.name
    target.parent.mkdir(exist_ok=True)
    found = hashlib.sha256()
    with target.open("xb") as out:
        while piece := file.read(_AT_ONCE):
            found.update(piece)
            out.write(piece)
    if found.hexdigest() != digest:
        raise _damaged(source, f"{member.name} is not what was written: its hash differs")


def _add(tar: tarfile.TarFile, name: str, content: Any, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)


def _as_json(manifest: Manifest) -> bytes:
    parts = [{"name": n, "bytes": size, "sha256": digest} for n, (size, digest) in manifest.parts.items()]
    return json.dumps({"kind": "clearway-backup", "form": FORM, **manifest.about, "parts": parts}, indent=2).encode()


def _digest(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _damaged(source: Path, why: str) -> ClearwayError:
    return fault(
        "backup-damaged", f"{source} is not whole: {why}", "take another backup; nothing was changed", str(source)
    )
