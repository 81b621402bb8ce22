"""New commits: trees with some files otherwise, and who wrote them. Objects only; moving a branch is `branch`'s."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Final, cast

from dulwich.file import FileLocked
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.repo import Repo

from controller.git.objects import fault

COMMITTER: Final = "Clearway <clearway@localhost>"
Signer = Callable[[bytes], bytes]  # the bytes of a commit -> its armoured signature
_AUTHOR: Final = re.compile(r"[^<>\x00-\x1f\x7f]+ <[^<>\s\x00-\x1f\x7f]*>")
_TRIES: Final = 100
_PAUSE_S: Final = 0.02
_FILE: Final = 0o100644
_FOLDER: Final = 0o040000


def checked_author(author: str) -> bytes:
    """The author as git writes it. Raises ClearwayError for what is not `Name <mail>`."""
    if not _AUTHOR.fullmatch(author) or len(author) > 300:
        raise fault(
            "bad-author",
            f"{author[:60]!r} is not an author",
            "write it as `Name <mail@example.org>`",
            "<none>",
        )
    return author.encode()


def keep(repo: Repo, thing: ShaFile) -> None:
    """Write an object. Raises ClearwayError where that cannot be done."""
    for _ in range(_TRIES):
        try:
            repo.object_store.add_object(thing)
        except FileLocked:  # somebody writes the very same object just now
            time.sleep(_PAUSE_S)
        except OSError as error:
            raise fault(
                "source-read-only",
                f"{repo.path} cannot be written: {error.strerror}",
                "look at who may write there, and at the room on the disk",
                str(repo.path),
            ) from error
        else:
            return
    raise fault(
        "source-read-only",
        f"an object in {repo.path} is locked",
        "a program died there: remove what ends with .lock below `objects`",
        str(repo.path),
    )


def with_files(repo: Repo, tree: ObjectID, files: Mapping[str, bytes | None]) -> ObjectID:
    """The tree with these files written, or removed where None; a folder that is left empty goes too."""
    top = cast("Tree", repo[tree])
    for path, data in sorted(files.items()):
        top = _with_file(repo, top, path.split("/"), data) or Tree()
    keep(repo, top)
    return top.id


def _with_file(repo: Repo, tree: Tree, parts: list[str], data: bytes | None) -> Tree | None:
    name = parts[0].encode()
    copy = Tree()
    for entry in tree.iteritems():
        if entry.path != name:
            copy.add(entry.path, entry.mode, entry.sha)
    if len(parts) > 1:
        below = repo[tree[name][1]] if name in tree else Tree()
        inner = _with_file(repo, below if isinstance(below, Tree) else Tree(), parts[1:], data)
        if inner is not None:
            keep(repo, inner)
            copy.add(name, _FOLDER, inner.id)
    elif data is not None:
        blob = Blob.from_string(data)
        keep(repo, blob)
        copy.add(name, tree[name][0] if name in tree else _FILE, blob.id)
    return copy if len(copy) else None


def write_commit(
    repo: Repo, tree: ObjectID, parents: list[str], *, author: str, message: str, signer: Signer | None = None
) -> str:
    """A commit as an object that no branch names yet; its id. Raises ClearwayError for a bad author."""
    commit = Commit()
    commit.tree = tree
    commit.parents = [ObjectID(p.encode()) for p in parents]
    commit.author = checked_author(author)
    commit.committer = COMMITTER.encode()
    commit.commit_time = commit.author_time = int(time.time())
    commit.commit_timezone = commit.author_timezone = 0
    commit.message = message.encode() + (b"" if message.endswith("\n") else b"\n")
    if signer is not None:
        commit.gpgsig = signer(commit.as_raw_string()).rstrip(b"\n")
    keep(repo, commit)
    return commit.id.decode()
