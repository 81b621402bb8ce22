"""What the commands of `clearway lab` and `clearway bench` have in common."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from labs.runner.errors import LabError
from labs.runner.lab import DEFAULT_SCALE

a_path = click.Path(path_type=Path)
scale_option = click.option(
    "--scale", type=int, default=DEFAULT_SCALE, show_default=True, help="k: rates and sizes are divided by this."
)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")


def say(message: str) -> None:
    """A line for people, on stderr."""
    sys.stderr.write(f"  {message}\n")
    sys.stderr.flush()


@contextmanager
def faults() -> Iterator[None]:
    """A fault of the lab as two lines and exit code 1."""
    try:
        yield
    except LabError as error:
        sys.stderr.write(f"error: {error}\n" + (f"    {error.hint}\n" if error.hint else ""))
        raise click.exceptions.Exit(1) from error
