"""Start the lab's device processes: an OLT server each, and where there is no Open vSwitch a soft switch each."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from labs.runner.blueprint import OltBlueprint, SwitchBlueprint
from labs.runner.errors import LabError
from labs.runner.workspace import Workspace

READY_S: Final = 20.0
LIGHT_OLTS: Final = "light-olts"


def start_olt(workspace: Workspace, olt: OltBlueprint, dataplane: list[str]) -> None:
    """Start one OLT and wait until it listens. dataplane: extra arguments that choose what a commit does to packets."""
    plant = workspace.folder / f"{olt.name}.plant.json"
    plant.write_text(json.dumps(olt.plant, indent=1), encoding="utf-8")
    _refuse_taken(olt.host, olt.port, olt.name)
    workspace.spawn(
        olt.name,
        [
            sys.executable,
            "-m",
            "labs.olt",
            "--name",
            olt.name,
            "--listen",
            f"{olt.host}:{olt.port}",
            "--state",
            str(workspace.folder / f"{olt.name}.state"),
            "--host-key",
            str(workspace.folder / f"{olt.name}.host_key"),
            "--authorized-key",
            str(workspace.folder / "authorized_keys"),
            "--plant",
            str(plant),
            *dataplane,
        ],
        {"PYTHONPATH": root(), "HOME": os.environ.get("HOME", str(workspace.folder))},  # asyncssh wants one
    )
    _wait_for(workspace, olt.name, olt.host, olt.port)


def start_light_olts(workspace: Workspace, olts: Sequence[tuple[OltBlueprint, Path]]) -> None:
    """Start all OLTs, each with the folder of its keys, as one process of light ones (labs/lightolt), and wait until
    they listen."""
    told = [{"name": o.name, "host": o.host, "port": o.port, "keys": str(k), "plant": o.plant} for o, k in olts]
    for olt, _ in olts:
        _refuse_taken(olt.host, olt.port, olt.name)
    workspace.note(LIGHT_OLTS, {"olts": told})
    file = workspace.folder / f"{LIGHT_OLTS}.json"
    command = [sys.executable, "-m", "labs.lightolt", "--olts", str(file)]
    workspace.spawn(LIGHT_OLTS, command, {"PYTHONPATH": root(), "HOME": os.environ.get("HOME", str(workspace.folder))})
    last, _ = olts[-1]
    _wait_for(workspace, LIGHT_OLTS, last.host, last.port, READY_S + len(olts))


def start_soft_switch(workspace: Workspace, switch: SwitchBlueprint, options: Sequence[str] = ()) -> None:
    """Start a switch in Python, for machines without Open vSwitch. options: more arguments (labs/softswitch)."""
    command = [
        sys.executable,
        "-m",
        "labs.softswitch",
        "--openflow",
        switch.controller,
        "--datapath",
        hex(switch.datapath_id),
        "--ports",
        ",".join(str(p) for p in switch.ports),
        "--control",
        str(workspace.folder / f"{switch.name}.control"),
        *options,
    ]
    if switch.ovsdb is not None:
        host, _, port = switch.ovsdb.removeprefix("tcp:").rpartition(":")
        _refuse_taken(host, int(port), switch.name)
        command += ["--ovsdb", f"{host}:{port}"]
    workspace.spawn(switch.name, command, {"PYTHONPATH": root()})
    if switch.ovsdb is not None:
        _wait_for(workspace, switch.name, host, int(port))


def root() -> str:
    """Where the labs' programs are found from."""
    return str(Path(__file__).resolve().parents[2])


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _refuse_taken(host: str, port: int, name: str) -> None:
    if _listens(host, port):
        raise LabError(
            f"{name} cannot listen on {host}:{port}: something else does",
            "end it, or choose other ports: CLEARWAY_LAB_NETCONF_PORT, CLEARWAY_LAB_OVSDB_PORT, "
            "CLEARWAY_LAB_OPENFLOW_PORT",
        )


def _wait_for(workspace: Workspace, name: str, host: str, port: int, seconds: float = READY_S) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if name not in workspace.processes():
            raise LabError(f"{name} ended at once: {workspace.log_tail(name)}", f"see {workspace.folder / name}.log")
        if _listens(host, port):
            return
        time.sleep(0.05)
    raise LabError(f"{name} does not listen on {host}:{port}", f"see {workspace.folder / name}.log")
