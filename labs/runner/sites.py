"""A folder of sites, each a project of its own, up together: all OLTs light ones in one process, two soft switches a
site, no packets."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from labs.campus import Loopback, Size, projects
from labs.runner.devices import start_light_olts, start_soft_switch
from labs.runner.errors import LabError
from labs.runner.keys import make_keys
from labs.runner.lab import CAMPUS, read_blueprint
from labs.runner.workspace import Workspace

PORTS: Final = Loopback(netconf=8301, openflow=9001, ovsdb=10001)


def sites_in(folder: Path) -> list[Path]:
    """The sites of a folder, by name."""
    return sorted(below.parent for below in folder.glob(f"*/{CAMPUS}")) if folder.is_dir() else []


def is_one(folder: Path) -> bool:
    """Whether a folder holds sites, and is none itself."""
    return bool(sites_in(folder)) and not (folder / CAMPUS).exists() and not list(folder.glob("*.clab.yml"))


def write(size: Size, folder: Path, at: Loopback) -> None:
    """A made-up metro of sites (labs/campus/sites.py)."""
    for site, texts in projects(size, at).items():
        for name, text in texts.items():
            path = folder / site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def up(folder: Path) -> int:
    """Bring all sites up, empty; how many. Raises LabError; then nothing is left behind."""
    down(folder)
    whole = _whole(folder)
    whole.prepare()
    try:
        plans = [(Workspace(site / CAMPUS), read_blueprint(site / CAMPUS)) for site in sites_in(folder)]
        for workspace, plan in plans:
            workspace.prepare()
            make_keys(workspace.folder, [olt.name for olt in plan.olts])
        olts = [(olt, workspace.folder) for workspace, plan in plans for olt in plan.olts]
        if not olts:
            raise LabError(f"{folder} holds no site with an OLT", "clearway lab generate sites DIR")
        start_light_olts(whole, olts)
        for workspace, plan in plans:
            for switch in plan.switches:
                start_soft_switch(workspace, switch)
    except BaseException:
        down(folder)
        raise
    return len(sites_in(folder))


def down(folder: Path) -> None:
    """Take all sites down. Idempotent."""
    for workspace in [_whole(folder), *(Workspace(site / CAMPUS) for site in sites_in(folder))]:
        if workspace.folder.exists():
            workspace.stop_all()
            shutil.rmtree(workspace.folder, ignore_errors=True)
        shutil.rmtree(workspace.topology.parent / ".clearway", ignore_errors=True)


def processes(folder: Path) -> dict[str, int]:
    """What runs of the sites, and its process: SITE/NAME of switches, and the light OLTs."""
    found = dict(_whole(folder).processes())
    for site in sites_in(folder):
        found |= {f"{site.name}/{name}": pid for name, pid in Workspace(site / CAMPUS).processes().items()}
    return found


def _whole(folder: Path) -> Workspace:
    """What is not of one site."""
    return Workspace(folder / "sites")
