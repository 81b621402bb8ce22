"""A project: the texts of a folder (or of a commit) and what they say.

Reads files and the environment for the pure part, which does neither.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from controller import calendar
from intents.compile import left_of, without
from intents.compile.failure import Failure
from intents.ingest import Loaded, load
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError, Diagnostic, Position, Related, Severity, has_errors
from intents.model.intent import ResolvedIntent

MAX_FILE_BYTES: Final = 8 * 2**20
MAX_FILES: Final = 2_000
INTENTS_FOLDER: Final = "intents"
TOPOLOGY_ENDS: Final = (".clab.yml", ".clab.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a folder says. `files`: path as shown to people -> text."""

    root: Path
    files: Mapping[str, str]
    campus: Campus | None
    intents: tuple[ResolvedIntent, ...]
    diagnostics: tuple[Diagnostic, ...]
    resting: tuple[ResolvedIntent, ...] = ()  # intents whose calendar window is closed

    def at(self, moment: datetime) -> Project:
        """The project as it holds at an instant. Raises ClearwayError for an unknown time zone."""
        every = (*self.intents, *self.resting)
        return replace(self, intents=calendar.active(every, moment), resting=calendar.resting(every, moment))

    def without(self, failures: Sequence[Failure]) -> Project:
        """The project as it is when all of these have failed: what is cut off is not asked for, with a warning."""
        campus = self.checked_campus()
        if not failures:
            return self
        after = without(campus, failures)
        left = (left_of(r, after) for r in self.intents)
        cut = sorted(set(campus.places) - set(after.places))
        return replace(
            self,
            campus=after,
            intents=tuple(r for r in left if r.sources and (r.destinations or not r.intent.destinations)),
            diagnostics=(*self.diagnostics, *([_cut_off(failures, cut)] if cut else [])),
        )

    def checked_campus(self) -> Campus:
        """The campus, or ClearwayError with everything that is wrong in the texts."""
        if self.campus is None or has_errors(self.diagnostics):
            raise ClearwayError(*self.diagnostics)
        return self.campus


def _cut_off(failures: Sequence[Failure], places: Sequence[str]) -> Diagnostic:
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return Diagnostic(
        code="cut-off",
        severity=Severity.WARNING,
        message=f"without {' and '.join(map(str, failures))} {len(places)} places are cut off: "
        f"{', '.join(places[:3])}{more}",
        hint="what is promised to them rests until it is repaired and `--failed` is left out",
    )


def project_of(root: Path, files: Mapping[str, str]) -> Project:
    """The project that the texts make. Never raises for what a user wrote: see `diagnostics`."""
    topologies = sorted(path for path in files if path.endswith(TOPOLOGY_ENDS))
    if len(topologies) > 1:
        fault = _two_topologies(topologies[0], topologies[1])
        return Project(root=root, files=files, campus=None, intents=(), diagnostics=(fault,))
    loaded = _loaded(frozenset(files.items()), frozenset(os.environ.items()))
    return Project(root=root, files=files, campus=loaded.campus, intents=loaded.intents, diagnostics=loaded.diagnostics)


@lru_cache(maxsize=2)
def _loaded(files: frozenset[tuple[str, str]], environment: frozenset[tuple[str, str]]) -> Loaded:
    """What texts say. A service reads the same ones over and over: before a change, and with it."""
    return load(dict(files), dict(environment))


def _two_topologies(first: str, second: str) -> Diagnostic:
    return Diagnostic(
        code="two-topologies",
        message=f"two topologies describe the network: {first} and {second}",
        hint=f"keep one of them in the folder, or name the one that is meant: `clearway plan {first}`",
        position=Position(second, 1, 1),
        related=(Related(position=Position(first, 1, 1), message="the other one"),),
    )


def read_project(folder: Path, intents: Path | None = None) -> Project:
    """The project in a folder: campus.yaml or a containerlab topology, and `intents/` (or another folder given).

    folder: or the topology itself, where the folder holds several. Raises ClearwayError where the folder cannot be
    read at all.
    """
    named, folder = (folder, folder.parent) if folder.is_file() else (None, folder)
    _refuse_template(named)
    _refuse_no_folder(folder, "give the folder that holds campus.yaml (or a .clab.yml topology) and intents/")
    if intents is not None:
        _refuse_no_folder(intents, "give the folder that holds the intents")
    try:
        top = [p for p in sorted(folder.iterdir()) if p.suffix in (".yaml", ".yml") and p.is_file()]
        of_intents = sorted((intents or folder / INTENTS_FOLDER).rglob("*.y*ml"))
    except OSError as error:
        raise _cannot_read(Path(error.filename or folder), error) from error
    if named is not None and named.name.endswith(TOPOLOGY_ENDS):
        top = [p for p in top if p == named or not p.name.endswith(TOPOLOGY_ENDS)]
    paths = [*top, *(p for p in of_intents if p.suffix in (".yaml", ".yml"))]
    if len(paths) > MAX_FILES:
        raise ClearwayError(
            Diagnostic(
                code="too-many-files",
                message=f"{folder} holds {len(paths)} YAML files; at most {MAX_FILES} are read",
                hint="point Clearway at the folder of one campus",
                position=Position(str(folder)),
            )
        )
    return project_of(folder, {shown(p): read_text(p) for p in paths})


def _refuse_template(named: Path | None) -> None:
    """A containerlab template is no topology yet."""
    if named is not None and named.suffix == ".gotmpl":
        raise ClearwayError(
            Diagnostic(
                code="template",
                message=f"{shown(named)} is a template, not a topology",
                hint="let containerlab render it, and give the *.clab.yml that comes out",
                position=Position(shown(named)),
            )
        )


def _refuse_no_folder(folder: Path, hint: str) -> None:
    if not folder.is_dir():
        raise ClearwayError(
            Diagnostic(code="no-folder", message=f"{folder} is not a folder", hint=hint, position=Position(str(folder)))
        )


def _cannot_read(path: Path, error: OSError) -> ClearwayError:
    return ClearwayError(
        Diagnostic(
            code="cannot-read",
            message=f"{shown(path)}: {error.strerror}",
            hint="check who may read it",
            position=Position(shown(path)),
        )
    )


def shown(path: Path) -> str:
    """A path as messages name it: as it would be typed here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_text(path: Path) -> str:
    """A file's text. Raises ClearwayError: not there, too large, not UTF-8."""

    def fault(code: str, message: str, hint: str) -> ClearwayError:
        return ClearwayError(Diagnostic(code=code, message=message, hint=hint, position=Position(shown(path))))

    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise fault("file-too-large", f"{shown(path)} is larger than 8 MiB", "split it into several files")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise fault("not-utf-8", f"{shown(path)} is not UTF-8 text", "save it as UTF-8") from error
    except OSError as error:
        raise _cannot_read(path, error) from error
