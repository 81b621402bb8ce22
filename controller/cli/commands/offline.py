"""Commands that need no device: check and capacity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller import operations, present
from controller.calendar import now
from controller.cli import output
from controller.cli.capacity_text import print_rooms, print_stocks
from controller.cli.commands.common import AsJson, At, Folder, Intents, faults_as, project_at
from controller.project import Project, read_project
from intents.compile import capacity_and_stock
from intents.model.diagnostic import has_errors


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check)
    app.command()(capacity)


def check(folder: Folder = Path(), intents: Intents = None, *, as_json: AsJson = False) -> None:
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
    raise typer.Exit(0 if ok else 1)


def _summary(project: Project) -> dict[str, int]:
    campus = project.campus
    if campus is None:
        return {"intents": len(project.intents), "places": 0, "onus": 0}
    return {"intents": len(project.intents), "places": len(campus.places), "onus": len(campus.onus)}


def capacity(
    folder: Folder = Path(),
    intents: Intents = None,
    at: At = None,
    *,
    as_json: AsJson = False,
    full: Annotated[bool, typer.Option("--full", help="Also where nothing is promised.")] = False,
) -> None:
    """How much is promised and how much is free at each port and PON, the fullest first; no device is asked."""
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
