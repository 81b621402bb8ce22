"""A lab with packets: namespaces, the lab's own Open vSwitch, fibres, and an OLT process on them. Root only."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from typing import Final

from labs.net.hosts import clean, make_host
from labs.net.ovs import Ovs
from labs.net.stretch import Stretch
from labs.olt.dataplane.wiring import FAR, NEAR
from labs.runner.blueprint import Blueprint, OltBlueprint, SwitchBlueprint
from labs.runner.devices import start_olt
from labs.runner.errors import LabError
from labs.runner.workspace import Workspace

PROGRAMS: Final = ("ovs-vswitchd", "ovsdb-server", "ovs-vsctl", "ovs-ofctl", "ip", "tc", "ethtool")


def why_not() -> str | None:
    """Why packets cannot be had on this machine, or None."""
    if os.geteuid() != 0:
        return "not root"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [p for p in PROGRAMS if shutil.which(p, path=path) is None]
    return f"{', '.join(missing)} not installed" if missing else None


def prefix_of(workspace: Workspace) -> str:
    """Five letters that name everything of this lab in the kernel."""
    return "cw" + hashlib.sha256(str(workspace.folder).encode()).hexdigest()[:3]


def namespace_of(workspace: Workspace, place: str) -> str:
    """The network namespace of a place."""
    return f"{prefix_of(workspace)}-{place}"


def ovs_of(workspace: Workspace) -> Ovs:
    """The lab's Open vSwitch."""
    return Ovs(workspace.folder / "ovs")


class PacketLab:
    """Builds one lab. Ports of places on the ODN's bridge are numbered as they come."""

    def __init__(self, workspace: Workspace, blueprint: Blueprint, scale: int) -> None:
        self._workspace, self._blueprint, self._scale = workspace, blueprint, scale
        self._ovs = ovs_of(workspace)
        self._prefix = prefix_of(workspace)
        self._cables = 0

    def up(self) -> None:
        """Everything, from nothing."""
        remotes = sorted({s.ovsdb for s in self._blueprint.switches if s.ovsdb})
        self._ovs.start([_passive(r) for r in remotes])
        for switch in self._blueprint.switches:
            self._switch(switch)
        for olt in self._blueprint.olts:
            self._olt(olt)

    def _switch(self, switch: SwitchBlueprint) -> None:
        self._ovs.add_bridge(switch.name, switch.datapath_id, switch.controller)
        for host in self._blueprint.hosts:
            if host.device == switch.name:
                self._plug(host.name, switch.name, host.port)

    def _plug(self, host: str, bridge: str, number: int) -> None:
        cable = f"{self._prefix}h{self._cables}"
        self._cables += 1
        found = next(h for h in self._blueprint.hosts if h.name == host)
        make_host(found, namespace_of(self._workspace, host), cable)
        self._ovs.add_port(bridge, cable, number)

    def _olt(self, olt: OltBlueprint) -> None:
        if len(olt.plant["pons"]) != 1:
            raise LabError(f"{olt.name} has {len(olt.plant['pons'])} PONs; packets run on one PON an OLT")
        odn = f"{olt.name}-odn"
        self._ovs.add_bridge(olt.name)
        self._ovs.add_bridge(odn)
        stretch = Stretch(f"{self._prefix}f{self._cables}")
        self._cables += 1
        stretch.make()
        self._ovs.add_port(olt.name, stretch.near, NEAR)
        self._ovs.add_port(odn, stretch.far, FAR)
        self._fill_in(olt, odn)
        arguments = {
            "ovs": str(self._ovs.folder),
            "olt": olt.name,
            "odn": odn,
            "stretch": stretch.near[:-1],
            "plant": str(self._workspace.folder / f"{olt.name}.plant.json"),
            "scale": str(self._scale),
        }
        words = ["--dataplane", "labs.olt.dataplane:factory"]
        for key, value in arguments.items():
            words += ["--dataplane-arg", f"{key}={value}"]
        start_olt(self._workspace, olt, words)

    def _fill_in(self, olt: OltBlueprint, odn: str) -> None:
        """Plug the hosts into the UNIs and the uplinks into the switches; write the port numbers into the plant."""
        number = 1
        for pon in olt.plant["pons"].values():
            for onu in pon["onus"]:
                onu["uni_ports"] = {}
                for uni in onu["unis"]:
                    onu["uni_ports"][uni] = number
                    for host in self._blueprint.hosts:
                        if host.device == onu["name"] and host.port == int(uni):
                            self._plug(host.name, odn, number)
                    number += 1
        ports = {}
        for switch in self._blueprint.switches:
            for port, far in switch.links.items():
                if far.device == olt.name:
                    ports[far.port] = len(ports) + 1
                    names = (f"{self._prefix}p{switch.name}-{port}", f"{self._prefix}p{olt.name}-{ports[far.port]}")
                    near_end = (switch.name, names[0], port)
                    self._ovs.add_patch(near_end, (olt.name, names[1], ports[far.port]))
        olt.plant["uplink_ports"] = ports  # type: ignore[index] # the runner owns the plant until the OLT starts


def _passive(remote: str) -> str:
    """tcp:ADDRESS:PORT, as a client dials, to ptcp:PORT:ADDRESS, as the database listens."""
    host, _, port = remote.removeprefix("tcp:").rpartition(":")
    return f"ptcp:{port}:{host}"


def down(workspace: Workspace) -> None:
    """Take everything away, also what a killed runner left."""
    if (workspace.folder / "ovs").exists():
        ovs_of(workspace).stop()
    clean(prefix_of(workspace))


def note(workspace: Workspace, mode: str, scale: int) -> None:
    """Remember how the lab runs."""
    workspace.note("lab", {"mode": mode, "scale": scale, "topology": str(workspace.topology)})


def noted(workspace: Workspace) -> dict[str, object] | None:
    """How the lab runs, or None."""
    try:
        found: dict[str, object] = json.loads((workspace.folder / "lab.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found
