"""`clearway health`: for scripts, and for who supervises a container."""

from __future__ import annotations

import os
from pathlib import Path

import click

from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import faults_as
from controller.present import result


@click.command(short_help="Ask a running service whether it takes calls.")
@click.option("--server", metavar="HOST:PORT", help="Its gRPC address; 127.0.0.1:50051 if not said.")
@click.option(
    "--config", metavar="FILE", type=click.Path(path_type=Path), help="Ask the service that these settings make."
)
@click.option("--quiet", is_flag=True, help="Say it by the exit code alone.")
@common.as_json
def health(server: str | None, config: Path | None, *, quiet: bool, as_json: bool) -> int:
    """Exits with 0 where the service takes calls, with 1 where it does not or does not answer in five seconds.

    With --config it is asked at its metrics address, where it has one: that needs no certificate.
    """
    from controller.client.credentials import from_environment  # noqa: PLC0415 - loads gRPC
    from controller.service.asked import by_grpc, health_of  # noqa: PLC0415
    from controller.service.settings import Settings, read_settings  # noqa: PLC0415

    with faults_as(as_json=as_json):
        settings = Settings() if config is None else read_settings(config)
        found = by_grpc(server, from_environment(os.environ)) if server else health_of(settings)
    if as_json:
        output.print_json(result(ok=found.ready, said=found.said, address=found.address))
    elif not quiet:
        output.out.print(f"{found.address}: {found.said}")
    return 0 if found.ready else 1
