"""`clearway serve`: the service in the foreground, until a signal."""

from __future__ import annotations

import logging
import signal
import threading
from pathlib import Path

import click

from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import faults_as
from controller.service.service import Service, Wanted


@click.command(short_help="Run the controller and the gRPC intent API.")
@common.folder
@click.option("--git", metavar="REPO", type=click.Path(path_type=Path), help="Follow a git repository instead.")
@click.option("--branch", default="main", show_default=True, help="The branch to follow.")
@click.option("--listen", metavar="HOST:PORT", default="127.0.0.1:50051", show_default=True, help="gRPC address.")
@click.option(
    "--look", metavar="SECONDS", type=float, default=2.0, show_default=True, help="How often to look for commits."
)
@click.option("--judge", metavar="SECONDS", type=float, default=10.0, show_default=True, help="How often to verify.")
@click.option(
    "--metrics", metavar="HOST:PORT", default="", help="Show /metrics, /healthz, /readyz there; else nowhere."
)
@click.option("--auto-apply/--no-auto-apply", default=True, help="Apply each new commit; else only the API applies.")
def serve(
    folder: Path,
    git: Path | None,
    branch: str,
    listen: str,
    look: float,
    judge: float,
    metrics: str,
    *,
    auto_apply: bool,
) -> None:
    """Run the controller: OpenFlow, the gRPC intent API, and (with --git) a branch that is applied commit by commit.

    With --git REPO, DIR is the project's folder inside the repository.
    """
    logging.basicConfig(level=logging.INFO, handlers=[_handler()])
    with faults_as(as_json=False):
        wanted = Wanted(
            folder=folder,
            git=git,
            branch=branch,
            listen=listen,
            look_s=look,
            judge_s=judge,
            auto_apply=auto_apply,
            metrics=metrics,
        )
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        with Service(wanted) as service:
            output.err.print(f"serving intents on {service.address}; stop with Ctrl-C")
            ended.wait()
            output.err.print("draining")


class _Fields(logging.Formatter):
    """A constant message and its fields."""

    _KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, message, then key=value."""
        fields = " ".join(f"{k}={v}" for k, v in sorted(vars(record).items()) if k not in self._KNOWN)
        return f"{super().format(record)} {fields}".rstrip()


def _handler() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(_Fields("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler
