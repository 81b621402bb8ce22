"""Commands about the commits of the branch that a service follows: commits, approve, revert."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from controller import present
from controller.calendar import now
from controller.cli import output
from controller.cli.commands import common, remote
from controller.cli.commands.common import faults_as
from controller.git.branch import LocalBranch, Moved
from controller.git.objects import commit_at, commit_named, fault, subject_of
from controller.git.writing import with_files, write_commit
from controller.service.rollout.entry import WORDS, Entry, State, entry_of
from controller.service.rollout.ledger import PERMITS, Ledger
from controller.state.folder import store_of

_BRANCH = click.option("--branch", default="main", show_default=True, help="The branch that is followed.")
_REPOSITORY = click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
_COLOURS = {State.HOLDING: "green", State.REFUSED: "red", State.FAILED: "red", State.NOT_HOLDING: "red"}


def _ledger(folder: Path, branch: str) -> Ledger:
    return Ledger(store_of(folder).records, branch)


@click.command(short_help="How far each commit of the branch has come.")
@_REPOSITORY
@_BRANCH
@remote.option
@common.as_json
def commits(folder: Path, branch: str, server: str | None, *, as_json: bool) -> None:
    """How far each commit has come that a service has seen on the branch of the repository DIR, the newest first."""
    if server is not None:
        with remote.asked(server, as_json=as_json) as client:
            found = tuple(map(entry_of, client.commits()))
    else:
        with faults_as(as_json=as_json):
            found = _ledger(folder, branch).all()
    if as_json:
        output.print_json(present.result(ok=True, commits=[e.record() for e in found]))
        return
    for entry in found:
        _print(entry)
    if not found:
        output.err.print("no commit is known here: is this the repository that `clearway serve --git` follows?")


def _print(entry: Entry) -> None:
    colour = _COLOURS.get(entry.state, "yellow" if entry.superseded == "" else "dim")
    output.out.print(
        output.assemble((entry.commit[:12], "bold"), "  ", (WORDS[entry.state], colour), f"  {entry.subject}")
    )
    if entry.by:
        output.out.print(f"    approved by {entry.by}")
    for found in entry.faults:
        place = "" if found["file"] == "<none>" else f"{found['file']}:{found['line']}:{found['column']}: "
        output.out.print(output.styled(f"    {place}{found['message']} [{found['code']}]", "dim"))


@click.command(short_help="Let a commit pass that waits for it.")
@click.argument("commit", metavar="COMMIT")
@_REPOSITORY
@_BRANCH
@click.option("--by", metavar="NAME", help="Who approves; you, if not said.")
@click.option(
    "--allow", "permits", multiple=True, type=click.Choice(sorted(PERMITS)), help="What it may do; repeatable."
)
@remote.option
@common.as_json
def approve(
    commit: str,
    folder: Path,
    branch: str,
    by: str | None,
    permits: tuple[str, ...],
    server: str | None,
    *,
    as_json: bool,
) -> None:
    """Let a commit pass that waits, or that was refused for what --allow permits. The service that follows the
    repository DIR carries it out at its next look; one that is asked by --server, at once."""
    if server is not None:
        remote.refuse_beside(by=by)
        with remote.asked(server, as_json=as_json) as client:
            found = client.approve(commit, permits)
        _tell(f"{found['commit'][:12]} {found['subject']}: {found['state']}", {"commit": found}, as_json=as_json)
        return
    with faults_as(as_json=as_json):
        entry = _ledger(folder, branch).approve(commit, by or getpass.getuser(), permits, now())
    _tell(f"approved {entry.commit[:12]} {entry.subject}", {"commit": entry.record()}, as_json=as_json)


@click.command(short_help="Take back what a commit changed, by another.")
@click.argument("commit", metavar="COMMIT")
@_REPOSITORY
@_BRANCH
@click.option("--project", default="", help="The project's folder in the repository.")
@click.option("--author", metavar="NAME <MAIL>", help="Who reverts; you, if not said.")
@remote.option
@common.as_json
def revert(
    commit: str,
    folder: Path,
    branch: str,
    project: str,
    author: str | None,
    server: str | None,
    *,
    as_json: bool,
) -> None:
    """Write the inverse of a commit's texts as a new commit on the branch of the repository DIR. The service that
    follows it carries it out like any other."""
    if server is not None:
        remote.refuse_beside(project=project, author=author)
        with remote.asked(server, as_json=as_json) as client:
            found = client.revert(commit)
        _tell(f"{found['commit'][:12]} {found['subject']}: {found['state']}", {"commit": found}, as_json=as_json)
        return
    with faults_as(as_json=as_json):
        made, subject = _reverted(commit, folder, branch, project, author or f"{getpass.getuser()} <>")
    _tell(f"committed {made[:12]} {subject}", {"commit": {"commit": made, "subject": subject}}, as_json=as_json)


def _reverted(commit: str, folder: Path, branch: str, project: str, author: str) -> tuple[str, str]:
    from controller.service.rollout.edit import blobs, inverse  # noqa: PLC0415 - loads the engine

    at = LocalBranch(str(folder), branch)
    with at.open() as repo:
        head = at.head(repo)
        if head is None:
            raise fault("no-branch", f"{folder} has no branch {branch}", "name an existing one: --branch", str(folder))
        found = commit_named(repo, head, commit)
        files = blobs(inverse(repo, found.id.decode(), head, project.strip("/")), project.strip("/"))
        tree = with_files(repo, commit_at(repo, head).tree, files)
        subject = f'Revert "{subject_of(found)}"'
        message = f"{subject}\n\nThis reverts commit {found.id.decode()}.\n"
        made = write_commit(repo, tree, [head], author=author, message=message)
        try:
            at.publish(repo, made, head)
        except Moved as error:
            raise fault("source-moved", f"{branch} moved meanwhile", "run it again", str(folder)) from error
    return made, subject


def _tell(text: str, about: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        output.print_json(present.result(ok=True, **about))
    else:
        output.err.print(text)
