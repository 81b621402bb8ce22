"""A node that is an OLT: the lab's NETCONF server on the management network, its packets by Open vSwitch and HTB.

    uplink -- bridge -- a =stretch= d -- PON's interface -- splitter -- ONUs

The stretch is where T-CONTs and queues are shaped (labs/net/stretch.py); its far end and the PON's interface are one
cable.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from labs.containers.idle import RUN, is_ready
from labs.containers.onu import OPENFLOW_PORT, names_at
from labs.net import numbering
from labs.net.fabric import HEADER_BYTES, MTU
from labs.net.names import Names, interface
from labs.net.ovs import Bridge, OvsInstance, Port
from labs.net.record import Record
from labs.net.stretch import add_stretch, join
from labs.olt.dataplane.wiring import OnuWiring, PonWiring, Wiring
from labs.runner.blueprint import OltBlueprint
from labs.runner.errors import LabError
from labs.runner.keys import make_keys
from labs.runner.lab import DEFAULT_SCALE

NETCONF_PORT: Final = 830
_DATAPATH: Final = 0xC1EA_0000_0000
_ONUS_WITHIN_S: Final = 300.0


def become(olt: OltBlueprint, lab: Path, prefix: str, interfaces: Sequence[str]) -> list[str]:
    """lab: the topology's folder, where keys are. prefix: of container names. Raises LabError."""
    keys = ensure_keys(lab, olt.name)
    record = Record(Names.of(olt.name))
    ovs = OvsInstance(RUN / "ovs", None)
    ovs.start(record)
    bridge, lines, uplinks = interface(olt.name), numbering.lines(olt), numbering.uplinks(olt)
    ports, pons = [], {}
    for name in interfaces:
        if name in lines:
            stretch = add_stretch(record, interface(name, 13), MTU, ovs.netns)
            join(name, stretch.far, None)
            ports.append(Port(bridge=bridge, name=stretch.near, number=lines[name]))
            pons[name] = PonWiring(stretch=stretch.netns, olt_port=lines[name], onu_port=lines[name])
        elif name in uplinks:
            ports.append(Port(bridge=bridge, name=name, number=uplinks[name]))
        else:
            raise LabError(f"{olt.name} has an interface {name} that is neither PON nor uplink")
    ovs.add([Bridge(name=bridge, datapath_id=_DATAPATH)], ports)
    wiring = Wiring(
        ovs_folder=str(ovs.folder),
        ovs_netns=None,
        olt_bridge=bridge,
        onu_bridge="",
        scale=int(os.environ.get("CLEARWAY_LAB_SCALE", DEFAULT_SCALE)),
        frame_bytes=MTU + HEADER_BYTES,
        uplinks=uplinks,
        pons=pons,
        onus=_onus(olt, pons.keys(), _addresses(olt, prefix)),
    )
    wiring.write(RUN / "wiring.json")
    (RUN / "plant.json").write_text(json.dumps(olt.plant, indent=1), encoding="utf-8")
    is_ready()
    words = ["-m", "labs.olt", "--name", olt.name, "--listen", f"0.0.0.0:{NETCONF_PORT}"]
    words += ["--state", str(RUN / "state"), "--host-key", str(keys / f"{olt.name}.host_key")]
    words += ["--authorized-key", str(keys / "authorized_keys"), "--plant", str(RUN / "plant.json")]
    words += ["--dataplane", "labs.olt.dataplane.plane:factory", "--dataplane-arg", f"wiring={RUN / 'wiring.json'}"]
    return [sys.executable, *words]


def ensure_keys(lab: Path, name: str) -> Path:
    """The folder of the lab's keys, made by the first OLT that asks; it belongs to whom the topology belongs to."""
    folder = lab / ".lab"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "keys.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_keys(folder, [name])
        owner = lab.stat()
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid)
    return folder


def _addresses(olt: OltBlueprint, prefix: str) -> dict[str, str]:
    """ONU to its address on the management network, as soon as all that are present have one. One that never gets one
    stays without light."""
    deadline = time.monotonic() + _ONUS_WITHIN_S
    found: dict[str, str] = {}
    while True:
        for name in names_at(olt).keys() - found.keys():
            try:
                found[name] = socket.gethostbyname(f"{prefix}{name}")
                socket.create_connection((found[name], OPENFLOW_PORT), timeout=2).close()
            except OSError:
                found.pop(name, None)
        if found.keys() == names_at(olt).keys() or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def _onus(olt: OltBlueprint, pons: Collection[str], addresses: dict[str, str]) -> dict[str, OnuWiring]:
    unis = numbering.unis(olt)
    return {
        onu["serial"]: OnuWiring(
            pon=pon,
            unis={str(uni): port for uni, port in unis[onu["name"]].items()},
            present=onu.get("present", True),
            bridge=f"tcp:{addresses[onu['name']]}:{OPENFLOW_PORT}",
        )
        for pon, body in olt.plant["pons"].items()
        if pon in pons
        for onu in body["onus"]
        if onu["name"] in addresses
    }
