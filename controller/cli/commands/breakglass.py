"""The command for an emergency: break-glass."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from controller import present
from controller.adoption import adopt
from controller.breakglass import BreakGlass, Ending, Hold, check_device
from controller.calendar import now
from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import about, connector, faults_as, project_at
from controller.operations import Request, new_token
from controller.project import Project
from controller.repair import restore
from controller.state.folder import store_of
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.units import UnitError, parse_duration

# A service runs here and has the devices: it does what the hold says.
_SERVED: Final = frozenset({"openflow-address-taken", "change-under-way"})


@click.command("break-glass", short_help="Hold a device that is mended by hand, and end that.")
@click.argument("device", metavar="[DEVICE]", required=False)
@click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), default=".", help="The project.")
@click.option("--owner", metavar="NAME", help="Who mends it.")
@click.option("--for", "time", metavar="TIME", help="For how long at most, such as 4h.")
@click.option("--why", metavar="TEXT", help="Why.")
@click.option("--revert", "ending", flag_value=Ending.REVERT.value, help="End it: put back what was applied.")
@click.option("--adopt", "ending", flag_value=Ending.ADOPT.value, help="End it: the texts say now what was done.")
@common.as_json
def break_glass(
    device: str | None,
    folder: Path,
    owner: str | None,
    time: str | None,
    why: str | None,
    ending: str | None,
    *,
    as_json: bool,
) -> None:
    """Hold a device: until the time is over or it is ended, Clearway neither repairs nor overwrites what is changed on
    it by hand. Without a device: what is held.

    clearway break-glass core-1 --owner "A. Meier" --for 4h --why "PACS down, port moved by hand"
    """
    with faults_as(as_json=as_json):
        project = project_at(folder, None, None)
        store = store_of(folder)
        glass = BreakGlass(store)
        said = ""
        if device is not None:
            check_device(project.checked_campus(), device)
            if ending is None:
                glass.open(_hold(device, owner, time, why), by=about("")["by"])
            else:
                said = _ended(project, store, glass, device, Ending(ending))
        held = [hold for _, hold in sorted(glass.holds().items())]
    if as_json:
        output.print_json(present.result(ok=True, held=[hold.as_json() for hold in held], said=said))
        return
    if said:
        output.err.print(said)
    for hold in held:
        output.out.print(hold.statement + (f"; not adopted: {hold.refused}" if hold.refused else ""))
    if not held and not said:
        output.err.print("no device is held")


def _hold(device: str, owner: str | None, time: str | None, why: str | None) -> Hold:
    since = now()
    try:
        lasts = timedelta(microseconds=parse_duration(time or ""))
    except UnitError as error:
        raise ClearwayError(
            Diagnostic(code="break-glass-terms", message=f"--for: {error}", hint="for example: --for 4h")
        ) from error
    return Hold(device=device, owner=owner or "", why=why or "", since=since, until=since + lasts)


def _ended(project: Project, store: Store, glass: BreakGlass, device: str, ending: Ending) -> str:
    """End it here, or leave it to the service that runs: what is to be said."""
    hold = glass.of(device)
    try:
        if ending is Ending.REVERT:
            request = Request(token=new_token(), about=about(f"end of the break-glass of {hold.owner}"))
            plan = restore(project, connector(project.root), store, request, [device], held_too=True)
            said = f"{device} is again as applied: {len(plan.changes)} objects were put back"
        else:
            objects = adopt(project, connector(project.root), store, device)
            said = f"{device}: {objects} objects that were changed by hand are adopted"
    except ClearwayError as error:
        if {d.code for d in error.diagnostics} & _SERVED:
            glass.end(device, ending, by=about("")["by"])
            return f"the service that runs here does it; `clearway break-glass --dir {project.root}` says how it went"
        raise
    glass.close(device, ending, by=about("")["by"])
    return said
