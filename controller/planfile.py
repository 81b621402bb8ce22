"""Saved plans: the texts they were made from, and the fingerprints of what they do, by which a stale one is known.

A saved plan carries the campus and intents themselves, so that `apply PLANFILE` makes the change that was looked at,
whatever happened to the folder since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from controller import present
from controller.project import Project, project_of
from intents.compile import fingerprints
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from intents.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """What was saved. `base`: device name to the fingerprint of what the plan does to it."""

    project: Project
    base: Mapping[str, str]


def save_plan(path: Path, project: Project, plan: Plan) -> None:
    """Write the plan file. Raises ClearwayError where it cannot be written."""
    data = {
        "schemaVersion": present.SCHEMA_VERSION,
        "kind": "ClearwayPlan",
        "root": str(project.root.resolve()),
        "files": dict(project.files),
        "base": dict(fingerprints(plan)),
        "changes": present.plan(plan),
    }
    try:
        path.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise _fault(path, f"cannot be written: {error.strerror}", "choose another file with --out") from error


def load_plan(path: Path) -> SavedPlan:
    """Read a plan file. Raises ClearwayError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["kind"] != "ClearwayPlan" or data["schemaVersion"] != present.SCHEMA_VERSION:
            raise KeyError(data["kind"])
        return SavedPlan(project=project_of(Path(data["root"]), data["files"]), base=data["base"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _fault(path, "is not a plan of this version", "make one with `clearway plan DIR --out FILE`") from error


def _fault(path: Path, message: str, hint: str) -> ClearwayError:
    return ClearwayError(
        Diagnostic(code="plan-file", message=f"{path} {message}", hint=hint, position=Position(str(path)))
    )
