"""What goes into a support bundle, and the file that it becomes. A part that cannot be had says why in its place."""

from __future__ import annotations

import http.client
import io
import json
import platform
import tarfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from controller.operations import Connect
from controller.project import Project
from controller.service.settings import Settings
from controller.state.database import Database, fault
from controller.state.store import Store
from controller.status import status
from controller.support.redact import Redactor, secrets_of
from controller.telemetry.build import version_of_clearway
from intents.model.diagnostic import ClearwayError

CHANGES: Final = 50
LOG_BYTES: Final = 8 * 2**20
_NEWEST: Final = """
    SELECT change.token, change.about, step.phase, step.at FROM change JOIN step ON step.token = change.token
    WHERE change.token IN (SELECT token FROM step GROUP BY token ORDER BY min(number) DESC LIMIT ?) ORDER BY step.number
"""


def bundle(
    project: Project,
    store: Store,
    connect: Connect | None,
    settings: Settings,
    files: Mapping[str, Path],
) -> Mapping[str, str]:
    """Name of a part -> its text, without secrets. connect: where devices are to be asked. files: logs and settings to
    go along, of a log its end."""
    clean = Redactor(secrets_of((project.campus, settings), project.root))
    parts: dict[str, Callable[[], str]] = {
        "about.json": lambda: _json(_about()),
        "changes.json": lambda: _json(_changes(store.database)),
    }
    parts |= {f"texts/{Path(name).name}": (lambda text=text: text) for name, text in project.files.items()}  # type: ignore[misc]
    parts |= {f"files/{name}": (lambda path=path: _end_of(path)) for name, path in files.items()}  # type: ignore[misc]
    if connect is not None:
        parts["status.json"] = lambda: _json(status(project, connect, store).as_json())
    if settings.telemetry.metrics:
        parts["metrics.txt"] = lambda: _scraped(settings.telemetry.metrics)
    return {name: clean(_had(read)) for name, read in sorted(parts.items())}


def write(target: Path, parts: Mapping[str, str]) -> None:
    """Raises ClearwayError where it cannot be written, or is there already."""
    try:
        with target.open("xb") as file, tarfile.open(fileobj=file, mode="w:gz") as tar:
            target.chmod(0o600)
            for name, text in parts.items():
                content = text.encode("utf-8", "replace")
                member = tarfile.TarInfo(f"clearway-support/{name}")
                member.size, member.mode = len(content), 0o600
                tar.addfile(member, io.BytesIO(content))
    except OSError as error:
        raise fault(
            "cannot-write", f"{target} cannot be written: {error.strerror}", "choose another file", str(target)
        ) from error


def _had(read: Callable[[], str]) -> str:
    try:
        return read()
    except (ClearwayError, OSError, http.client.HTTPException) as error:
        return f"could not be had: {error}\n"


def _about() -> dict[str, Any]:
    packages = sorted(f"{d.metadata['Name']}=={d.version}" for d in distributions())
    return {
        "clearway": version_of_clearway(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": packages,
    }


def _changes(database: Database) -> list[dict[str, Any]]:
    """The newest changes with their phases, oldest first."""
    with database.reading() as look:
        rows: Sequence[tuple[Any, ...]] = [] if look is None else look.run(_NEWEST, CHANGES)
    found: dict[str, dict[str, Any]] = {}
    for token, about, phase, at in rows:
        change = found.setdefault(token, {"token": token, **json.loads(about), "phases": []})
        change["phases"].append({"phase": phase, "at": at})
    return list(found.values())


def _end_of(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_BYTES))
        return file.read().decode("utf-8", "replace")


def _scraped(address: str) -> str:
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]") or "127.0.0.1", int(port), timeout=10)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode("utf-8", "replace")
    finally:
        connection.close()


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
