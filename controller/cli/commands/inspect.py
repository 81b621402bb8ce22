"""Commands that look and change nothing: verify, explain, status, render."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from controller import operations, present
from controller.cli import output, verdict_text
from controller.cli.commands.common import (
    AsJson,
    At,
    Failed,
    Folder,
    Full,
    Intents,
    connector,
    faults_as,
    project_at,
    store_of,
)
from controller.explain import explain as explain_intent
from controller.render import render_device
from controller.status import status as read_status


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(verify)
    app.command()(explain)
    app.command()(status)
    app.command()(render)


def verify(
    folder: Folder = Path(),
    intents: Intents = None,
    at: At = None,
    *,
    as_json: AsJson = False,
    full: Full = False,
    failed: Failed = None,
) -> None:
    """Read every device and prove that each intent holds, or show a packet for which it does not."""
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at, failed)
        verdict, _ = operations.verify(project, connector(project.root), store_of(folder))
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
    language: Annotated[
        Literal["en", "zh"], typer.Option("--lang", help="The language of the sentence: English or Chinese.")
    ] = "en",
    *,
    as_json: AsJson = False,
) -> None:
    """Say what one intent means, what carries it device by device, and why it holds or not."""
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at)
        explained = explain_intent(project, intent, connector(project.root), store_of(folder), language)
    if as_json:
        output.print_json(present.result(ok=explained.verdict.holds, **explained.as_json()))
    else:
        explained.print_to(output)
    raise typer.Exit(0 if explained.verdict.holds else 1)


def status(folder: Folder = Path(), intents: Intents = None, at: At = None, *, as_json: AsJson = False) -> None:
    """Each device, each ONU, each intent: what is up, what holds, what was changed last."""
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at)
        found = read_status(project, connector(project.root), store_of(folder))
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
