"""Where the intents come from, as the engine sees it; and a plain folder as one such source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from controller.project import Project, project_of, read_project
from intents.model.diagnostic import ClearwayError, Diagnostic, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The texts at one moment. revision: commit id, or "" for a folder."""

    revision: str
    project: Project
    author: str = ""
    subject: str = ""


class Source(Protocol):
    """Reads the project."""

    def snapshot(self) -> Snapshot:
        """What is written now. Raises ClearwayError."""


class FolderSource:
    """A plain folder. It has no revisions: the last writer wins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def snapshot(self) -> Snapshot:
        """Read the folder."""
        return Snapshot(revision="", project=read_project(self._folder))

    def write(self, path: str, text: str | None) -> None:
        """Write (text) or remove (None) a file under the project, whole or not at all. Raises ClearwayError."""
        target = self._folder / path
        try:
            if text is None:
                target.unlink(missing_ok=True)
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_suffix(".new")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(target)
        except OSError as error:
            raise _fault("source-read-only", f"{target} cannot be written: {error.strerror}", str(target)) from error


def _fault(code: str, message: str, where: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code=code, message=message, position=Position(where)))


def with_file(project: Project, path: str, text: str | None) -> Project:
    """The project as it would be with the file written or removed."""
    prefix = "" if project.root == Path() else f"{_prefix(project)}"
    files: Mapping[str, str] = {k: v for k, v in project.files.items() if k != prefix + path}
    return project_of(project.root, files if text is None else {**files, prefix + path: text})


def _prefix(project: Project) -> str:
    """What the shown paths begin with: that of the campus file."""
    tops = [p for p in project.files if "/intents/" not in f"/{p}"]
    return tops[0].rpartition("/")[0] + "/" if tops and "/" in tops[0] else ""
