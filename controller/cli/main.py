"""`clearway`: the commands, their options and exit codes.

Exit codes: 0 done or holds, 1 error or does not hold, 2 changes pending (plan --detailed-exitcode), 3 usage.
Labs and benches plug in as entry points, so that the product never imports them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.metadata import entry_points, version
from typing import Final

import typer
from typer.exceptions import TyperException

from controller.cli import output
from controller.cli.commands import change, inspect, service
from intents.model.diagnostic import ClearwayError

EXIT_OK: Final = 0
EXIT_ERROR: Final = 1
EXIT_USAGE: Final = 3
PLUGIN_GROUP: Final = "clearway.commands"


def build() -> typer.Typer:
    """The application with its plugged-in commands."""
    app = typer.Typer(
        name="clearway",
        help="Say what the network owes each service; Clearway makes it so and proves it.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_version_option)
    for module in (inspect, change, service):
        module.register(app)
    for point in sorted(entry_points(group=PLUGIN_GROUP), key=lambda p: p.name):
        try:
            plugin = point.load()
        except ImportError as error:  # a wheel without the lab extra
            output.err.print(f"clearway {point.name} is not available here: {error}", style="dim")
            continue
        if isinstance(plugin, typer.Typer):
            app.add_typer(plugin, name=point.name)
        else:
            app.command(name=point.name)(plugin)
    return app


def _version_option(
    *,
    show: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    if show:
        sys.stdout.write(f"clearway {version('clearway')}\n")
        raise typer.Exit


def run(arguments: list[str] | None = None) -> None:
    """Entry point: never a traceback for a user's fault."""
    sys.exit(guarded(lambda: typer.main.get_command(build()).main(args=arguments, standalone_mode=False)))


def guarded(job: Callable[[], object]) -> int:
    """Run and turn every way out into an exit code."""
    try:
        code = job()
    except typer.Exit as done:
        return done.exit_code
    except TyperException as error:
        sys.stderr.write(f"error: {error}\n    see `clearway --help`, `clearway COMMAND --help`\n")
        return EXIT_USAGE
    except (typer.Abort, KeyboardInterrupt):
        output.err.print("stopped; a change that was under way is undone by the next `clearway apply`")
        return EXIT_ERROR
    except ClearwayError as error:
        output.print_diagnostics(error.diagnostics)
        return EXIT_ERROR
    except BrokenPipeError:  # `clearway plan | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except Exception as error:
        if os.environ.get("CLEARWAY_DEBUG"):
            raise
        output.err.print(f"clearway has a bug: {type(error).__name__}: {error}", style="red")
        output.err.print("    nothing is left half done; run again with CLEARWAY_DEBUG=1 for the place and report it")
        return EXIT_ERROR
    return code if isinstance(code, int) else EXIT_OK
