"""Commands that look and change nothing: verify, explain, status, render."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import click

from controller import operations, present
from controller.breakglass import BreakGlass
from controller.calendar import instant, now, rests
from controller.certificate import Made, certificate
from controller.cli import output, verdict_text
from controller.cli.commands import common, remote
from controller.cli.commands.common import connector, faults_as, project_at, version
from controller.cli.explain_text import print_explanation
from controller.cli.status_text import print_status
from controller.explain import explain as explain_intent
from controller.held import notices
from controller.render import render_device
from controller.revision import revision_of
from controller.state.folder import store_of
from controller.status import status as read_status


@click.command(short_help="Prove that each intent holds, from the devices.")
@common.folder
@common.intents
@common.at
@common.as_json
@common.full
@common.failed
@click.option(
    "--certificate",
    "certify",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write what was read and what was proven, with hashes.",
)
@remote.option
def verify(
    folder: Path,
    intents: Path | None,
    at: str | None,
    certify: Path | None,
    *,
    as_json: bool,
    full: bool,
    failed: tuple[str, ...],
    server: str | None,
) -> None:
    """Read every device and prove that each intent holds, or show a packet for which it does not."""
    if server is not None:
        remote.refuse_beside(intents=intents, at=at, certificate=certify, failed=failed)
        remote.verify(server, as_json=as_json, full=full)
    with faults_as(as_json=as_json):
        moment = instant(at)
        project = project_at(folder, intents, moment.isoformat(), failed)
        store = store_of(folder)
        verdict, operational = operations.verify(project, connector(project.root), store)
        warnings = (*project.diagnostics, *notices(BreakGlass(store).holds()))
        if certify is not None:
            made = Made(
                time=now().isoformat(timespec="seconds"), revision=revision_of(project.files), clearway=version()
            )
            written = certificate(project, operational, verdict, made, (moment, failed))
            common.write_text(certify, json.dumps(written, indent=1, ensure_ascii=False) + "\n", "--certificate")
    if as_json:
        output.print_json(
            present.result(
                ok=verdict.holds,
                errors=warnings,
                resting=present.resting(rests(project.resting)),
                **present.verdict(verdict),
            )
        )
    else:
        output.print_diagnostics(warnings)
        verdict_text.print_verdict(verdict, rests(project.resting), full=full)
    raise click.exceptions.Exit(0 if verdict.holds else 1)


@click.command(short_help="What an intent means, and what carries it.")
@click.argument("words", metavar="[DIR] INTENT", nargs=-1)
@common.intents
@common.at
@click.option(
    "--lang",
    "language",
    type=click.Choice(("en", "zh")),
    default="en",
    help="The language of the sentence: English or Chinese.",
)
@click.option("--svg", metavar="FILE", type=click.Path(path_type=Path), help="Draw the way into a picture as well.")
@common.as_json
@remote.option
def explain(
    words: tuple[str, ...],
    intents: Path | None,
    at: str | None,
    language: Literal["en", "zh"],
    svg: Path | None,
    *,
    as_json: bool,
    server: str | None,
) -> None:
    """Say what one intent means, what carries it device by device, and why it holds or not.

    DIR holds the project; with --server leave it out.
    """
    folder, intent = remote.words_of(words, server)
    if server is not None:
        remote.refuse_beside(intents=intents, at=at)
        remote.explain(server, intent, language, svg, as_json=as_json)
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at)
        explained = explain_intent(project, intent, connector(project.root), store_of(folder), language)
        if svg is not None:
            common.write_text(svg, explained.svg(), "--svg")
    if as_json:
        output.print_json(present.result(ok=explained.verdict.holds, **explained.as_json()))
    else:
        print_explanation(explained)
    raise click.exceptions.Exit(0 if explained.verdict.holds else 1)


@click.command(short_help="Devices, ONUs, intents, the last change.")
@common.folder
@common.intents
@common.at
@common.as_json
@remote.option
@click.option("--watch", is_flag=True, help="With --server: and each change of it, until Ctrl-C.")
def status(
    folder: Path, intents: Path | None, at: str | None, *, as_json: bool, server: str | None, watch: bool
) -> None:
    """Each device, each ONU, each intent: what is up, what holds, what was changed last.

    With --server: each intent, drift, and what is held by break-glass, as the service saw it last.
    """
    if server is not None:
        remote.refuse_beside(intents=intents, at=at)
        remote.status(server, as_json=as_json, watch=watch)
    if watch:
        raise click.UsageError("--watch needs --server HOST:PORT: a service is what watches")
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at)
        found = read_status(project, connector(project.root), store_of(folder))
    if as_json:
        output.print_json(present.result(ok=found.ok, errors=found.faults, **found.as_json()))
    else:
        print_status(found)
    raise click.exceptions.Exit(0 if found.ok else 1)


@click.command(short_help="What a device is to hold, in its own form.")
@common.folder_required
@click.option("--device", metavar="NAME", required=True, help="The device.")
@common.intents
@common.at
@common.as_json
def render(folder: Path, device: str, intents: Path | None, at: str | None, *, as_json: bool) -> None:
    """Print what a device is to hold, in the device's own form: NETCONF XML for an OLT, flow entries for a switch."""
    with faults_as(as_json=as_json):
        text = render_device(project_at(folder, intents, at), device)
    if as_json:
        output.print_json(present.result(ok=True, device=device, text=text))
    else:
        click.echo(text)
