"""The same commands on a running service: `--server HOST:PORT`, or CLEARWAY_SERVER."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from controller import present
from controller.cli import output, plan_text, verdict_text
from controller.cli.capacity_text import print_rooms, print_stocks
from controller.cli.commands.common import about, faults_as, write_text
from controller.cli.explain_text import print_explanation
from controller.cli.progress import telling
from controller.operations import Permit

if TYPE_CHECKING:
    from controller.client import Changed, Client, Intent

option = click.option(
    "--server", metavar="HOST:PORT", envvar="CLEARWAY_SERVER", help="Ask a running service (env CLEARWAY_SERVER)."
)


def refuse_beside(**given: object) -> None:
    """A usage error where an option is given that has no meaning beside --server."""
    for name, value in given.items():
        if value:
            raise click.UsageError(
                f"--{name.replace('_', '-')} has no meaning beside --server: the service has its own"
            )


@contextmanager
def asked(server: str, *, as_json: bool) -> Iterator[Client]:
    """A client; faults are printed in the form asked for."""
    # gRPC takes a fifth of a second that other commands spare.
    from controller.client import Client  # noqa: PLC0415
    from controller.client.credentials import from_environment  # noqa: PLC0415

    with faults_as(as_json=as_json):
        shown = from_environment(os.environ)
        author = _author() if shown.certificate is None else ""  # else the certificate says who it is
        with Client(server, shown, author=author) as client:
            yield client


def _author() -> str:
    return f"{about('')['by']} <{about('')['by']}@localhost>"


def plan(server: str, permit: Permit, *, as_json: bool, full: bool) -> bool:
    """Print what would change; whether anything would."""
    with asked(server, as_json=as_json) as client:
        found = client.plan(permit=permit)
    if as_json:
        output.print_json(
            present.result(
                ok=True, errors=found.warnings, changes=present.changes(found.changes), base=dict(found.base)
            )
        )
    else:
        output.print_diagnostics(found.warnings)
        plan_text.print_changes(found.changes, full=full)
    return bool(found.changes)


def propose(server: str, file: Path, permit: Permit, *, as_json: bool, full: bool) -> bool:
    """Print what the intent in a file would come to; whether anything would change."""
    from controller.client.documents import intent_in  # noqa: PLC0415 - as above

    with asked(server, as_json=as_json) as client:
        found = client.propose(intent_in(file), permit=permit)
    if as_json:
        expected = [present.intent(found.expected)] if found.expected is not None else []
        output.print_json(
            present.result(
                ok=True,
                errors=found.warnings,
                changes=present.changes(found.changes),
                base=dict(found.base),
                resources=[present.room(r) for r in found.resources],
                intents=expected,
            )
        )
    else:
        output.print_diagnostics(found.warnings)
        plan_text.print_changes(found.changes, full=full)
        if found.resources:
            output.out.print()
            print_rooms(found.resources)
        if found.expected is not None:
            output.out.print()
            verdict_text.print_expected(found.expected)
    return bool(found.changes)


def apply(server: str, file: Path, permit: Permit, *, as_json: bool, full: bool, events: str | None) -> NoReturn:
    """Create or replace the intent in a file."""
    from controller.client.documents import intent_in  # noqa: PLC0415 - as above

    with asked(server, as_json=as_json) as client:
        intent: Intent = intent_in(file)
        with telling(as_json=as_json, events=events) as progress:
            done = client.apply(intent, permit=permit, progress=progress)
    _changed(done, as_json=as_json, full=full)


def delete(server: str, name: str, permit: Permit, *, as_json: bool, full: bool, events: str | None) -> NoReturn:
    """Remove an intent."""
    with asked(server, as_json=as_json) as client, telling(as_json=as_json, events=events) as progress:
        done = client.delete(name, permit=permit, progress=progress)
    _changed(done, as_json=as_json, full=full)


def _changed(done: Changed, *, as_json: bool, full: bool) -> NoReturn:
    if as_json:
        output.print_json(
            present.result(
                ok=done.verdict.holds,
                errors=done.warnings,
                token=done.token,
                recovered=list(done.recovered),
                changes=present.changes(done.changes),
                resting=present.resting(done.resting),
                **present.verdict(done.verdict),
            )
        )
    else:
        for line in done.recovered:
            output.err.print(f"an earlier change was left unfinished: {line}")
        output.print_diagnostics(done.warnings)
        plan_text.print_changes(done.changes, full=full)
        verdict_text.print_verdict(done.verdict, done.resting, full=full)
    raise click.exceptions.Exit(0 if done.verdict.holds else 1)


def verify(server: str, *, as_json: bool, full: bool) -> NoReturn:
    """Prove that each intent holds."""
    with asked(server, as_json=as_json) as client:
        found = client.verify()
    if as_json:
        output.print_json(
            present.result(
                ok=found.verdict.holds,
                errors=found.warnings,
                resting=present.resting(found.resting),
                **present.verdict(found.verdict),
            )
        )
    else:
        output.print_diagnostics(found.warnings)
        verdict_text.print_verdict(found.verdict, found.resting, full=full)
    raise click.exceptions.Exit(0 if found.verdict.holds else 1)


def explain(server: str, name: str, language: str, svg: Path | None, *, as_json: bool) -> NoReturn:
    """Say what one intent means, and what carries it."""
    with asked(server, as_json=as_json) as client:
        found = client.explain(name, language)
        if svg is not None:
            write_text(svg, client.picture(name), "--svg")
    if as_json:
        output.print_json(present.result(ok=found.verdict.holds, **found.as_json()))
    else:
        print_explanation(found)
    raise click.exceptions.Exit(0 if found.verdict.holds else 1)


def capacity(server: str, *, as_json: bool, full: bool) -> None:
    """What is promised and free."""
    with asked(server, as_json=as_json) as client:
        found = client.capacity(unused=full or as_json)
    if as_json:
        output.print_json(
            present.result(
                ok=True,
                errors=found.warnings,
                resources=[present.room(r) for r in found.rooms],
                counts=[present.stock(s) for s in found.stocks],
            )
        )
    else:
        output.print_diagnostics(found.warnings)
        print_rooms(found.rooms)
        output.out.print()
        print_stocks(found.stocks)


def status(server: str, *, as_json: bool, watch: bool) -> NoReturn:
    """The status as the service saw it last; watch: and each change of it, until Ctrl-C."""
    holds = True
    with asked(server, as_json=as_json) as client:
        for found in client.watch(patience_s=None if watch else 0):
            holds, held = found.holds, client.held()
            if as_json:
                about_it: dict[str, Any] = {
                    "revision": found.revision,
                    "time": found.time.isoformat(timespec="milliseconds"),
                    "cause": found.cause,
                    "commit": found.commit,
                    "held": [hold.as_json() for hold in held],
                }
                verdict = present.verdict(found.verdict) if found.verdict else {"intents": [], "drift": []}
                output.print_json(present.result(ok=holds, errors=found.faults, **about_it, **verdict))
            else:
                commit = f", commit {found.commit[:12]}" if found.commit else ""
                output.out.print(f"{found.time:%Y-%m-%d %H:%M:%S} UTC  {found.cause}{commit}", "dim")
                output.print_diagnostics(found.faults)
                if found.verdict is not None:
                    verdict_text.print_verdict(found.verdict)
                for hold in held:
                    output.out.print(hold.statement)
            if not watch:
                break
    raise click.exceptions.Exit(0 if holds else 1)


def words_of(words: Sequence[str], server: str | None) -> tuple[Path, str]:
    """DIR and INTENT; without DIR where a service is asked."""
    if server is not None and len(words) == 1:
        return Path(), words[0]
    if server is None and len(words) == 2:
        return Path(words[0]), words[1]
    raise click.UsageError("give DIR INTENT, or with --server INTENT alone")
