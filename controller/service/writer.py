"""Changing the texts for somebody who calls: in a plain folder here, as commits in `rollout`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from controller.operations import Applied, Planned
from controller.project import Project
from controller.service.engine import Engine, Terms
from controller.service.rollout.entry import Entry
from controller.service.source import FolderSource, Snapshot, with_file
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.plan import Plan

Files = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """files: path under the project -> its text, None: removed. check: raises ClearwayError where the texts that are
    there now forbid it. terms: of the change of the network."""

    files: Files
    author: str
    message: str
    check: Callable[[Snapshot], object] = lambda _: None
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """snapshot: the texts with it. planned: before it. done: None, it waits, as its entry says. entry: of the commit,
    None in a folder."""

    snapshot: Snapshot
    planned: Planned
    done: Applied | None
    entry: Entry | None = None

    @property
    def plan(self) -> Plan:
        """What changed, or would."""
        return self.planned.plan if self.done is None else self.done.plan


class Writer(Protocol):
    """All or nothing, texts and network. Everything raises ClearwayError."""

    def make(self, edit: Edit) -> Made:
        """Change texts, and the network with them."""

    def commits(self) -> tuple[Entry, ...]:
        """Every commit that is known, the newest first."""

    def approve(self, prefix: str, by: str, permits: Sequence[str]) -> Entry:
        """Let a commit pass that waits."""

    def revert(self, prefix: str, author: str, still_wanted: Callable[[], bool]) -> Made:
        """Take back what a commit changed, by another."""


class FolderWriter:
    """Writes the files once it is planned, makes the network so, and writes back what was there if that fails."""

    def __init__(self, source: FolderSource, engine: Engine) -> None:
        self._source, self._engine = source, engine

    def make(self, edit: Edit) -> Made:
        """See Writer. The texts stand before the network is touched: whatever dies, they say what is wanted."""
        with self._engine.exclusively():
            before = self._source.snapshot()
            edit.check(before)
            project = before.project
            for path, text in edit.files.items():
                project = with_file(project, path, text)
            kept = {path: _text_at(before.project, path) for path in edit.files}
            wanted = Snapshot(revision="", project=project, author=edit.author, subject=edit.message)
            written: list[Planned] = []

            def write(planned: Planned) -> None:
                written.append(planned)
                self._write(edit.files)

            terms = replace(edit.terms, planned=write)
            try:
                done = self._engine.apply(wanted, by=edit.author, cause="api", terms=terms)
            except ClearwayError:
                if written:
                    self._write(kept)
                raise
        return Made(snapshot=wanted, planned=written[0], done=done)

    def _write(self, files: Files) -> None:
        for path, text in files.items():
            self._source.write(path, text)

    def commits(self) -> tuple[Entry, ...]:
        """A folder has none."""
        raise ClearwayError(_NO_GIT)

    def approve(self, prefix: str, by: str, permits: Sequence[str]) -> Entry:  # noqa: ARG002 - as of Writer
        """A folder has none."""
        raise ClearwayError(_NO_GIT)

    def revert(self, prefix: str, author: str, still_wanted: Callable[[], bool]) -> Made:  # noqa: ARG002 - as of Writer
        """A folder has none."""
        raise ClearwayError(_NO_GIT)


def _text_at(project: Project, path: str) -> str | None:
    return next((text for name, text in project.files.items() if name == path or name.endswith(f"/{path}")), None)


def writable(writer: Writer | None) -> Writer:
    """The writer. Raises ClearwayError where a service has none."""
    if writer is None:
        raise ClearwayError(
            Diagnostic(code="source-read-only", message="this service changes no texts", hint="ask another")
        )
    return writer


_NO_GIT = Diagnostic(
    code="no-git", message="this service follows a folder, not a git repository", hint="serve it with --git REPO"
)
