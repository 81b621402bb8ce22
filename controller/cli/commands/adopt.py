"""The command that begins a project on a network that is there already: import."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from controller import present
from controller.cli import output
from controller.cli.commands import common
from controller.cli.commands.common import connector, faults_as, project_at
from intents.adopt import campus_text, discover, intents_text
from intents.model.diagnostic import ClearwayError, Diagnostic, Position


@click.command("import", short_help="What OLTs hold already, as texts to begin with.")
@common.folder
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write campus.yaml and intents/adopt.yaml into this folder, which must not have them.",
)
@common.as_json
def import_(folder: Path, out: Path | None, *, as_json: bool) -> None:
    """Read the OLTs of a campus and print what they hold that nobody wrote down: ONUs, UNIs, VLANs, as a campus.yaml
    and intents to adopt. Changes nothing on a device, and overwrites no file."""
    with faults_as(as_json=as_json):
        project = project_at(folder, None, None)
        campus = project.checked_campus()
        # Switches hold nothing to import, so they need not be there.
        with connector(project.root)(replace(campus, switches={})) as fleet:
            found = discover(campus, fleet.observe())
        texts = {"campus.yaml": campus_text(campus, found)}
        intents = intents_text(campus, found)
        if intents:
            texts["intents/adopt.yaml"] = intents
        if out is not None:
            _write(out, texts)
    if as_json:
        onus = [{"name": o.name, "pon": f"{o.olt}/{o.pon}", "serial": o.serial} for o in found.onus]
        foreign = {olt: list(names) for olt, names in sorted(found.foreign.items())}
        output.print_json(present.result(ok=True, files=texts, onus=onus, vlans=list(found.vids), foreign=foreign))
    elif out is None:
        click.echo("---\n".join(texts.values()), nl=False)
    else:
        output.err.print(
            f"wrote {', '.join(str(out / name) for name in texts)}: read them, then `clearway check {out}`"
        )


def _write(out: Path, texts: dict[str, str]) -> None:
    for name in texts:
        if (out / name).exists():
            raise ClearwayError(
                Diagnostic(
                    code="file-exists",
                    message=f"{out / name} is there already and is not overwritten",
                    hint="give --out another folder, and carry over what is wanted",
                    position=Position(str(out / name)),
                )
            )
    try:
        for name, text in texts.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{error.filename or out}: {error.strerror}"
        raise ClearwayError(
            Diagnostic(code="cannot-write", message=message, hint="check who may write there")
        ) from error
