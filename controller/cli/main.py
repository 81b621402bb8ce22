"""`clearway`: the commands, their options and exit codes.

Exit codes: 0 done or holds, 1 error or does not hold, 2 changes pending (plan --detailed-exitcode), 3 usage.
Labs and benches plug in as entry points, so that the product never imports them.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points, version
from typing import Annotated, Final

import typer
from typer.exceptions import TyperException

from controller.cli import output
from intents.model.diagnostic import ClearwayError

EXIT_OK: Final = 0
EXIT_ERROR: Final = 1
EXIT_USAGE: Final = 3
PLUGIN_GROUP: Final = "clearway.commands"


# Which module holds which command: only the one that is asked for is loaded, and with it what it needs.
_MODULES: Final = {
    "check": "offline",
    "capacity": "offline",
    "plan": "change",
    "apply": "change",
    "verify": "inspect",
    "explain": "inspect",
    "status": "inspect",
    "render": "inspect",
    "serve": "service",
}

_ONE_SHOT: Final = frozenset(("check", "capacity", "plan", "render"))


def build(command: str = "") -> typer.Typer:
    """The application with one command, or with all of them and the plugged-in ones."""
    app = typer.Typer(
        name="clearway",
        help="Say what the network owes each service; Clearway makes it so and proves it.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_version_option)
    wanted = [_MODULES[command]] if command in _MODULES else list(dict.fromkeys(_MODULES.values()))
    for module in wanted:
        import_module(f"controller.cli.commands.{module}").register(app)
    if command not in _MODULES:
        _plug_in(app)
    return app


def _plug_in(app: typer.Typer) -> None:
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


def _print_version(show: bool) -> None:  # noqa: FBT001 - as typer calls it
    if show:
        sys.stdout.write(f"clearway {version('clearway')}\n")
        raise typer.Exit


def _version_option(
    *,
    _show: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None: ...


def run(arguments: list[str] | None = None) -> None:
    """Entry point: never a traceback for a user's fault."""
    words = sys.argv[1:] if arguments is None else arguments
    command = words[0] if words else ""
    if command in _ONE_SHOT:
        # Ends soon, and makes millions of values that live until then: looking for garbage among them is for nothing.
        gc.disable()
    code = guarded(lambda: typer.main.get_command(build(command)).main(args=arguments, standalone_mode=False))
    if command in _ONE_SHOT and arguments is None:
        # The operating system takes memory back at once; value by value it takes a tenth of a second and more.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


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
