"""Where the intents come from: a folder, or a branch of a git repository. Both give texts and take new ones.

Git is read and written with dulwich, object by object: no working tree, no shell, no hooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

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
    """Reads the project, and writes one file of it."""

    def snapshot(self) -> Snapshot:
        """What is written now. Raises ClearwayError."""

    def write(self, path: str, text: str | None, *, author: str, message: str, expected: str) -> str:
        """Write (text) or remove (None) a file under the project, if the revision is still `expected`.

        Returns the new revision. Raises ClearwayError when the source has moved.
        """


class FolderSource:
    """A plain folder. It has no revisions: the last writer wins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def snapshot(self) -> Snapshot:
        """Read the folder."""
        return Snapshot(revision="", project=read_project(self._folder))

    def write(self, path: str, text: str | None, *, author: str, message: str, expected: str) -> str:  # noqa: ARG002
        """Write or remove the file, atomically."""
        target = self._folder / path
        try:
            if text is None:
                target.unlink(missing_ok=True)
                return ""
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_suffix(".new")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(target)
        except OSError as error:
            raise _fault("source-read-only", f"{target} cannot be written: {error.strerror}", str(target)) from error
        return ""


class GitSource:
    """A branch of a local git repository, and a folder in it."""

    def __init__(self, repository: Path, branch: str, folder: str = "") -> None:
        self._path = repository
        self._ref = Ref(f"refs/heads/{branch}".encode())
        self._branch = branch
        self._folder = folder.strip("/")

    def snapshot(self) -> Snapshot:
        """The texts of the branch's newest commit."""
        with self._open() as repo:
            commit = self._head(repo)
            files = {p: t for p, t in _files(repo, commit.tree, "") if self._wanted(p)}
            root = self._path / self._folder
            return Snapshot(
                revision=commit.id.decode(),
                project=project_of(root, files),
                author=commit.author.decode(errors="replace"),
                subject=commit.message.decode(errors="replace").splitlines()[0] if commit.message else "",
            )

    def write(self, path: str, text: str | None, *, author: str, message: str, expected: str) -> str:
        """Add a commit to the branch that writes or removes the file."""
        with self._open() as repo:
            head = self._head(repo)
            if head.id.decode() != expected:
                raise _fault(
                    "source-moved", f"{self._branch} has moved to {head.id.decode()[:12]} meanwhile", str(self._path)
                )
            full = f"{self._folder}/{path}" if self._folder else path
            tree = _with(repo, cast("Tree", repo[head.tree]), full.split("/"), text)
            commit = repo.get_worktree().commit(
                message=message.encode(),
                author=author.encode(),
                committer=b"Clearway <clearway@localhost>",
                tree=tree,
                ref=self._ref,
                no_verify=True,
            )
            return cast("bytes", commit).decode()

    def _open(self) -> Repo:
        try:
            return Repo(str(self._path))
        except Exception as error:
            raise _fault("no-repository", f"{self._path} is not a git repository", str(self._path)) from error

    def _head(self, repo: Repo) -> Commit:
        try:
            return cast("Commit", repo[repo.refs[self._ref]])
        except KeyError as error:
            raise _fault("no-branch", f"{self._path} has no branch {self._branch}", str(self._path)) from error

    def _wanted(self, path: str) -> bool:
        inside = path.removeprefix(f"{self._folder}/") if self._folder else path
        if self._folder and inside == path:
            return False
        return path.endswith((".yaml", ".yml")) and ("/" not in inside or inside.startswith("intents/"))


def _files(repo: Repo, tree_id: ObjectID, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in cast("Tree", repo[tree_id]).iteritems():
        path = prefix + entry.path.decode(errors="replace")
        item = repo[entry.sha]
        if isinstance(item, Tree):
            found += _files(repo, entry.sha, path + "/")
        elif isinstance(item, Blob) and path.endswith((".yaml", ".yml")):
            found.append((path, item.data.decode("utf-8", errors="replace")))
    return found


def _with(repo: Repo, tree: Tree, parts: list[str], text: str | None) -> ObjectID:
    """The id of `tree` with the file at `parts` written or removed."""
    name = parts[0].encode()
    copy = Tree.from_string(tree.as_raw_string())
    if len(parts) == 1:
        if text is None:
            if name in copy:
                del copy[name]
        else:
            blob = Blob.from_string(text.encode())
            repo.object_store.add_object(blob)
            copy.add(name, 0o100644, blob.id)
    else:
        below = cast("Tree", repo[copy[name][1]]) if name in copy else Tree()
        copy.add(name, 0o040000, _with(repo, below, parts[1:], text))
    repo.object_store.add_object(copy)
    return copy.id


def _fault(code: str, message: str, where: str) -> ClearwayError:
    hints = {
        "source-moved": "look at the newer commit and send the change again",
        "no-branch": "name an existing branch with --branch",
        "no-repository": "give the path of a git repository with --git",
    }
    return ClearwayError(Diagnostic(code=code, message=message, hint=hints.get(code, ""), position=Position(where)))


def with_file(project: Project, path: str, text: str | None) -> Project:
    """The project as it would be with the file written or removed."""
    prefix = "" if project.root == Path() else f"{_prefix(project)}"
    files: Mapping[str, str] = {k: v for k, v in project.files.items() if k != prefix + path}
    return project_of(project.root, files if text is None else {**files, prefix + path: text})


def _prefix(project: Project) -> str:
    """What the shown paths begin with: that of the campus file."""
    tops = [p for p in project.files if "/intents/" not in f"/{p}"]
    return tops[0].rpartition("/")[0] + "/" if tops and "/" in tops[0] else ""
