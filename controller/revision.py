"""At which commit a project's texts are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def revision_of(files: Mapping[str, str]) -> str:
    """The commit checked out where the texts (path -> text) lie, `+` behind it where one of them differs from it; empty
    outside of git."""
    from dulwich.errors import NotGitRepository  # noqa: PLC0415 - for those who ask only
    from dulwich.object_store import tree_lookup_path  # noqa: PLC0415
    from dulwich.objects import Blob, Commit  # noqa: PLC0415
    from dulwich.repo import Repo  # noqa: PLC0415

    if not files:
        return ""
    try:
        repo = Repo.discover(str(Path(min(files)).resolve().parent))
        head = repo.head()
        commit = repo[head]
    except (NotGitRepository, KeyError):
        return ""
    if not isinstance(commit, Commit):
        return ""
    root = Path(repo.path).resolve()
    for path, text in files.items():
        try:
            inside = Path(path).resolve().relative_to(root).as_posix()
            _, blob = tree_lookup_path(repo.get_object, commit.tree, inside.encode())
        except (KeyError, ValueError, OSError):
            return f"{head.decode()}+"
        if Blob.from_string(text.encode()).id != blob:
            return f"{head.decode()}+"
    return head.decode()
