"""Arguments and options that several commands share, and the frame that prints a fault in the form asked for."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from controller import operations
from controller.calendar import instant
from controller.cli import output
from controller.present import result
from controller.project import Project, read_project
from intents.compile import failures_named, names_of
from intents.compile.failure import Failure
from intents.ingest import nearest
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError, Diagnostic, Position

folder = click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
folder_required = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
intents = click.option(
    "--intents", metavar="DIR", type=click.Path(path_type=Path), help="Take the intents from this folder instead."
)
at = click.option("--at", metavar="INSTANT", help="As of this instant (calendar windows); else now.")
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
full = click.option("--full", is_flag=True, help="Each change, property and failure by itself.")
allow_mass_delete = click.option(
    "--allow-mass-delete", is_flag=True, help="Let a change remove most of what is configured."
)
allow_absent_onus = click.option(
    "--allow-absent-onus", is_flag=True, help="Configure ONUs that their OLT does not see yet."
)
allow_disruption = click.option(
    "--allow-disruption", is_flag=True, help="Interrupt more places than the campus allows at once."
)
events = click.option("--events", metavar="FILE", help="Tell how it goes, a JSON object a line; - for stderr.")
failed = click.option(
    "--failed",
    metavar="THING",
    multiple=True,
    help="Do without what has failed: a device, PON, link, fibre; repeatable.",
)


def about(source: str) -> dict[str, str]:
    """Who makes the change, when and from what."""
    return {"by": _user(), "at": datetime.now(UTC).isoformat(timespec="seconds"), "from": source}


def _user() -> str:
    """The user's name; a container may run as a number that has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def project_at(folder: Path, intents: Path | None, at: str | None, failed: Sequence[str] = ()) -> Project:
    """The project in a folder as it holds at an instant, without what has failed. Raises ClearwayError."""
    project = read_project(folder, intents).at(instant(at))
    return project.without(failures_in(project.checked_campus(), failed)) if failed else project


@contextmanager
def faults_as(*, as_json: bool) -> Iterator[None]:
    """Print a fault as JSON or as text, and exit with 1."""
    try:
        yield
    except ClearwayError as error:
        if as_json:
            output.print_json(result(ok=False, errors=error.diagnostics))
        else:
            output.print_diagnostics(error.diagnostics)
        raise click.exceptions.Exit(1) from error


def version() -> str:
    """The version of Clearway that runs."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - takes as long as a small campus

    try:
        return version("clearway")
    except PackageNotFoundError:
        return "unknown"


def write_text(path: Path, text: str, option: str) -> None:
    """Write what an option asks for into a file. Raises ClearwayError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ClearwayError(
            Diagnostic(
                code="cannot-write",
                message=f"{path} cannot be written: {error.strerror}",
                hint=f"choose another file with {option}",
                position=Position(str(path)),
            )
        ) from error


def failures_in(campus: Campus, texts: Iterable[str]) -> tuple[Failure, ...]:
    """The failures that options name. Raises ClearwayError for what the campus does not have."""
    found, unknown = failures_named(campus, texts)
    if unknown:
        near = nearest(unknown[0], names_of(campus))
        hint = f"did you mean '{near}'?" if near else "a switch, OLT or ONU, olt/pon, onu/fibre, or a port with a link"
        message = f"there is nothing called '{unknown[0]}' that could fail"
        raise ClearwayError(Diagnostic(code="unknown-failure", message=message, hint=hint))
    return found


def connector(root: Path) -> operations.Connect:
    """A way to reach a project's devices. Loads the OpenFlow framework, so only where a device is asked."""
    from controller.connect import Connector  # noqa: PLC0415 - half a second that `check` and `plan --offline` spare

    return Connector(root)
