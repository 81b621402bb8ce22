"""`clearway`: the commands, their options and exit codes.

Exit codes: 0 done or holds, 1 error or does not hold, 2 changes pending (plan --detailed-exitcode), 3 usage.
Labs and benches plug in as entry points, so that the product never imports them.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from controller.cli import output
from intents.model.diagnostic import ClearwayError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

EXIT_OK: Final = 0
EXIT_ERROR: Final = 1
EXIT_USAGE: Final = 3
PLUGIN_GROUP: Final = "clearway.commands"


# Which module holds which command, in the order of use: only the one asked for is loaded, and with it what it needs.
_MODULES: Final = {
    "check": "offline",
    "capacity": "offline",
    "plan": "change",
    "apply": "change",
    "rollout": "sites",
    "delete": "change",
    "verify": "inspect",
    "explain": "inspect",
    "status": "inspect",
    "render": "inspect",
    "import": "adopt",
    "certificate": "certificate",
    "break-glass": "breakglass",
    "forget": "forget",
    "audit": "audit",
    "pki": "pki",
    "user": "user",
    "trust": "trust",
    "serve": "service",
    "commits": "commits",
    "approve": "commits",
    "revert": "commits",
    "health": "health",
    "backup": "backup",
    "restore": "backup",
    "support-bundle": "support",
}

_ONE_SHOT: Final = frozenset(("check", "capacity", "plan", "render"))


class _Commands(click.Group):
    """The commands, each loaded when it is asked for; those plugged in only when none of ours has the name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Ours in the order of use, then the plugged-in ones."""
        return [*_MODULES, *(point.name for point in _plugins())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command, or None."""
        if cmd_name in _MODULES:
            module = import_module(f"controller.cli.commands.{_MODULES[cmd_name]}")
            command: click.Command = getattr(module, "import_" if cmd_name == "import" else cmd_name.replace("-", "_"))
            return command
        for point in _plugins():
            if point.name == cmd_name:
                return _plugged_in(point)
        return None


def _plugins() -> list[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - takes as long as reading a small campus

    return sorted(entry_points(group=PLUGIN_GROUP), key=lambda p: p.name)


def _plugged_in(point: EntryPoint) -> click.Command | None:
    try:
        command: click.Command = point.load()
    except ImportError as error:  # a wheel without the lab extra
        output.err.print(f"clearway {point.name} is not available here: {error}", style="dim")
        return None
    return command


def _print_version(ctx: click.Context, _: click.Parameter, show: bool) -> None:  # noqa: FBT001 - as click calls it
    if show:
        from importlib.metadata import version  # noqa: PLC0415 - as above

        sys.stdout.write(f"clearway {version('clearway')}\n")
        ctx.exit()


@click.group(
    cls=_Commands,
    name="clearway",
    help="Say what the network owes each service; Clearway makes it so and proves it.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
def clearway() -> None:
    """All commands."""


def run(arguments: list[str] | None = None) -> None:
    """Entry point: never a traceback for a user's fault."""
    words = sys.argv[1:] if arguments is None else arguments
    command = words[0] if words else ""
    if command == "apply" and arguments is None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's stop is a Ctrl-C
    if command in _ONE_SHOT:
        # Ends soon, and makes millions of values that live until then: looking for garbage among them is for nothing.
        gc.disable()
    code = guarded(lambda: clearway.main(args=words or ["--help"], prog_name="clearway", standalone_mode=False))
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
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        sys.stderr.write(f"error: {error.format_message()}\n    see `clearway --help`, `clearway COMMAND --help`\n")
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
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
