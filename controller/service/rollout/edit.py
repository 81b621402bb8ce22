"""A change of texts that comes by the API: a commit first, then the network; if that refuses, the commit's inverse."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from dulwich.objects import ObjectID
from dulwich.repo import Repo

from controller.git.branch import Moved
from controller.git.objects import (
    author_of,
    changed_paths,
    commit_at,
    commit_named,
    fault,
    file_at,
    new_commits,
    subject_of,
)
from controller.git.writing import with_files, write_commit
from controller.operations import refuse_wide
from controller.service.engine import Terms
from controller.service.rollout import inspect
from controller.service.rollout.entry import Entry, State
from controller.service.rollout.rollout import Published, Rollout
from controller.service.source import Snapshot
from controller.service.writer import Edit, Made
from intents.model.diagnostic import ClearwayError, Diagnostic, Position

_TRIES: Final = 5
Blobs = Mapping[str, bytes | None]


class GitWriter:
    """See Writer: by commits on the branch that is followed."""

    def __init__(self, rollout: Rollout) -> None:
        self._rollout = rollout

    def make(self, edit: Edit) -> Made:
        """Commit first, then the network."""
        return make(self._rollout, edit)

    def commits(self) -> tuple[Entry, ...]:
        """As kept."""
        return self._rollout.ledger.all()

    def approve(self, prefix: str, by: str, permits: Sequence[str]) -> Entry:
        """Let it pass, and carry it out."""
        return self._rollout.approve(prefix, by, permits)

    def revert(self, prefix: str, author: str, still_wanted: Callable[[], bool]) -> Made:
        """By its inverse."""
        return revert(self._rollout, prefix, author, still_wanted)


def make(rollout: Rollout, edit: Edit) -> Made:
    """Plan the edit on the newest commit, commit it, carry it out under the policy. Raises ClearwayError; then the
    branch says what it said before, or holds the commit and its inverse."""
    with rollout.lock:
        rollout.step()
        with rollout.source.branch.open() as repo:
            snapshot, published = _publish(rollout, repo, edit)
            if published.done is not None:
                rollout.engine.note("written", token=published.done.token, commit=snapshot.revision, by=edit.author)
            entry = rollout.ledger.get(snapshot.revision)
            if entry is not None and entry.state in (State.REFUSED, State.FAILED, State.PLANNED):
                _take_back(rollout, repo, entry, edit)
                raise ClearwayError(*(_again(f) for f in entry.faults))
            rollout.note(repo)
        return Made(snapshot=snapshot, planned=published.planned, done=published.done, entry=entry)


def revert(rollout: Rollout, prefix: str, author: str, still_wanted: Callable[[], bool] = lambda: True) -> Made:
    """The inverse of a commit's texts as a new commit, carried out like any other. Raises ClearwayError."""
    with rollout.lock:
        rollout.source.branch.refresh()
        with rollout.source.branch.open() as repo:
            head = rollout.source.head(repo)
            commit = commit_named(repo, head, prefix)
            name = commit.id.decode()
            files = inverse(repo, name, head, rollout.source.folder)
            message = f'Revert "{subject_of(commit)}"\n\nThis reverts commit {name}.\n'
        return make(rollout, Edit(files=files, author=author, message=message, terms=Terms(still_wanted=still_wanted)))


def inverse(repo: Repo, name: str, head: str, folder: str) -> dict[str, str | None]:
    """The texts of the project as they were before a commit, by path in it, where it changed them. Raises ClearwayError
    where later commits changed the same files."""
    commit, now = commit_at(repo, name), commit_at(repo, head)
    parent = commit_at(repo, commit.parents[0].decode()).tree if commit.parents else None
    prefix = f"{folder}/" if folder else ""
    paths = [p for p in changed_paths(repo, parent, commit.tree) if p.startswith(prefix)]
    if not paths:
        raise fault("nothing-to-revert", f"{name[:12]} changes no text of the project", "name another", folder or ".")
    later = [p for p in paths if file_at(repo, now.tree, p) != file_at(repo, commit.tree, p)]
    if later:
        raise _conflict(repo, name, head, later[0])
    before = {p: file_at(repo, parent, p) if parent is not None else None for p in paths}
    return {
        p.removeprefix(prefix): None if d is None else d.decode(errors="surrogateescape") for p, d in before.items()
    }


class _Overtaken(ClearwayError):
    """Somebody else was faster on the branch."""


def _publish(rollout: Rollout, repo: Repo, edit: Edit) -> tuple[Snapshot, Published]:
    """The commit, on the branch, and carried out where it need not wait. What others commit meanwhile in other files is
    planned anew upon."""
    first = rollout.source.head(repo)
    for _ in range(_TRIES):
        snapshot, publish = _draft(rollout, repo, edit, first)
        try:
            if rollout.at_once(snapshot):
                return snapshot, rollout.carry_out(repo, snapshot, publish, edit.terms)
            planned = rollout.engine.plan(snapshot.project, edit.terms.permit)
            refuse_wide(planned.plan, planned.operational, snapshot.project.checked_campus(), edit.terms.permit)
            publish()
        except _Overtaken:
            continue
        done = rollout.forward(repo, rollout.seen(repo, snapshot.revision, api=True), edit.terms)
        return snapshot, Published(planned=planned, done=done)
    branch = rollout.source.branch
    raise fault(
        "source-moved",
        f"{branch.name} moved {_TRIES} times while this was planned",
        "send it again; if it stays so, look whether a file `.lock` was left beside the branch in the repository",
        branch.where,
    )


