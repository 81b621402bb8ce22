"""`clearway trust`: write down the host key of an OLT, after somebody has compared it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import faults_as, project_at
from intents.ingest import nearest
from intents.model.campus import Olt
from intents.model.diagnostic import ClearwayError, Diagnostic
from southbound.netconf.hostkey import fingerprint, shown


@click.command(short_help="Write down an OLT's host key, after comparing it.")
@common.folder_required
@click.argument("olt")
@click.option("--yes", metavar="FINGERPRINT", help="Do not ask: it must be this one, SHA256:...")
@click.option("--replace", is_flag=True, help="Another key is written already, and the OLT was replaced.")
def trust(folder: Path, olt: str, yes: str | None, *, replace: bool) -> None:
    """Show the key that answers where OLT is, and write it into the file that the campus names, if you say that it is
    the one that the OLT shows at its console (on most: `ssh-keygen -lf`, `show ssh host-key` or alike)."""
    with faults_as(as_json=False):
        project = project_at(folder, None, None)
        device = _olt(project.checked_campus().olts, olt)
        access = device.netconf
        key = shown(device.name, access.host, access.port)
        path = _file(device, project.root)
        _refuse_other(path, key, device, replace=replace)
        print_ = fingerprint(key)
        output.out.print(f"{device.name} ({access.host}:{access.port}) shows {key.split()[0]} {print_}")
        _confirm(device, print_, yes)
        path.parent.mkdir(parents=True, exist_ok=True)
        common.write_text(path, f"{key} {device.name}\n", "netconf.host-key")
        output.out.print(f"written to {path}")
        if access.host_key is None:
            where = path.relative_to(project.root)
            output.out.print(f"    now add to {device.name} in the campus: netconf: {{host-key: {{file: {where}}}}}")


def _olt(known: Mapping[str, Olt], name: str) -> Olt:
    if name in known:
        return known[name]
    near = nearest(name, known)
    hint = f"did you mean '{near}'?" if near else f"there are: {', '.join(sorted(known)) or 'none'}"
    raise ClearwayError(Diagnostic(code="unknown-olt", message=f"the campus has no OLT '{name}'", hint=hint))


def _file(olt: Olt, root: Path) -> Path:
    ref = olt.netconf.host_key
    if ref is None:
        return root / "keys" / f"{olt.name}.pub"
    if ref.kind != "file":
        raise _not_trusted(
            f"the host key of {olt.name} is kept in {{{ref.kind}: {ref.name}}}, which is not written from here",
            "put it there, or write host-key: {file: PATH}",
        )
    return root / Path(ref.name).expanduser()


def _refuse_other(path: Path, key: str, olt: Olt, *, replace: bool) -> None:
    try:
        written = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    if written.split()[:2] != key.split()[:2] and not replace:
        raise _not_trusted(
            f"{path} holds another key ({fingerprint(written)}) than {olt.name} shows ({fingerprint(key)})",
            "if the OLT was replaced, say so with --replace; otherwise somebody stands in between",
        )


def _confirm(olt: Olt, print_: str, yes: str | None) -> None:
    if yes is None:
        if click.confirm(f"does {olt.name} show the same at its console?", err=True):
            return
    elif yes == print_:
        return
    raise _not_trusted(f"the key of {olt.name} is not taken", "compare it at the OLT's console, and run this again")


def _not_trusted(message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code="not-trusted", message=message, hint=hint))
