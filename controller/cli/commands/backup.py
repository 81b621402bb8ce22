"""`clearway backup` and `clearway restore`: the state into a file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import faults_as
from controller.present import result
from controller.state.store import Store

_file = click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
_config = click.option(
    "--config", metavar="SETTINGS", type=click.Path(path_type=Path), help="Of the service that these settings make."
)


@click.command(short_help="Save the state of the service, also while it runs.")
@_file
@common.folder
@_config
@common.as_json
def backup(file: Path, folder: Path, config: Path | None, *, as_json: bool) -> None:
    """Save journal, applied state, records and audit log of the project in DIR into FILE (tar.gz), with hashes.

    Texts are in git and need no backup here. With --config the settings go along, in which secrets are references.
    """
    from controller.backup.make import backup as make  # noqa: PLC0415 - of all commands only these need it

    with faults_as(as_json=as_json):
        manifest = make(_store(folder, config), file, config)
        if as_json:
            parts = [{"name": n, "bytes": size, "sha256": sha} for n, (size, sha) in manifest.parts.items()]
            output.print_json(result(ok=True, file=str(file), **manifest.about, parts=parts))
        else:
            size = sum(size for size, _ in manifest.parts.values())
            output.out.print(f"{file}: {len(manifest.parts)} parts, {size:,} bytes before packing")


@click.command(short_help="Put a saved state back; the service must rest.")
@_file
@common.folder
@_config
@common.as_json
def restore(file: Path, folder: Path, config: Path | None, *, as_json: bool) -> None:
    """Replace the state of the project in DIR by that of FILE, all or nothing; no device is touched.

    Refused while a service runs, where the file is not as it was written, or where a later Clearway made it.
    """
    from controller.backup.restore import next_start  # noqa: PLC0415 - as above
    from controller.backup.restore import restore as put_back  # noqa: PLC0415

    with faults_as(as_json=as_json):
        done = put_back(_store(folder, config), file, common.about("restore")["by"])
        steps = ["every device is read"]
        steps += [next_start(unfinished) for unfinished in done.unfinished]
        steps += ["the texts as they are then are planned against what the devices hold"]
        if as_json:
            about: dict[str, Any] = {
                "made": dict(done.manifest.about),
                "auditRestored": done.audit,
                "settings": str(done.settings) if done.settings else None,
                "nextStart": steps,
            }
            output.print_json(result(ok=True, **about))
            return
        output.out.print(f"the state of {done.manifest.about.get('at')} is back")
        output.out.print("the audit log came with it" if done.audit else "the audit log that is here stays")
        if done.settings:
            output.out.print(f"the settings of then are in {done.settings}; nothing reads them there")
        output.out.print("at the next start:")
        for step in steps:
            output.out.print(f"    {step}")
        output.out.print("look first with `clearway plan`")


def _store(folder: Path, config: Path | None) -> Store:
    from controller.backup.reached import reached_by  # noqa: PLC0415 - as above

    return reached_by(folder, config)
