"""A node that is an ONU: Open vSwitch with one bridge, whose flows its OLT sets on the management network.

An OLT configures its ONUs by OMCI, in band; here it is OpenFlow, beside the fibre.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from labs.containers.idle import FOREVER, RUN, is_ready
from labs.net import numbering
from labs.net.names import Names
from labs.net.ovs import Bridge, OvsInstance, Port
from labs.net.record import Record
from labs.runner.blueprint import OltBlueprint
from labs.runner.errors import LabError

OPENFLOW_PORT: Final = 6634
_BRIDGE: Final = "onu"
_DATAPATH: Final = 0xC1EA_0001_0000
_NUMBER: Final = re.compile(r"([0-9]+)\Z")


def names_at(olt: OltBlueprint) -> dict[str, str]:
    """ONU to PON."""
    return {onu["name"]: pon for pon, body in olt.plant["pons"].items() for onu in body["onus"]}


def become(olt: OltBlueprint, name: str, interfaces: Sequence[str]) -> list[str]:
    """Raises LabError."""
    unis = numbering.unis(olt)[name]
    ports = []
    for each in interfaces:
        found = _NUMBER.search(each)
        uni = int(found[1]) if found else 0
        if each.startswith("pon"):
            ports.append(Port(bridge=_BRIDGE, name=each, number=numbering.lines(olt)[names_at(olt)[name]]))
        elif uni in unis:
            ports.append(Port(bridge=_BRIDGE, name=each, number=unis[uni]))
        else:
            raise LabError(
                f"{name} has an interface {each} that is none of its UNIs", "ethN for UNI N, pon0 for the PON"
            )
    ovs = OvsInstance(RUN / "ovs", None)
    ovs.start(Record(Names.of(name)))
    # Passive: the OLT dials.
    ovs.add([Bridge(name=_BRIDGE, datapath_id=_DATAPATH, controller=f"ptcp:{OPENFLOW_PORT}")], ports)
    is_ready()
    return list(FOREVER)
