"""A lab with packets: its network (labs/net), and an OLT process on it for each OLT. Root only."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from typing import Final

from labs.net.fabric import HEADER_BYTES, MTU, Fabric, build
from labs.net.names import Names, interface
from labs.net.ovs import OvsInstance
from labs.net.record import Record
from labs.net.stretch import DOWN, UP
from labs.net.trunks import Trunk, write_config
from labs.runner.blueprint import Blueprint, with_packets_on
from labs.runner.devices import root, start_olt
from labs.runner.errors import LabError
from labs.runner.workspace import Workspace

PROGRAMS: Final = ("ovs-vswitchd", "ovsdb-server", "ovsdb-tool", "ovs-vsctl", "ovs-ofctl", "ovs-appctl", "ip", "tc")


def why_not() -> str | None:
    """Why packets cannot be had on this machine, or None."""
    if os.geteuid() != 0:
        return "not root"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [p for p in PROGRAMS if shutil.which(p, path=path) is None]
    return f"{', '.join(missing)} not installed" if missing else None


def names_of(workspace: Workspace) -> Names:
    """The names of this lab's namespaces."""
    return Names.of(str(workspace.folder))


def prefix_of(workspace: Workspace) -> str:
    """What every namespace of this lab begins with."""
    return names_of(workspace).prefix


def namespace_of(workspace: Workspace, place: str) -> str:
    """The network namespace of a place."""
    return names_of(workspace).netns(place)


def ovs_of(workspace: Workspace) -> OvsInstance:
    """The lab's Open vSwitch."""
    return OvsInstance(workspace.folder / "ovs", namespace_of(workspace, "ovs"))


def up(workspace: Workspace, blueprint: Blueprint, scale: int, pons: Sequence[str] = ()) -> None:
    """Everything, from nothing. pons: those that carry packets, all where none is named; an OLT without one is control
    plane only. Raises LabError; `down` takes away what was made until then."""
    carrying = _carrying(blueprint, pons)
    fabric = build(Record(names_of(workspace)), workspace.folder / "ovs", carrying, scale=scale)
    _shape_trunks(workspace, blueprint, fabric, scale)
    for olt in blueprint.olts:
        wired = fabric.wirings[olt.name]
        wiring = workspace.folder / f"{olt.name}.wiring.json"
        wired.write(wiring)
        words = ["--dataplane", "labs.olt.dataplane.plane:factory", "--dataplane-arg", f"wiring={wiring}"]
        start_olt(workspace, olt, words if wired.pons else [])


def _carrying(blueprint: Blueprint, pons: Sequence[str]) -> Blueprint:
    try:
        return with_packets_on(blueprint, pons) if pons else blueprint
    except ValueError as unknown:
        there = [f"{olt.name}/{pon}" for olt in blueprint.olts for pon in sorted(olt.plant["pons"])]
        raise LabError(f"there is no PON {unknown}", f"PONs: {', '.join(there[:8])}") from None


def _shape_trunks(workspace: Workspace, blueprint: Blueprint, fabric: Fabric, scale: int) -> None:
    """Start what makes the queues between switches real, where switches are linked."""
    rates = {(s.name, number): rate for s in blueprint.switches for number, rate in s.ports.items()}
    ends = {(s.name, number): far for s in blueprint.switches for number, far in s.links.items()}
    trunks = [
        Trunk(
            bridge=interface(switch),
            interface=stretch.near if is_near else stretch.far,
            number=number,
            rate_bps=min(rates[switch, number], rates[far.device, int(far.port)]),
            netns=stretch.netns,
            device=DOWN if is_near else UP,
        )
        for (switch, number), (stretch, is_near) in sorted(fabric.trunks.items())
        if (far := ends[switch, number])
    ]
    if trunks:
        config = workspace.folder / "trunks.json"
        write_config(config, fabric.ovs, trunks, scale, MTU + HEADER_BYTES)
        workspace.spawn("trunks", [sys.executable, "-m", "labs.net.trunks", str(config)], {"PYTHONPATH": root()})


def left(workspace: Workspace) -> bool:
    """Whether there is something for `down` to take away."""
    return Record(names_of(workspace)).open


def down(workspace: Workspace) -> None:
    """Take everything away, also what a killed runner left."""
    Record(names_of(workspace)).undo()


def note(workspace: Workspace, mode: str, scale: int, pons: Sequence[str] = ()) -> None:
    """Remember how the lab runs. pons: as of `up`."""
    about = {"mode": mode, "scale": scale, "topology": str(workspace.topology), "pons": list(pons)}
    workspace.note("lab", about)


def noted(workspace: Workspace) -> dict[str, object] | None:
    """How the lab runs, or None."""
    try:
        found: dict[str, object] = json.loads((workspace.folder / "lab.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found