def _draft(rollout: Rollout, repo: Repo, edit: Edit, first: str) -> tuple[Snapshot, Callable[[], None]]:
    """The commit, not on the branch yet, and what puts it there (raises _Overtaken). first: where the branch stood when
    this began."""
    source = rollout.source
    files = blobs(edit.files, source.folder)
    head = source.head(repo)
    if head != first:
        touched = sorted(set(changed_paths(repo, _tree(repo, first), _tree(repo, head))) & set(files))
        if touched:
            raise _conflict(repo, first, head, touched[0])
    edit.check(source.at(repo, head))
    _refuse_on_refused(rollout, head)
    tree = with_files(repo, _tree(repo, head), files)
    commit = write_commit(repo, tree, [head], author=edit.author, message=edit.message, signer=rollout.demands.signer)
    snapshot = source.at(repo, commit)
    _refuse_unsigned(rollout, repo, commit)

    def publish() -> None:
        try:
            source.branch.publish(repo, commit, head)
        except Moved as moved:
            raise _Overtaken from moved

    return snapshot, publish


def blobs(files: Mapping[str, str | None], folder: str) -> Blobs:
    """The files of a project by path in the repository, as bytes."""
    prefix = f"{folder}/" if folder else ""
    return {prefix + p: None if t is None else t.encode(errors="surrogateescape") for p, t in files.items()}


def _tree(repo: Repo, commit: str) -> ObjectID:
    tree: ObjectID = commit_at(repo, commit).tree
    return tree


def _refuse_unsigned(rollout: Rollout, repo: Repo, commit: str) -> None:
    """Clearway's own commits have to count as well, before they are on the branch."""
    if rollout.demands.signers is not None and rollout.demands.signer is None:
        raise fault(
            "no-signing-key",
            "commits must be signed here, and Clearway has no key to sign with",
            "give it one: `signing-key` in the settings, and its public half in the allowed-signers file",
            str(rollout.demands.signers),
        )
    faults = inspect.unsigned((commit_at(repo, commit),), rollout.demands.signers, rollout.source.branch.where)
    if faults:
        raise ClearwayError(*faults)


def _refuse_on_refused(rollout: Rollout, head: str) -> None:
    entry = rollout.ledger.get(head)
    if entry is not None and entry.state is State.REFUSED:
        raise ClearwayError(
            Diagnostic(
                code="branch-refused",
                message=f"{head[:12]} by {entry.author} is the newest commit, and was refused: "
                f"{entry.faults[0]['message'] if entry.faults else ''}",
                hint="mend the branch first, or approve it; then send this again",
            )
        )


def _take_back(rollout: Rollout, repo: Repo, entry: Entry, edit: Edit) -> None:
    """The inverse commit of one that the network refused; where others have changed the same since, theirs stays."""
    for _ in range(_TRIES):
        head = rollout.source.head(repo)
        try:
            files = inverse(repo, entry.commit, head, rollout.source.folder)
        except ClearwayError:
            return
        tree = with_files(repo, _tree(repo, head), blobs(files, rollout.source.folder))
        message = f'Revert "{entry.subject}"\n\nThis reverts commit {entry.commit}: the network did not take it.\n'
        commit = write_commit(repo, tree, [head], author=edit.author, message=message, signer=rollout.demands.signer)
        try:
            rollout.source.branch.publish(repo, commit, head)
        except Moved:
            continue
        rollout.forward(repo, rollout.seen(repo, commit, api=True))
        return


def _conflict(repo: Repo, old: str, new: str, path: str) -> ClearwayError:
    """Which commit, by whom, which lines."""
    before, after = (file_at(repo, _tree(repo, c), path) or b"" for c in (old, new))
    who = next((c for c in reversed(new_commits(repo, old, new)) if _touches(repo, c.id.decode(), path)), None)
    told = f"{who.id.decode()[:12]} by {author_of(who)}" if who is not None else new[:12]
    lines = _lines(before.decode(errors="replace"), after.decode(errors="replace"))
    return ClearwayError(
        Diagnostic(
            code="source-conflict",
            message=f"{path} was changed meanwhile by {told}, lines {lines[0]} to {lines[1]}",
            hint="look at what it says now, and send the change again",
            position=Position(path, lines[0], 1),
        )
    )


def _touches(repo: Repo, commit: str, path: str) -> bool:
    found = commit_at(repo, commit)
    parent = _tree(repo, found.parents[0].decode()) if found.parents else None
    return path in changed_paths(repo, parent, found.tree)


def _lines(before: str, after: str) -> tuple[int, int]:
    """First and last line that differ, in the newer text."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    spans = [(j1 + 1, max(j2, j1 + 1)) for tag, _, _, j1, j2 in matcher.get_opcodes() if tag != "equal"]
    return (spans[0][0], spans[-1][1]) if spans else (1, 1)


def _again(found: Mapping[str, object]) -> Diagnostic:
    return Diagnostic(
        code=str(found["code"]),
        message=str(found["message"]),
        hint=str(found["hint"]),
        position=Position(str(found["file"]), int(str(found["line"])), int(str(found["column"]))),
    )
