"""Commands that lead to a change: plan and apply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import click

from controller import operations, present
from controller.calendar import instant, rests
from controller.cli import output, plan_text, survey_text, verdict_text, whatif_text
from controller.cli.commands import common, remote
from controller.cli.commands.common import (
    about,
    connector,
    failures_in,
    faults_as,
    project_at,
)
from controller.cli.plan_markdown import plan_comment, refusal_comment
from controller.cli.progress import telling
from controller.planfile import load_plan, save_plan
from controller.project import Project
from controller.proposed import base_of, propose
from controller.repair import repair
from controller.state.folder import store_of
from intents.compile import fingerprints
from intents.model.diagnostic import ClearwayError, Diagnostic

EXIT_PENDING = 2
_ANY = "fail=any"


@click.command(short_help="Show what would change, and for whom.")
@common.folder
@common.intents
@common.at
@click.option("--out", "save", metavar="FILE", type=click.Path(path_type=Path), help="Save the plan for `apply`.")
@common.as_json
@common.full
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if changes are due.")
@common.allow_absent_onus
@click.option("--offline", is_flag=True, help="As if the devices held nothing; none is asked.")
@click.option(
    "--format", "form", type=click.Choice(("text", "markdown")), default="text", help="markdown: for a merge request."
)
@click.option("--base", metavar="REF|DIR", help="With markdown: only what changes against these texts; no device.")
@common.failed
@remote.option
@click.option(
    "--what-if", metavar="fail=THING", multiple=True, help="Who would be cut off, and which intents would be lost."
)
def plan(
    folder: Path,
    intents: Path | None,
    at: str | None,
    save: Path | None,
    *,
    as_json: bool,
    full: bool,
    detailed_exitcode: bool,
    allow_absent_onus: bool,
    offline: bool,
    form: str,
    base: str | None,
    failed: tuple[str, ...],
    what_if: tuple[str, ...],
    server: str | None,
) -> None:
    """Show what would change on which device, for whom, and whom it would interrupt. Changes nothing.

    With --what-if fail=olt-1/pon-3 (a device, a PON, onu/fibre, or a port with a link; repeatable) no device is asked.
    --what-if fail=any tries everything that can fail, one at a time, and says which intents survive what.
    With --server, DIR may be a file with one intent: then it is the plan for it, and what would be proven of it.
    """
    permit = operations.Permit(absent_onus=allow_absent_onus)
    if server is not None:
        remote.refuse_beside(intents=intents, at=at, out=save, offline=offline, failed=failed, what_if=what_if)
        if folder.is_file():
            due = remote.propose(server, folder, permit, as_json=as_json, full=full)
        else:
            due = remote.plan(server, permit, as_json=as_json, full=full)
        raise click.exceptions.Exit(EXIT_PENDING if detailed_exitcode and due else 0)
    if what_if:
        _what_if(project_of=lambda: project_at(folder, intents, at), asked=what_if, as_json=as_json, full=full)
    if form == "markdown":
        _markdown(folder, base, at, detailed_exitcode=detailed_exitcode)
    with faults_as(as_json=as_json):
        project = project_at(folder, intents, at, failed)
        planned = (
            operations.plan_offline(project)
            if offline
            else operations.plan(project, connector(project.root), permit, store=store_of(folder))
        )
        if save is not None:
            save_plan(save, project, planned.plan)
    if as_json:
        output.print_json(
            present.result(
                ok=True,
                errors=planned.warnings,
                changes=present.plan(planned.plan),
                base=dict(fingerprints(planned.plan)),
            )
        )
    else:
        output.print_diagnostics(planned.warnings)
        plan_text.print_plan(planned.plan, full=full)
        if save is not None:
            output.err.print(f"saved to {save}: `clearway apply {save}` makes exactly this change")
    raise click.exceptions.Exit(EXIT_PENDING if detailed_exitcode and planned.plan.changes else 0)


def _markdown(folder: Path, base: str | None, at: str | None, *, detailed_exitcode: bool) -> NoReturn:
    """The comment for a merge request, also of what is refused. No device is asked."""
    try:
        moment = instant(at)
        before = base_of(folder, base, moment) if base is not None else None
    except ClearwayError as error:
        output.print_diagnostics(error.diagnostics)
        raise click.exceptions.Exit(1) from error
    try:
        found = propose(project_at(folder, None, moment.isoformat()), before)
    except ClearwayError as error:
        click.echo(refusal_comment(error.diagnostics), nl=False)
        raise click.exceptions.Exit(1) from error
    click.echo(plan_comment(found), nl=False)
    raise click.exceptions.Exit(EXIT_PENDING if detailed_exitcode and found.planned.plan.changes else 0)


def _survey(project: Project, *, as_json: bool, full: bool) -> NoReturn:
    found = operations.survey(project)
    if as_json:
        output.print_json(present.result(ok=True, errors=project.diagnostics, survey=present.survey(found)))
    else:
        survey_text.print_survey(found, full=full)
    raise click.exceptions.Exit(0)


def _what_if(*, project_of: Callable[[], Project], asked: Sequence[str], as_json: bool, full: bool) -> NoReturn:
    """Answer, and end."""
    with faults_as(as_json=as_json):
        wrong = next((text for text in asked if not text.startswith("fail=")), None)
        if wrong is not None:
            fault = Diagnostic(
                code="bad-what-if",
                message=f"'{wrong}' is no question",
                hint="write fail=THING, such as --what-if fail=olt-1/pon-3",
            )
            raise ClearwayError(fault)
        project = project_of()
        if list(asked) == [_ANY]:
            _survey(project, as_json=as_json, full=full)
        failures = failures_in(project.checked_campus(), [text.removeprefix("fail=") for text in asked])
        found = operations.what_if(project, failures)
    if as_json:
        output.print_json(present.result(ok=True, errors=project.diagnostics, whatIf=present.what_if(found)))
    else:
        whatif_text.print_what_if(found, full=full)
    raise click.exceptions.Exit(0)


@click.command(short_help="Make the network as intended, on all devices or none.")
@click.argument("target", metavar="[DIR|PLANFILE]", type=click.Path(path_type=Path), default=".")
@common.intents
@common.at
@common.as_json
@common.full
@common.allow_mass_delete
@common.allow_absent_onus
@common.allow_disruption
@common.failed
@click.option("--repair", "mends", is_flag=True, help="Only put back what drifted from what was applied last.")
@common.events
@remote.option
def apply(
    target: Path,
    intents: Path | None,
    at: str | None,
    *,
    as_json: bool,
    full: bool,
    allow_mass_delete: bool,
    allow_absent_onus: bool,
    allow_disruption: bool,
    failed: tuple[str, ...],
    mends: bool,
    events: str | None,
    server: str | None,
) -> None:
    """Make the network as intended, on all devices or on none, and prove it before it is kept.

    With --server, give a file with one intent: the service creates or replaces it, and makes the network so.
    """
    permit = operations.Permit(
        mass_delete=allow_mass_delete, absent_onus=allow_absent_onus, disruption=allow_disruption
    )
    if server is not None:
        remote.refuse_beside(intents=intents, at=at, failed=failed, repair=mends)
        remote.apply(server, target, permit, as_json=as_json, full=full, events=events)
    with faults_as(as_json=as_json):
        saved = load_plan(target) if target.is_file() and target.suffix not in (".yaml", ".yml") else None
        project = saved.project.at(instant(at)) if saved else project_at(target, intents, at, failed)
        if saved and mends:
            raise click.UsageError("--repair takes a project, not a saved plan")
        request = operations.Request(
            token=operations.new_token(),
            about=about(str(target)),
            permit=permit,
            expected_base=saved.base if saved else None,
        )
        carry_out = repair if mends else operations.apply
        with telling(as_json=as_json, events=events) as progress:
            done = carry_out(project, connector(project.root), store_of(project.root), request, progress)
    ok = not done.verdict.drift if mends else done.verdict.holds
    if as_json:
        output.print_json(
            present.result(
                ok=ok,
                errors=done.warnings,
                token=done.token,
                recovered=list(done.recovered),
                changes=present.plan(done.plan),
                resting=present.resting(rests(project.resting)),
                **present.verdict(done.verdict),
            )
        )
    else:
        for line in done.recovered:
            output.err.print(f"an earlier change was left unfinished: {line}")
        output.print_diagnostics(done.warnings)
        plan_text.print_plan(done.plan, full=full)
        verdict_text.print_verdict(done.verdict, rests(project.resting), full=full)
        if mends and ok and not done.verdict.holds:
            output.err.print("nothing drifts from what was applied; the texts ask for more since: clearway plan")
        elif not ok and not done.plan.changes:
            output.err.print("all that is Clearway's own is as intended: what breaks the intents is somebody else's")
    raise click.exceptions.Exit(0 if ok else 1)


@click.command(short_help="Remove an intent that a service was given.")
@click.argument("name", metavar="INTENT")
@common.as_json
@common.full
@common.allow_mass_delete
@common.allow_absent_onus
@common.allow_disruption
@common.events
@remote.option
def delete(
    name: str,
    *,
    as_json: bool,
    full: bool,
    allow_mass_delete: bool,
    allow_absent_onus: bool,
    allow_disruption: bool,
    events: str | None,
    server: str | None,
) -> None:
    """Remove an intent that came by `apply --server`, and make the network so. An intent in a file of yours is removed
    where it is written."""
    if server is None:
        raise click.UsageError("name the service with --server HOST:PORT, or remove the intent from its file")
    permit = operations.Permit(
        mass_delete=allow_mass_delete, absent_onus=allow_absent_onus, disruption=allow_disruption
    )
    remote.delete(server, name, permit, as_json=as_json, full=full, events=events)
