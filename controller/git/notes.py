"""`git notes`: what became of a commit, on the commit. In the fan-out that the notes have, beside those of others.

A notes tree maps a commit's id to a blob; with many notes the id is divided into folders of two letters
(git-notes(1), DISCUSSION; notes.c). Any division is read; a new note goes where its neighbours are.
"""

from __future__ import annotations

import re
import stat
from typing import Final, cast

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import Repo

from controller.git.branch import Branch, Moved
from controller.git.objects import fault
from controller.git.writing import COMMITTER, Signer, keep, with_files, write_commit

REF: Final = b"refs/notes/clearway"
_TRIES: Final = 5
_FAN: Final = re.compile(rb"[0-9a-f]{2}")
_MANY: Final = 256  # notes in one folder, from which on git divides it


def note_on(branch: Branch, repo: Repo, commit: str) -> str | None:
    """The text of a commit's note, or None."""
    tip = branch.notes(repo, REF)
    if tip is None:
        return None
    tree = cast("Tree", repo[cast("Commit", repo[ObjectID(tip.encode())]).tree])
    found = _find(repo, tree, commit.encode())
    return None if found is None else cast("Blob", repo[found]).data.decode(errors="replace")


def write_note(branch: Branch, repo: Repo, commit: str, text: str, signer: Signer | None = None) -> None:
    """Write or replace the note of a commit; notes that others write meanwhile stay. Raises ClearwayError."""
    for _ in range(_TRIES):
        tip = branch.notes(repo, REF)
        tree = cast("Commit", repo[ObjectID(tip.encode())]).tree if tip is not None else None
        if tree is None:
            empty = Tree()
            keep(repo, empty)
            tree = empty.id
        path = _path(repo, cast("Tree", repo[tree]), commit.encode()).decode()
        new = with_files(repo, tree, {path: text.encode()})
        if new == tree:
            return
        made = write_commit(
            repo, new, [tip] if tip else [], author=COMMITTER, message=f"On {commit[:12]}", signer=signer
        )
        try:
            branch.publish_notes(repo, REF, made, tip)
        except Moved:
            continue
        return
    raise fault(
        "note-not-written", f"the note on {commit[:12]} met others {_TRIES} times", "it is tried again", branch.where
    )


def _find(repo: Repo, tree: Tree, name: bytes) -> ObjectID | None:
    if name in tree and stat.S_ISREG(tree[name][0]):
        return tree[name][1]
    folder = name[:2]
    if len(name) > 2 and folder in tree and stat.S_ISDIR(tree[folder][0]):
        return _find(repo, cast("Tree", repo[tree[folder][1]]), name[2:])
    return None


def _path(repo: Repo, tree: Tree, name: bytes) -> bytes:
    """Where the note is, or where one belongs."""
    if name in tree:
        return name
    folder = name[:2]
    if folder in tree and stat.S_ISDIR(tree[folder][0]):
        return folder + b"/" + _path(repo, cast("Tree", repo[tree[folder][1]]), name[2:])
    fans = sum(1 for e in tree.iteritems() if _FAN.fullmatch(e.path) and stat.S_ISDIR(e.mode))
    if fans * 2 > len(tree) or len(tree) >= _MANY:
        return folder + b"/" + name[2:]
    return name
