"""Commands about certificates: check."""

from __future__ import annotations

from pathlib import Path

import click

from controller import present
from controller.certificate import read_certificate
from controller.certified import check as check_certificate
from controller.cli import output
from controller.cli.certificate_text import print_checked
from controller.cli.commands import common
from controller.cli.commands.common import faults_as


@click.group(short_help="Check what `verify --certificate` has written.")
def certificate() -> None:
    """Certificates: what was read of the network, what was proven, and the hashes of both."""


@certificate.command(short_help="Check hashes, and findings with single packets.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@common.as_json
def check(file: Path, *, as_json: bool) -> None:
    """Check that a certificate is unaltered, and look at its findings again with single packets; no device is asked."""
    with faults_as(as_json=as_json):
        checked = check_certificate(read_certificate(file))
    if as_json:
        output.print_json(present.result(ok=checked.ok, **checked.as_json()))
    else:
        print_checked(checked)
    raise click.exceptions.Exit(0 if checked.ok else 1)
