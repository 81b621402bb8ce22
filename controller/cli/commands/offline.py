"""Commands that need no device: check and capacity."""

from __future__ import annotations

from pathlib import Path

import click

from controller import operations, present
from controller.calendar import now
from controller.cli import output
from controller.cli.capacity_text import print_rooms, print_stocks
from controller.cli.commands import common, remote
from controller.cli.commands.common import faults_as, project_at
from controller.project import Project, read_project
from intents.compile import capacity_and_stock
from intents.model.diagnostic import has_errors


@click.command(short_help="Check the texts offline: syntax, names, promises.")
@common.folder
@common.intents
@common.as_json
def check(folder: Path, intents: Path | None, *, as_json: bool) -> None:
    """Check the texts offline: syntax, names, conflicts, and whether every promise can be kept."""
    with faults_as(as_json=as_json):
        project = read_project(folder, intents)
        found = operations.check(project, now())
    ok = not has_errors(found)
    if as_json:
        output.print_json(present.result(ok=ok, errors=found, summary=_summary(project)))
    else:
        output.print_diagnostics(found)
        if ok:
            s = _summary(project)
            output.out.print(f"ok: {s['intents']} intents for {s['places']} places on {s['onus']} ONUs")
    raise click.exceptions.Exit(0 if ok else 1)


def _summary(project: Project) -> dict[str, int]:
    campus = project.campus
    if campus is None:
        return {"intents": len(project.intents), "places": 0, "onus": 0}
    return {"intents": len(project.intents), "places": len(campus.places), "onus": len(campus.onus)}


@click.command(short_help="What is promised and free at each port and PON.")
@common.folder
@common.intents
@common.at
@common.as_json
@click.option("--full", is_flag=True, help="Also where nothing is promised.")
@remote.option
def capacity(
    folder: Path, intents: Path | None, at: str | None, *, as_json: bool, full: bool, server: str | None
) -> None:
    """How much is promised and how much is free at each port and PON, the fullest first; no device is asked."""
    if server is not None:
        remote.refuse_beside(intents=intents, at=at)
        remote.capacity(server, as_json=as_json, full=full)
        return
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at)
        found = operations.offline_or_raise(project)  # of what cannot be promised no room can be said
        rooms, stocks = capacity_and_stock(project.checked_campus(), project.intents)
    if as_json:
        output.print_json(
            present.result(
                ok=True,
                errors=found,
                resources=[present.room(r) for r in rooms],
                counts=[present.stock(s) for s in stocks],
            )
        )
    else:
        output.print_diagnostics(found)
        print_rooms(rooms if full else [r for r in rooms if r.promised_bps])
        output.out.print()
        print_stocks(stocks)
