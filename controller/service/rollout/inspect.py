"""What is looked at before a commit may be carried out: its history, signatures, texts, and what it takes away."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from dulwich.objects import Commit
from dulwich.repo import Repo
from dulwich.trailers import parse_trailers

from controller import operations
from controller.git.branch import Branch
from controller.git.objects import author_of, commit_at, descends, new_commits
from controller.git.signers import judge, read_signers
from controller.operations import Permit
from controller.service.rollout.ledger import PERMITS
from controller.service.source import Snapshot
from intents.model.diagnostic import ClearwayError, Diagnostic, Position

ALLOW: Final = "clearway-allow"


def lineage(repo: Repo, branch: Branch, head: str, accepted: str) -> tuple[tuple[Commit, ...], Diagnostic | None]:
    """The commits that are new since the accepted one, oldest first; and whether history was rewritten."""
    if not accepted:
        return (commit_at(repo, head),), None
    if descends(repo, head, accepted):
        return new_commits(repo, accepted, head), None
    commit = commit_at(repo, head)
    refused = Diagnostic(
        code="history-rewritten",
        message=f"{branch.name} was rewritten: {head[:12]} by {author_of(commit)} does not come after {accepted[:12]}, "
        "which was there before",
        hint="put the branch back (`git push --force-with-lease` of the commit that was there), or let somebody "
        f"approve it: clearway approve {head[:12]} --allow rewritten-history",
        position=Position(branch.where),
    )
    return (commit,), refused


def unsigned(commits: tuple[Commit, ...], signers: Path | None, where: str) -> tuple[Diagnostic, ...]:
    """Each commit that nobody who may has signed. Raises ClearwayError where the file of signers is wrong."""
    if signers is None:
        return ()
    allowed = read_signers(signers)
    return tuple(found for c in commits if (found := judge(c, allowed, where)) is not None)


def permits_of(commit: Commit) -> tuple[str, ...]:
    """What a commit asks to be allowed by its trailers `Clearway-Allow: mass-delete`. Raises ClearwayError."""
    _, trailers = parse_trailers(commit.message)
    words = [w for t in trailers if t.key.lower() == ALLOW for w in t.value.replace(",", " ").split()]
    mine = sorted({*PERMITS} - {"rewritten-history"})
    for word in words:
        if word not in mine:
            raise ClearwayError(
                Diagnostic(
                    code="bad-permit",
                    message=f"commit {commit.id.decode()[:12]} asks for '{word}', which no commit can allow itself",
                    hint=f"write one of {', '.join(mine)}",
                )
            )
    return tuple(words)


def permit(words: tuple[str, ...], more: Permit | None = None) -> Permit:
    """The same for the engine, with what is permitted besides."""
    besides = more or Permit()
    return Permit(
        mass_delete="mass-delete" in words or besides.mass_delete,
        disruption="disruption" in words or besides.disruption,
        absent_onus="absent-onus" in words or besides.absent_onus,
    )


def wrong(snapshot: Snapshot, before: Snapshot | None, words: tuple[str, ...], moment: datetime) -> None:
    """Raise ClearwayError for what is wrong in the texts themselves, and where none of the intents is left."""
    project = snapshot.project
    if before is not None and "mass-delete" not in words:
        had = len(before.project.intents) + len(before.project.resting)
        has = len(project.intents) + len(project.resting)
        gone = not any("/intents/" in f"/{path}" for path in project.files)
        if had and (gone or (not has and not project.diagnostics)):
            raise ClearwayError(
                Diagnostic(
                    code="mass-delete",
                    message=f"the commit removes all {had} intents: was the folder emptied by mistake?",
                    hint="put the texts back; if it is meant, write `Clearway-Allow: mass-delete` at the end of the "
                    "message, or approve it with --allow mass-delete",
                )
            )
    operations.offline_or_raise(project.at(moment))
