"""A branch as the engine's source: the project in a commit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dulwich.repo import Repo

from controller.git.branch import Branch
from controller.git.objects import author_of, commit_at, fault, subject_of, texts_of
from controller.project import project_of
from controller.service.source import Snapshot


class GitSource:
    """root: what relative files of secrets are relative to. The newest texts are kept, so that a look is cheap."""

    def __init__(self, branch: Branch, folder: str, root: Path) -> None:
        self.branch = branch
        self.folder = folder.strip("/")
        self._root = root
        self._kept: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The texts of the branch's newest commit. Raises ClearwayError."""
        with self.branch.open() as repo:
            return self.at(repo, self.head(repo))

    def head(self, repo: Repo) -> str:
        """The newest commit. Raises ClearwayError."""
        head = self.branch.head(repo)
        if head is None:
            raise fault(
                "no-branch",
                f"{self.branch.where} has no branch {self.branch.name}",
                "name an existing branch, or push it again; what was applied last stays in force",
                self.branch.where,
            )
        return head

    def at(self, repo: Repo, commit: str) -> Snapshot:
        """The texts of a commit, whatever somebody wrote: what is wrong is in the project's diagnostics."""
        kept = self._kept
        if kept is not None and kept.revision == commit:
            return kept
        found = commit_at(repo, commit)
        texts = texts_of(repo, found, self.folder)
        project = project_of(self._root, texts.files)
        if texts.faults:
            project = replace(project, diagnostics=(*texts.faults, *project.diagnostics))
        self._kept = Snapshot(revision=commit, project=project, author=author_of(found), subject=subject_of(found))
        return self._kept
