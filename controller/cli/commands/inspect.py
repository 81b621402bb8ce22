"""Commands that change nothing: check, verify, explain, status, render, capacity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller import operations, present
from controller.calendar import now
from controller.cli import output, verdict_text
from controller.cli.capacity_text import print_rooms
from controller.cli.commands.common import AsJson, At, Folder, Full, Intents, faults_as, project_at, store_of
from controller.connect import Connector
from controller.explain import explain as explain_intent
from controller.project import Project, read_project
from controller.render import render_device
from controller.status import status as read_status
from intents.compile import capacity as find_capacity
from intents.model.diagnostic import has_errors


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check)
    app.command()(verify)
    app.command()(explain)
    app.command()(status)
    app.command()(render)
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


def verify(
    folder: Folder = Path(), intents: Intents = None, at: At = None, *, as_json: AsJson = False, full: Full = False
) -> None:
    """Read every device and prove that each intent holds, or show a packet for which it does not."""
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at)
        verdict, _ = operations.verify(project, Connector(project.root), store_of(folder))
    if as_json:
        output.print_json(
            present.result(
                ok=verdict.holds,
                errors=project.diagnostics,
                resting=present.resting(project.resting),
                **present.verdict(verdict),
            )
        )
    else:
        output.print_diagnostics(project.diagnostics)
        verdict_text.print_verdict(verdict, project.resting, full=full)
    raise typer.Exit(0 if verdict.holds else 1)


def explain(
    folder: Folder,
    intent: Annotated[str, typer.Argument(metavar="INTENT", help="Name of the intent.")],
    intents: Intents = None,
    at: At = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what one intent means, what carries it device by device, and why it holds or not."""
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at)
        explained = explain_intent(project, intent, Connector(project.root), store_of(folder))
    if as_json:
        output.print_json(present.result(ok=explained.verdict.holds, **explained.as_json()))
    else:
        explained.print_to(output)
    raise typer.Exit(0 if explained.verdict.holds else 1)


def status(folder: Folder = Path(), intents: Intents = None, at: At = None, *, as_json: AsJson = False) -> None:
    """Each device, each ONU, each intent: what is up, what holds, what was changed last."""
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at)
        found = read_status(project, Connector(project.root), store_of(folder))
    if as_json:
        output.print_json(present.result(ok=found.ok, errors=found.faults, **found.as_json()))
    else:
        found.print_to(output)
    raise typer.Exit(0 if found.ok else 1)


def render(
    folder: Folder,
    device: Annotated[str, typer.Option("--device", metavar="NAME", help="The device.")],
    intents: Intents = None,
    at: At = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print what a device is to hold, in the device's own form: NETCONF XML for an OLT, flow entries for a switch."""
    with faults_as(as_json=as_json):
        text = render_device(project_at(folder, intents, at), device)
    if as_json:
        output.print_json(present.result(ok=True, device=device, text=text))
    else:
        typer.echo(text)


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
        rooms = find_capacity(project.checked_campus(), project.intents)
    if as_json:
        output.print_json(present.result(ok=True, errors=found, resources=[present.room(r) for r in rooms]))
    else:
        output.print_diagnostics(found)
        print_rooms(rooms if full else [r for r in rooms if r.promised_bps])
