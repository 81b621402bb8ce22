"""`clearway serve`: the service in the foreground, until a signal."""

from __future__ import annotations

import gc
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from controller.cli import output
from controller.cli.commands.common import faults_as
from controller.leadership.settings import reference
from controller.service.rollout.policy import policy_of
from controller.service.service import Service
from controller.service.settings import Settings, followed, read_settings
from controller.telemetry import logs


@click.command(short_help="Run the controller and the gRPC intent API.")
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Settings of kind Service; an option that is given goes before the file.",
)
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
@click.option("--git", metavar="REPO", help="Follow a git repository instead: its folder or URL.")
@click.option("--branch", help="The branch to follow; main if not said.")
@click.option("--listen", metavar="HOST:PORT", help="gRPC address; 127.0.0.1:50051 if not said.")
@click.option("--look", "look_s", metavar="SECONDS", type=float, help="How often to look for commits; 2 if not said.")
@click.option(
    "--judge", "judge_s", metavar="SECONDS", type=float, help="How often to read devices in full; 300 if not said."
)
@click.option(
    "--policy", metavar="WORDS", help="When commits are carried out: auto (if not said), manual, 'auto within WINDOW'."
)
@click.option("--metrics", metavar="HOST:PORT", help="Show /metrics, /healthz and /readyz there; else nowhere.")
@click.option(
    "--database", metavar="REF", help="PostgreSQL of several controllers: env:NAME or file:PATH of its address."
)
@click.option("--openflow", metavar="tcp:HOST:PORT", help="Where switches reach this one of several controllers.")
@click.option("--address", metavar="HOST:PORT", help="Where clients reach this one; what --listen says if not said.")
@click.option("--lease", "lease_s", metavar="SECONDS", type=float, help="Others take over after it; 4 if not said.")
@click.option("--page", metavar="HOST:PORT", help="Show the network in a browser there; else nowhere.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Logs for people, or an object a line.")
def serve(
    config: Path | None,
    folder: Path | None,
    git: str | None,
    branch: str | None,
    policy: str | None,
    metrics: str | None,
    log_format: str | None,
    page: str | None,
    **options: Any,
) -> None:
    """Run the controller: OpenFlow, the gRPC intent API, and (with --git) a branch that is applied commit by commit.

    With --git REPO, DIR is the project's folder inside the repository.
    """
    with faults_as(as_json=False):
        base = Settings() if config is None else read_settings(config)
        judge_s = options.pop("judge_s")
        given = {name: value for name, value in options.items() if value is not None}
        among = {name: given.pop(name) for name in ("database", "openflow", "address", "lease_s") if name in given}
        if "database" in among:
            among["database"] = reference(among["database"], "--database")
        settings = replace(base, **given, controllers=replace(base.controllers, **among))
        settings = followed(settings, folder, git, branch)
        if policy is not None:
            settings = replace(settings, policy=policy_of(policy))
        if judge_s is not None:
            settings = replace(settings, reconcile=replace(settings.reconcile, read_s=judge_s))
        said = {"metrics": metrics, "log_format": log_format}
        telemetry = replace(settings.telemetry, **{k: v for k, v in said.items() if v is not None})
        settings = replace(settings, telemetry=telemetry)
        if page is not None:
            settings = replace(settings, page=replace(settings.page, listen=page))
        logs.configure(telemetry)
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        with Service(settings) as service:
            _collect_seldom()
            output.err.print(f"serving intents on {service.address}; stop with Ctrl-C")
            if service.page:
                output.err.print(f"the page is at {service.page}")
            if service.warning:
                output.err.print(service.warning)
            ended.wait()
            output.err.print("draining")


def _collect_seldom() -> None:
    """A proof makes millions of values that live until it ends; to look for garbage among them at every seven hundredth
    takes a third of its time. What was made at the start stays for as long as the service, and is not looked at."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
