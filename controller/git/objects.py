"""What is in a repository: the branch's commit, who descends from whom, and texts in a tree."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from dulwich.diff_tree import tree_changes
from dulwich.errors import NotGitRepository
from dulwich.graph import can_fast_forward
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import Repo

from controller.project import MAX_FILE_BYTES, MAX_FILES
from intents.model.diagnostic import ClearwayError, Diagnostic, Position

TEXTS: Final = (b".yaml", b".yml")
INTENTS: Final = b"intents"


def fault(code: str, message: str, hint: str, where: str) -> ClearwayError:
    """One diagnostic as an error."""
    return ClearwayError(Diagnostic(code=code, message=message, hint=hint, position=Position(where)))


def opened(path: str) -> Repo:
    """The repository at a path; close it. Raises ClearwayError."""
    try:
        return Repo(path)
    except (NotGitRepository, OSError, ValueError, KeyError) as error:
        raise fault(
            "no-repository", f"{path} is not a git repository", "give the path of a git repository, or its URL", path
        ) from error


def commit_at(repo: Repo, name: str) -> Commit:
    """The commit with this id in full. Raises ClearwayError."""
    try:
        found = repo[ObjectID(name.encode())]
    except (KeyError, ValueError, AssertionError):
        found = None
    if not isinstance(found, Commit):
        raise fault("no-commit", f"there is no commit {name} in {repo.path}", "look with `git log`", str(repo.path))
    return found


def commit_named(repo: Repo, head: str, prefix: str) -> Commit:
    """The commit of the branch whose id begins so (4 letters at least). Raises ClearwayError."""
    found: list[Commit] = []
    if len(prefix) >= 4:
        walk = repo.get_walker(include=[ObjectID(head.encode())])
        found = [entry.commit for entry in walk if entry.commit.id.decode().startswith(prefix.lower())]
    if len(found) == 1:
        return found[0]
    many = f"{len(found)} commits of the branch begin with {prefix}" if found else f"no commit is called {prefix}"
    raise fault("no-commit", many, "give the id as `clearway commits` or `git log` shows it", str(repo.path))


def new_commits(repo: Repo, old: str, new: str) -> tuple[Commit, ...]:
    """The commits that lead to `new` and not to `old`, parents before children."""
    walk = repo.get_walker(include=[ObjectID(new.encode())], exclude=[ObjectID(old.encode())], order="topo")
    return tuple(reversed([entry.commit for entry in walk]))


def descends(repo: Repo, new: str, old: str) -> bool:
    """Whether `new` is `old` or comes after it. False also where `old` is not kept any more."""
    try:
        return can_fast_forward(repo, ObjectID(old.encode()), ObjectID(new.encode()))
    except (KeyError, AssertionError):
        return False


@dataclass(frozen=True, slots=True)
class Texts:
    """files: path in the repository -> text. faults: what is no text, and why."""

    files: dict[str, str]
    faults: tuple[Diagnostic, ...]


def texts_of(repo: Repo, commit: Commit, folder: str) -> Texts:
    """The YAML texts of a project in a commit: those beside the campus, and all below `intents`. Never raises for what
    somebody committed: what cannot be read as text is a fault."""
    files: dict[str, str] = {}
    faults: list[Diagnostic] = []
    top = _folder(repo, commit, folder)
    entries = _project_entries(repo, top, folder) if top is not None else ()
    for number, (path, mode, name) in enumerate(entries):
        if number == MAX_FILES:
            faults.append(_said("too-many-files", folder or ".", f"more than {MAX_FILES} YAML files", _CAMPUS))
            break
        try:
            files[_decoded(path)] = _text(repo, _decoded(path), mode, name)
        except ClearwayError as error:
            faults += error.diagnostics
    return Texts(files, tuple(faults))


_CAMPUS: Final = "point Clearway at the folder of one campus"


def _folder(repo: Repo, commit: Commit, folder: str) -> Tree | None:
    tree = cast("Tree", repo[commit.tree])
    for part in (p for p in folder.split("/") if p):
        try:
            below = repo[tree[part.encode()][1]]
        except KeyError:
            return None
        if not isinstance(below, Tree):
            return None
        tree = below
    return tree


Entry = tuple[bytes, int, ObjectID]


def _project_entries(repo: Repo, top: Tree, folder: str) -> Iterator[Entry]:
    """Files with the ending of a text; and of `intents` also what is no file and no folder."""
    prefix = f"{folder}/".encode() if folder else b""
    for entry in top.iteritems():
        if entry.path == INTENTS and stat.S_ISDIR(entry.mode):
            yield from _below(repo, entry.sha, prefix + INTENTS + b"/")
        elif entry.path == INTENTS or (entry.path.endswith(TEXTS) and not stat.S_ISDIR(entry.mode)):
            yield prefix + entry.path, entry.mode, entry.sha


def _below(repo: Repo, tree: ObjectID, prefix: bytes) -> Iterator[Entry]:
    for entry in cast("Tree", repo[tree]).iteritems():
        path = prefix + entry.path
        if stat.S_ISDIR(entry.mode):
            yield from _below(repo, entry.sha, path + b"/")
        elif entry.path.endswith(TEXTS) or not stat.S_ISREG(entry.mode):
            yield path, entry.mode, entry.sha


def _text(repo: Repo, path: str, mode: int, name: ObjectID) -> str:
    if stat.S_ISLNK(mode):
        raise fault("git-symlink", f"{path} is a symbolic link", "commit the file itself: links are not followed", path)
    if not stat.S_ISREG(mode):
        raise fault("git-submodule", f"{path} is another repository (a submodule)", "commit the files themselves", path)
    try:
        data = cast("Blob", repo[name]).data
    except KeyError as error:
        raise fault(
            "git-object-missing", f"{path} is not in the repository", "run `git fsck` where it was pushed from", path
        ) from error
    if len(data) > MAX_FILE_BYTES:
        raise fault("file-too-large", f"{path} is larger than 8 MiB", "split it into several files", path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise fault("not-utf-8", f"{path} is not UTF-8 text", "save it as UTF-8", path) from error


def _decoded(path: bytes) -> str:
    """The path; bytes that are no UTF-8 are shown as hexadecimal escapes."""
    return path.decode("utf-8", errors="backslashreplace")


def _said(code: str, where: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, hint=hint, position=Position(where))


def changed_paths(repo: Repo, before: ObjectID | None, after: ObjectID) -> tuple[str, ...]:
    """The files that differ between two trees, sorted."""
    found = set()
    for change in tree_changes(repo.object_store, before, after):
        for side in (change.old, change.new):
            if side is not None and side.path is not None:
                found.add(_decoded(side.path))
    return tuple(sorted(found))


def file_at(repo: Repo, tree: ObjectID, path: str) -> bytes | None:
    """The bytes of one file in a tree, or None."""
    item = repo[tree]
    for part in path.split("/"):
        if not isinstance(item, Tree):
            return None
        try:
            item = repo[item[part.encode()][1]]
        except KeyError:
            return None
    return item.data if isinstance(item, Blob) else None


def subject_of(commit: Commit) -> str:
    """The first line of its message."""
    lines = commit.message.decode(errors="replace").strip().splitlines()
    return lines[0] if lines else ""


def author_of(commit: Commit) -> str:
    """`Name <mail>`."""
    author: str = commit.author.decode(errors="replace")
    return author
