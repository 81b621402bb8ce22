"""The branch that is followed: where it stands, and moving it on only from where it was thought to stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from dulwich.file import FileLocked
from dulwich.objects import ObjectID
from dulwich.protocol import ZERO_SHA
from dulwich.refs import Ref
from dulwich.repo import Repo

from controller.git.objects import opened


class Moved(Exception):
    """A ref is not where it was expected: somebody else was faster."""


class Branch(Protocol):
    """where: as shown to people. Any thread may use it, one at a time."""

    where: str
    name: str

    def refresh(self) -> None:
        """Look again where it lies elsewhere. Raises ClearwayError while that is out of reach; what was there stays."""

    @contextmanager
    def open(self) -> Iterator[Repo]:
        """The repository with the branch's objects."""

    def head(self, repo: Repo) -> str | None:
        """The commit that the branch stands at; None: there is no such branch."""

    def publish(self, repo: Repo, commit: str, expected: str) -> None:
        """Move the branch from `expected` to a commit. Raises Moved, ClearwayError; then it has not moved."""

    def notes(self, repo: Repo, ref: bytes) -> str | None:
        """The commit that a notes ref stands at, as known here."""

    def publish_notes(self, repo: Repo, ref: bytes, commit: str, expected: str | None) -> None:
        """Move a notes ref likewise."""


class LocalBranch:
    """A branch of a repository on this machine."""

    def __init__(self, path: str, name: str) -> None:
        self.where, self.name = path, name
        self._ref = Ref(f"refs/heads/{name}".encode())

    def refresh(self) -> None:
        """What is here is always as it is."""

    @contextmanager
    def open(self) -> Iterator[Repo]:
        """The repository itself."""
        with opened(self.where) as repo:
            yield repo

    def head(self, repo: Repo) -> str | None:
        """Where the ref stands."""
        return standing(repo, self._ref)

    def publish(self, repo: Repo, commit: str, expected: str) -> None:
        """By a lock on the ref, as git itself does it."""
        move(repo, self._ref, commit, expected)

    def notes(self, repo: Repo, ref: bytes) -> str | None:
        """Where the ref stands."""
        return standing(repo, Ref(ref))

    def publish_notes(self, repo: Repo, ref: bytes, commit: str, expected: str | None) -> None:
        """The same for notes."""
        move(repo, Ref(ref), commit, expected)


def standing(repo: Repo, ref: Ref) -> str | None:
    """The commit of a ref, or None."""
    try:
        return repo.refs[ref].decode()
    except KeyError:
        return None


def move(repo: Repo, ref: Ref, commit: str, expected: str | None) -> None:
    """Compare and swap. Raises Moved, also where somebody holds the ref's lock just now."""
    old = ObjectID(expected.encode()) if expected is not None else ZERO_SHA
    try:
        swapped = repo.refs.set_if_equals(ref, old, ObjectID(commit.encode()), message=b"clearway")
    except (FileLocked, OSError) as error:
        raise Moved from error
    if not swapped:
        raise Moved
