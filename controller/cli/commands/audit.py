"""`clearway audit`: whether the log is as it was written, and what is in it."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import click

from controller.audit import anchors, files
from controller.audit import show as showing
from controller.audit.chain import Head
from controller.audit.check import Checked, check, records
from controller.audit.log import AuditLog
from controller.calendar import instant
from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import faults_as
from controller.present import result
from controller.state.folder import store_of
from intents.model.diagnostic import ClearwayError, Diagnostic, Position

_path = click.argument("path", metavar="[DIR|FILE]", type=click.Path(path_type=Path), default=".")


@click.group(short_help="The log of who had what changed, and whether it is whole.")
def audit() -> None:
    """The audit log: who had what changed on which device, for which intent, and who was refused."""


@audit.command(short_help="Check that no record was altered, deleted, moved or cut off.")
@_path
@click.option(
    "--anchor", "given", metavar="N:HASH", multiple=True, help="A record as it was told elsewhere; repeatable."
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The settings of a service: its log, and its state in PostgreSQL too.",
)
@common.as_json
def verify(path: Path, given: tuple[str, ...], config: Path | None, *, as_json: bool) -> None:
    """Check the log of a project, a folder of its files, or one file. Exit 1 when something is not as it was written.

    That records at the end are gone shows only against what others know: the state's journal and records (taken by
    itself for a project, or with --config for a service), and each --anchor.
    """
    with faults_as(as_json=as_json):
        known: dict[str, list[Head]] = {}
        if given:
            known["--anchor"] = [anchors.named(text) for text in given]
        if config is not None:
            from controller.backup.reached import reached_by  # noqa: PLC0415 - psycopg, for which nobody else waits

            store = reached_by(path, config)
            path = store.folder / files.FOLDER
            known |= anchors.kept(store, AuditLog(store.folder))
        elif not path.is_file() and not (path / files.CURRENT).exists():
            store = store_of(path)
            known |= anchors.kept(store, AuditLog(store.folder))
        checked = check(_files(path), known, whole=not path.is_file())
        if as_json:
            output.print_json(_as_json(checked))
        else:
            _print(checked)
        if not checked.sound:
            raise click.exceptions.Exit(1)


@audit.command(short_help="Who had what changed: by intent, device, person, time.")
@_path
@click.option("--intent", default="", metavar="NAME", help="Changes that were made for this intent.")
@click.option("--device", default="", metavar="NAME", help="What this device was sent.")
@click.option("--who", default="", metavar="TEXT", help="Of people and peers whose name has this in it.")
@click.option("--since", metavar="INSTANT", help="Not before, such as 2026-11-26 or 2026-11-26T14:00.")
@common.as_json
def show(path: Path, intent: str, device: str, who: str, since: str | None, *, as_json: bool) -> None:
    """Show records, oldest first; all that are asked for at once must be true of them."""
    with faults_as(as_json=as_json):
        start = (
            instant(since).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if since else ""
        )
        question = showing.Question(intent=intent, device=device, who=who, since=start)
        found = list(showing.chosen(records(_files(path)), question))
        if as_json:
            output.print_json(result(ok=True, records=[showing.as_json(r) for r in found]))
            return
        for record in found:
            output.out.print(output.styled(showing.in_words(record), ""))


def _files(path: Path) -> list[Path]:
    """The files of a log, oldest first. Raises ClearwayError where there is none."""
    if path.is_file():
        return [path]
    found = files.every(path) or files.every(store_of(path).folder / files.FOLDER)
    if not found:
        raise ClearwayError(
            Diagnostic(
                code="no-audit",
                message=f"{path} has no audit log: nothing was changed from there yet",
                hint="give the folder of the project, of the log, or one of its files",
                position=Position(str(path)),
            )
        )
    return found


def _print(checked: Checked) -> None:
    for found in checked.found:
        output.err.print(output.assemble(f"{found.where}: ", (found.fault, "red"), f": {found.what}"))
    if not checked.sound:
        output.err.print(f"{checked.records} records, {len(checked.found)} faults: the log is not as it was written")
        return
    output.out.print(f"{checked.records} records, each as it was written and in its place; the last is {checked.head}")
    if checked.anchored:
        output.out.print(f"    nothing is missing up to record {checked.anchored}, which others know too")
    else:
        output.out.print("    nobody else knows a record of it, so what may be missing at its end does not show")


def _as_json(checked: Checked) -> dict[str, object]:
    return result(
        ok=checked.sound,
        records=checked.records,
        head={"n": checked.head.n, "hash": checked.head.hash},
        anchors=checked.anchors,
        anchored=checked.anchored,
        found=[{"fault": f.fault, "where": f.where, "what": f.what} for f in checked.found],
    )
