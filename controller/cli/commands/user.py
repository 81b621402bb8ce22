"""`clearway user`: who may log in to the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from controller.access.roles import Role
from controller.cli import output
from controller.cli.commands.common import as_json, faults_as
from controller.leadership.settings import reference
from controller.page.settings import USERS
from controller.page.users import Users, user_of
from controller.present import result
from controller.secrets import text_of
from controller.service.settings import read_settings
from controller.state.folder import state_folder


def _where(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which file of users."""
    for option in (
        click.option(
            "--config",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="The service's settings: the file they name.",
        ),
        click.option(
            "--dir",
            "folder",
            metavar="DIR",
            type=click.Path(path_type=Path),
            default=".",
            help="The project; else here.",
        ),
    ):
        command = option(command)
    return command


def users_of(config: Path | None, folder: Path) -> Users:
    """The file that the settings name, else the one in the state folder. Raises ClearwayError."""
    if config is None:
        return Users(state_folder(folder) / USERS)
    settings = read_settings(config)
    return Users(settings.page.users or state_folder(settings.home) / USERS)


@click.group(short_help="Who may log in to the page.")
def user() -> None:
    """Users of the page. Programs and the command line show certificates instead: `clearway pki`."""


@user.command(short_help="Add a user, or give one another role or password.")
@click.argument("name")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True, help="What he may do.")
@click.option("--password", "ref", metavar="REF", help="Where it is: env:NAME or file:PATH; else it is asked for.")
@_where
def add(name: str, role: str, ref: str | None, config: Path | None, folder: Path) -> None:
    """Let NAME log in. Whoever had this name before is logged out, and has the new role and password."""
    with faults_as(as_json=False):
        users = users_of(config, folder)
        had = users.put(user_of(name, Role(role), _password(ref)))
        output.out.print(f"{name}, {role}: {'changed' if had else 'added'}")


def _password(ref: str | None) -> str:
    """Never an argument: those are in everybody's list of processes."""
    if ref is None:
        found: str = click.prompt("password", hide_input=True, confirmation_prompt=True)
        return found
    return text_of(reference(ref, "--password"), "the password", Path()).rstrip("\r\n")


@user.command("list", short_help="Who there is.")
@as_json
@_where
def list_(as_json: bool, config: Path | None, folder: Path) -> None:  # noqa: FBT001 - as click calls it
    """Names and roles."""
    with faults_as(as_json=as_json):
        found = sorted(users_of(config, folder).all().values(), key=lambda u: u.name)
        if as_json:
            output.print_json(result(ok=True, users=[{"name": u.name, "role": str(u.role)} for u in found]))
            return
        for each in found:
            output.out.print(f"{each.name:<24} {each.role}")
        if not found:
            output.err.print("nobody yet: clearway user add NAME --role admin")


@user.command(short_help="Let somebody in no more.")
@click.argument("name")
@_where
def remove(name: str, config: Path | None, folder: Path) -> None:
    """NAME is logged out at once, and cannot log in again."""
    with faults_as(as_json=False):
        users_of(config, folder).remove(name)
        output.out.print(f"{name}: removed")
