"""Something done to a device of the lab that Clearway was not asked for."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from controller.state.folder import store_of
from intents.model.state import Difference
from intents.model.switch import FlowEntry
from labs.olt.control import ask
from labs.runner.workspace import Workspace
from southbound.openflow.change import message
from southbound.openflow.dialect import dialect


def delete_flow(topology: Path, home: Path, source: str, destination: str) -> FlowEntry:
    """Take the first flow entry between two addresses off core-1, as another controller would. home: whose state says
    what was applied. Returns it, to be put back."""
    states = store_of(home).load_applied()
    assert states is not None
    found = sorted((o for o in states["core-1"].objects.values() if _between(o, source, destination)), key=repr)
    flow = found[0]
    assert isinstance(flow, FlowEntry)
    change(topology, Difference(key=flow.key, before=flow, after=None))
    return flow


def change(topology: Path, difference: Difference) -> None:
    """One object of core-1."""
    frame = message(dialect(), difference)
    ask(Workspace(topology).folder / "core-1.control", cmd="change", frame=frame.hex())


def _between(found: object, source: str, destination: str) -> bool:
    if not isinstance(found, FlowEntry):
        return False
    values = {int(value) for value in (ip_address(source), ip_address(destination))}
    return values <= {field.value for field in found.match}
