"""A project's campus written as a containerlab topology."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import yaml

from intents.ingest import load
from intents.model.diagnostic import has_errors
from labs.campus.export import Variable, topology_of
from labs.runner.errors import LabError

_TOPOLOGY: Final = (".clab.yml", ".clab.yaml")


class _Dumper(yaml.SafeDumper):
    """Without anchors, and lists of words on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        del data
        return True

    def one_line(self, items: list[Any]) -> yaml.Node:
        """A list."""
        return self.represent_sequence("tag:yaml.org,2002:seq", items, all(isinstance(i, str) for i in items))


_Dumper.add_representer(list, _Dumper.one_line)


def export(project: Path) -> str:
    """The topology as text. project: a folder, or a topology in it. Raises LabError with what is wrong there."""
    loaded = load({str(path): _text(path) for path in _files(project)}, dict(os.environ))
    if loaded.campus is None or has_errors(loaded.diagnostics):
        raise LabError("\n".join(str(d) for d in loaded.diagnostics), f"clearway check {project}")
    return text_of(topology_of(loaded.campus, loaded.intents))


def text_of(topology: dict[str, Any]) -> str:
    """YAML of a topology."""
    plain = _escaped(topology)
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=1000, allow_unicode=True)


def _escaped(value: Any) -> Any:
    """A dollar is written twice, since containerlab replaces variables; but for those that are meant."""
    if isinstance(value, dict):
        return {key: _escaped(body) for key, body in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, Variable):
        return str(value)
    return value.replace("$", "$$") if isinstance(value, str) else value


def _files(project: Path) -> list[Path]:
    """The campus and its intents."""
    folder = project.parent if project.is_file() else project
    top = [p for p in sorted(folder.glob("*.y*ml")) if project in (folder, p) or not p.name.endswith(_TOPOLOGY)]
    found = [*top, *sorted((folder / "intents").rglob("*.y*ml"))]
    if not found:
        raise LabError(f"{folder} holds no campus", "give the folder with campus.yaml, or with a .clab.yml topology")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{path} cannot be read: {error}") from None
