"""`clearway pki`: certificates for a hospital or lab that has no CA of its own."""

from __future__ import annotations

from pathlib import Path

import click

from controller.access import pki as authority
from controller.cli import output
from controller.cli.commands.common import faults_as

_folder = click.option(
    "--ca", "folder", metavar="DIR", type=click.Path(path_type=Path), default="pki", show_default=True, help="The CA."
)


@click.group(short_help="A small CA: certificates for the service and its callers.")
def pki() -> None:
    """A small certificate authority. Where the hospital has one of its own, use that."""


@pki.command(short_help="Make a CA.")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default="pki")
@click.option("--name", default="Clearway CA", show_default=True, help="The CA's own name.")
def init(folder: Path, name: str) -> None:
    """Make a CA in DIR (pki). Keep DIR/ca.key where only you can read it: who has it can make anybody an admin."""
    with faults_as(as_json=False):
        path = authority.init(folder, name)
        output.out.print(f"{path}: name it as `ca` in the settings, and give it to every caller")
        output.out.print(f"    next: clearway pki issue clearway --server 127.0.0.1 --ca {folder}")


@pki.command(short_help="Make a certificate for a person, a program or the service.")
@click.argument("name")
@_folder
@click.option("--unit", default="", metavar="OU", help="The organisational unit, for roles of the form ou:OU.")
@click.option(
    "--server", "hosts", multiple=True, metavar="HOST", help="For a server at this name or address; repeatable."
)
@click.option("--days", type=click.IntRange(1, 3650), default=authority.DAYS, show_default=True)
def issue(name: str, folder: Path, unit: str, hosts: tuple[str, ...], days: int) -> None:
    """Make a certificate and its key: for NAME such as alice@hospital.example, or spiffe://hospital.example/apps/pacs."""
    with faults_as(as_json=False):
        path = authority.issue(folder, name, unit=unit, hosts=hosts, days=days)
        output.out.print(f"{path}, {path.with_suffix('.key').name}: good for {days} days")


@pki.command(short_help="Take a certificate back.")
@click.argument("certificate", type=click.Path(path_type=Path))
@_folder
def revoke(certificate: Path, folder: Path) -> None:
    """Put CERTIFICATE on the list of those that are not taken any more (access: {revoked: {file: ...}})."""
    with faults_as(as_json=False):
        output.out.print(f"{authority.revoke(folder, certificate)}: the service reads it again by itself")
