"""Faults on the fibres of a lab that is up, by the names that its topology has for things."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from labs.olt.control import ask
from labs.olt.light import KINDS
from labs.runner import lab as runner
from labs.runner.blueprint import OltBlueprint
from labs.runner.errors import LabError
from labs.runner.workspace import Workspace

CLEAR: Final = "clear"


def carry_out(topology: Path, fault: str, thing: str | None) -> str:
    """Order the fault of the OLT that it is at, or `clear` of all; what to say of it. Raises LabError."""
    workspace = runner.running(topology)
    olts = runner.read_blueprint(workspace.topology).olts
    if fault == CLEAR:
        for olt in olts:
            _ask(workspace, olt.name, cmd="mend")
        return "all is whole again"
    if fault not in KINDS:
        raise LabError(f"there is no fault {fault}", f"faults: {', '.join(KINDS)}; clear mends all")
    if thing is None:
        what = "OLT/PON" if fault == "feeder-cut" else "ONU"
        raise LabError(f"{fault} of what?", f"clearway lab fault {topology} {fault} {what}")
    name, at = _feeder(olts, thing) if fault == "feeder-cut" else _onu(olts, thing)
    _ask(workspace, name, cmd="break", fault=fault, at=at)
    return f"{fault} at {thing}; next: clearway status {workspace.topology.parent}"


def _feeder(olts: tuple[OltBlueprint, ...], thing: str) -> tuple[str, str]:
    """OLT and PON."""
    name, _, pon = thing.partition("/")
    pons = [f"{olt.name}/{each}" for olt in olts for each in olt.plant["pons"]]
    if thing not in pons:
        raise LabError(f"there is no PON {thing}", f"PONs: {', '.join(pons)}")
    return name, pon


def _onu(olts: tuple[OltBlueprint, ...], thing: str) -> tuple[str, str]:
    """OLT and serial number."""
    onus = {
        str(onu["name"]): (olt.name, str(onu["serial"]))
        for olt in olts
        for pon in olt.plant["pons"].values()
        for onu in pon["onus"]
    }
    if thing not in onus:
        raise LabError(f"there is no ONU {thing}", f"ONUs: {', '.join(onus)}")
    return onus[thing]


def _ask(workspace: Workspace, olt: str, **command: str) -> None:
    try:
        ask(workspace.folder / f"{olt}.state" / "control", **command)
    except (OSError, ValueError) as error:
        raise LabError(f"{olt} does not take orders: {error}", "clearway lab status") from error
