"""A node that is an OpenFlow switch: Open vSwitch with one bridge, that dials Clearway's controller.

A link to another switch below 10 Gbit/s goes through a stretch on which its queues are made real (labs/net/trunks.py).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Final

from labs.containers.idle import FOREVER, RUN, is_ready
from labs.net.fabric import HEADER_BYTES, MTU, NEVER_FULL_BPS
from labs.net.names import Names, interface
from labs.net.ovs import Bridge, OvsInstance, Port
from labs.net.record import Record
from labs.net.stretch import DOWN, add_stretch, join
from labs.net.trunks import Trunk, write_config
from labs.runner.blueprint import Blueprint, SwitchBlueprint
from labs.runner.lab import DEFAULT_SCALE

OVSDB_PORT: Final = 6640
_NUMBER: Final = re.compile(r"([0-9]+)\Z")


def become(switch: SwitchBlueprint, plan: Blueprint, interfaces: Sequence[str]) -> list[str]:
    """Raises LabError."""
    record = Record(Names.of(switch.name))
    ovs = OvsInstance(RUN / "ovs", None)
    ovs.start(record, [f"ptcp:{OVSDB_PORT}:0.0.0.0"])
    rates = {(s.name, number): rate for s in plan.switches for number, rate in s.ports.items()}
    bridge = interface(switch.name)
    ports, trunks = [], []
    for name in interfaces:
        number = _port_of(name)
        far = switch.links.get(number)
        far_rate = None if far is None else rates.get((far.device, _port_of(far.port)))
        rate = min(switch.ports.get(number, 0), far_rate or NEVER_FULL_BPS)
        if far_rate is None or rate >= NEVER_FULL_BPS:
            ports.append(Port(bridge=bridge, name=name, number=number))
            continue
        stretch = add_stretch(record, interface(f"t{number}", 13), MTU, ovs.netns)
        join(name, stretch.far, None)
        ports.append(Port(bridge=bridge, name=stretch.near, number=number))
        trunks.append(
            Trunk(
                bridge=bridge,
                interface=stretch.near,
                number=number,
                rate_bps=rate,
                netns=stretch.netns,
                device=DOWN,
            )
        )
    ovs.add([Bridge(name=bridge, datapath_id=switch.datapath_id, controller=switch.controller)], ports)
    is_ready()
    if not trunks:
        return list(FOREVER)
    config = RUN / "trunks.json"
    write_config(config, ovs, trunks, int(os.environ.get("CLEARWAY_LAB_SCALE", DEFAULT_SCALE)), MTU + HEADER_BYTES)
    return [sys.executable, "-m", "labs.net.trunks", str(config)]


def _port_of(name: str) -> int:
    found = _NUMBER.search(name)
    return int(found[1]) if found else 0
