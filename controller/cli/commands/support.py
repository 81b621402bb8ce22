"""`clearway support-bundle`: what a developer needs to see, in one file, without secrets."""

from __future__ import annotations

from pathlib import Path

import click

from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import connector, faults_as
from controller.project import read_project
from controller.service.settings import Settings, read_settings
from controller.state.folder import store_of


@click.command("support-bundle", short_help="Collect what a developer needs to see, without secrets.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@common.folder
@click.option("--config", metavar="SETTINGS", type=click.Path(path_type=Path), help="The settings of the service.")
@click.option(
    "--log", "logs", metavar="LOG", multiple=True, type=click.Path(path_type=Path), help="A log, its end; repeatable."
)
@click.option("--no-devices", is_flag=True, help="Ask no device.")
def support_bundle(file: Path, folder: Path, config: Path | None, logs: tuple[Path, ...], *, no_devices: bool) -> None:
    """Write versions, texts, the newest changes, the state of each device, metrics and logs into FILE (tar.gz).

    Every secret that campus and settings refer to, and whatever looks like a key or a password, is taken out. Names of
    places, devices and people stay: look into the file before you send it.
    """
    from controller.support.bundle import bundle, write  # noqa: PLC0415 - of all commands only this one needs it

    with faults_as(as_json=False):
        settings = Settings() if config is None else read_settings(config)
        project = read_project(folder)
        files = {path.name: path for path in logs} | ({"service.yaml": config} if config else {})
        connect = None if no_devices else connector(project.root)
        parts = bundle(project, store_of(folder), connect, settings, files)
        write(file, parts)
        output.out.print(f"{file}: {', '.join(parts)}")
        output.out.print("look into it before you send it: names of places, devices and people are in it")
