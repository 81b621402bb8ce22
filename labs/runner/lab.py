"""Up, down and status of a lab, however it runs on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from intents.ingest import load
from intents.model.diagnostic import has_errors
from labs.runner import packets
from labs.runner.blueprint import Blueprint, blueprint
from labs.runner.devices import start_light_olts, start_olt, start_soft_switch
from labs.runner.errors import LabError
from labs.runner.keys import make_keys
from labs.runner.workspace import Workspace

DEFAULT_SCALE = 20
CAMPUS: Final = "campus.yaml"
Say = Callable[[str], None]


def find_topology(path: Path) -> Path:
    """The file itself, or the topology in a folder, or its campus.yaml where it has none. Raises LabError."""
    if path.is_file():
        return path
    found = sorted(path.glob("*.clab.yml")) if path.is_dir() else []
    if not found and (path / CAMPUS).is_file():
        return path / CAMPUS
    if len(found) != 1:
        raise LabError(f"{path} holds {len(found)} topologies (*.clab.yml)", "name the file: clearway lab up FILE")
    return found[0]


def read_blueprint(topology: Path) -> Blueprint:
    """What the topology, or the campus of several files, needs. Raises LabError with what is wrong in it."""
    files = sorted(topology.parent.glob("*.y*ml")) if topology.name == CAMPUS else [topology]
    loaded = load({str(path): path.read_text(encoding="utf-8") for path in files}, dict(os.environ))
    if loaded.campus is None or has_errors(loaded.diagnostics):
        raise LabError("\n".join(str(d) for d in loaded.diagnostics), f"clearway check {topology.parent}")
    return blueprint(loaded.campus)


def up(
    path: Path,
    say: Say,
    *,
    scale: int = DEFAULT_SCALE,
    without_packets: bool = False,
    light: bool = False,
    pons: Sequence[str] = (),
) -> Workspace:
    """Bring the lab up afresh. light: its OLTs are light ones, in one process and without packets. pons: `OLT/PON` that
    carry packets, all where none is named. Returns its workspace. Raises LabError; then nothing is left behind."""
    topology = find_topology(path)
    plan = read_blueprint(topology)
    workspace = Workspace(topology)
    down(path)
    workspace.prepare()
    make_keys(workspace.folder, [o.name for o in plan.olts])
    reason = "asked to" if without_packets or light else packets.why_not()
    mode = "packets" if reason is None else "loopback"
    packets.note(workspace, mode, scale, pons)
    try:
        if reason is None:
            packets.up(workspace, plan, scale, pons)
        else:
            say(f"without packets ({reason}): the devices listen on loopback, nothing is measured")
            if light and plan.olts:
                start_light_olts(workspace, [(olt, workspace.folder) for olt in plan.olts])
            for olt in () if light else plan.olts:
                start_olt(workspace, olt, [])
            for switch in plan.switches:
                start_soft_switch(workspace, switch)
    except BaseException:
        down(path)
        raise
    return workspace


def down(path: Path) -> None:
    """Take the lab down, also one that was killed half way. Idempotent."""
    workspace = Workspace(find_topology(path))
    if not workspace.folder.exists() and not packets.left(workspace):
        return
    workspace.stop_all()
    if os.geteuid() == 0:
        packets.down(workspace)
    shutil.rmtree(workspace.folder, ignore_errors=True)
    # What Clearway remembers of devices that are gone is of no use.
    shutil.rmtree(workspace.topology.parent / ".clearway", ignore_errors=True)


def running(path: Path) -> Workspace:
    """The workspace of a lab that is up. Raises LabError where it is not."""
    workspace = Workspace(find_topology(path))
    if packets.noted(workspace) is None or not workspace.processes():
        raise LabError(f"the lab {workspace.topology.name} is not up", f"clearway lab up {workspace.topology.parent}")
    return workspace
