"""`clearway forget`: a device that left the campus is gone, and is named no more."""

from __future__ import annotations

from pathlib import Path

import click

from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import about, faults_as, project_at
from controller.left import forget as forget_device
from controller.present import result
from controller.state.folder import store_of


@click.command(short_help="Say that a device that left the campus is gone.")
@click.argument("device")
@click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), default=".", help="The project.")
@common.as_json
def forget(device: str, folder: Path, *, as_json: bool) -> None:
    """Forget what was applied to a device that is not in the campus any more: `status` and `apply` name it until then.

    Nothing is sent to it. What it holds it keeps, if it still is somewhere.
    """
    with faults_as(as_json=as_json):
        campus = project_at(folder, None, None).checked_campus()
        objects = forget_device(store_of(folder), {*campus.switches, *campus.olts}, device, by=about("")["by"])
    if as_json:
        output.print_json(result(ok=True, device=device, objects=objects))
    else:
        output.out.print(f"{device} is forgotten, with {objects} objects that were applied to it")
