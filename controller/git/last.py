"""Who changed a file last, and by which commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from dulwich.objects import ObjectID
from dulwich.repo import Repo

from controller.git.objects import author_of, changed_paths, commit_at

MOST: Final = 2000  # commits that are looked at; of a file that is older nothing is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """author: `Name <address>`; commit: its id."""

    author: str
    commit: str


def last_changes(repo: Repo, head: str, paths: Collection[str]) -> Mapping[str, Written]:
    """By path in the repository. A merge changes nothing by itself. Raises ClearwayError."""
    left = set(paths)
    found: dict[str, Written] = {}
    walk = repo.get_walker(include=[ObjectID(head.encode())], max_entries=MOST)
    for entry in walk:
        if not left:
            break
        commit = entry.commit
        if len(commit.parents) > 1:
            continue
        before = commit_at(repo, commit.parents[0].decode()).tree if commit.parents else None
        touched = left & set(changed_paths(repo, before, commit.tree))
        found |= dict.fromkeys(touched, Written(author=author_of(commit), commit=commit.id.decode()))
        left -= touched
    return found
