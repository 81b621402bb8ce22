"""`clearway rollout`: a folder of sites, each a project of its own."""

from __future__ import annotations

import os
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import click

from controller import operations, present, sites
from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import about, connector, faults_as, project_at
from controller.sites import Done
from controller.state.folder import store_of
from intents.model.diagnostic import ClearwayError, Diagnostic


@click.command(short_help="Make a folder of sites as intended, each by itself.")
@common.folder_required
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=os.cpu_count() or 1, show_default=True, help="Sites at once."
)
@click.option("--again", is_flag=True, help="Also the sites that were proven of the texts as they are.")
@common.as_json
@common.allow_mass_delete
@common.allow_absent_onus
@common.allow_disruption
def rollout(
    folder: Path,
    jobs: int,
    *,
    again: bool,
    as_json: bool,
    allow_mass_delete: bool,
    allow_absent_onus: bool,
    allow_disruption: bool,
) -> None:
    """Make every site in DIR as intended: each all or nothing, and proven before it is kept.

    What is as its texts say is left out, so a roll-out that was ended goes on where it was.
    """
    permit = operations.Permit(
        mass_delete=allow_mass_delete, absent_onus=allow_absent_onus, disruption=allow_disruption
    )
    found: list[Done] = []
    with faults_as(as_json=as_json):
        todo = sites.due(folder, again=again)
        left_out = len(sites.sites_in(folder)) - len(todo)
        spare = min(jobs, len(todo)) < (os.cpu_count() or 1)
        for done in sites.roll_out(folder, todo, partial(make, permit=permit, spare=spare), jobs):
            found.append(done)
            if not as_json:
                _tell(done)
    failed = [done for done in found if done.problems]
    problems = tuple(d for done in failed for d in done.problems)
    if as_json:
        listed = [_listed(done) for done in sorted(found, key=lambda d: d.site)]
        output.print_json(present.result(ok=not failed, errors=problems, sites=listed, leftOut=left_out))
    else:
        known = f"; {left_out} were so already" if left_out else ""
        output.out.print(f"{len(found) - len(failed)} of {len(found)} sites are as intended, and proven{known}")
        if failed:
            output.err.print("to go on with the others, when it is mended: the same command again")
    raise click.exceptions.Exit(1 if failed else 0)


def make(site: Path, permit: operations.Permit, *, spare: bool) -> Done:
    """One site, in this process. spare: a processor is left for a second prover."""
    from controller.proving import alone  # noqa: PLC0415 - loads the verifier, which the process of a site needs alone

    with nullcontext() if spare else alone():
        return sites.measured(site, partial(_made, permit=permit))


def _made(site: Path, permit: operations.Permit) -> tuple[int, int, int]:
    project = project_at(site, None, None)
    request = operations.Request(token=operations.new_token(), about=about(str(site)), permit=permit)
    done = operations.apply(project, connector(project.root), store_of(site), request)
    if not done.verdict.holds:
        failing = sorted(v.intent for v in done.verdict.intents if not v.holds)
        raise ClearwayError(
            Diagnostic(
                code="site-does-not-hold",
                message=f"{site.name}: {len(failing)} intents do not hold, the first is {failing[0]}"
                if failing
                else f"{site.name} is not as applied",
                hint=f"all that is Clearway's own is as intended; look with `clearway verify {site}`",
            )
        )
    return len(project.checked_campus().onus), len(done.plan.changes), len(done.verdict.intents)


def _tell(done: Done) -> None:
    if done.problems:
        output.print_diagnostics(done.problems)
        return
    output.out.print(
        f"{done.site:<12} {done.onus:>6,} ONUs, {done.changes:>8,} changes, {done.intents:>5,} intents hold, "
        f"{done.seconds:.1f} s"
    )


def _listed(done: Done) -> dict[str, object]:
    return {
        "site": done.site,
        "ok": not done.problems,
        "onus": done.onus,
        "changes": done.changes,
        "intents": done.intents,
        "seconds": done.seconds,
        "processorSeconds": done.processor_s,
        "rssKib": done.rss_kib,
    }
