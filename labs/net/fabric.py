"""A whole lab's network from its blueprint: hosts, switches, OLTs with their PONs, and how each OLT is wired.

Switches are bridges that the product's controller programs; an OLT is two bridges (the OLT's own, its ONUs') with a
shaped stretch a PON between them. Switch to OLT is a patch cable, and so is a link of 10 Gbit/s between switches:
in these labs none fills up, and each stretch costs processor. A slower link between switches is a stretch, so that its
queues can be made real; what shapes it is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from intents.model.campus import Endpoint
from labs.net import numbering
from labs.net.hosts import HostLink, add_hosts
from labs.net.names import interface
from labs.net.ovs import Bridge, OvsInstance, Port
from labs.net.record import Record
from labs.net.stretch import Stretch, add_stretch
from labs.olt.dataplane.wiring import OnuWiring, PonWiring, Wiring
from labs.runner.blueprint import Blueprint, OltBlueprint, SwitchBlueprint
from labs.runner.errors import LabError

MTU: Final = 3000  # labs/notes/0001, 5
SCALE: Final = 20
HEADER_BYTES: Final = 22
NEVER_FULL_BPS: Final = 10_000_000_000
_OUR_DATAPATHS: Final = 0xC1EA_0000_0000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """A lab's network, up. hosts: name to namespace. wirings: by OLT. trunks: (switch, port) to the stretch there, and
    whether that switch is at its near end."""

    ovs: OvsInstance
    hosts: Mapping[str, str]
    wirings: Mapping[str, Wiring]
    trunks: Mapping[tuple[str, int], tuple[Stretch, bool]]


def build(record: Record, folder: Path, blueprint: Blueprint, *, scale: int = SCALE, mtu: int = MTU) -> Fabric:
    """Build it. folder: for the Open vSwitch, not there yet. Raises LabError; what was made is in the record."""
    ovs = OvsInstance(folder, record.names.netns("ovs"))
    ovs.start(record, sorted({_listen(s.ovsdb) for s in blueprint.switches if s.ovsdb is not None}))
    builder = _Builder(record, ovs, blueprint, scale, mtu)
    return builder.build()


def _listen(ovsdb: str) -> str:
    kind, _, address = ovsdb.partition(":")
    host, _, port = address.rpartition(":")
    if kind != "tcp" or not port.isdigit():
        raise LabError(f"the lab cannot offer its database at {ovsdb}", "write tcp:HOST:PORT")
    return f"ptcp:{port}:{host}"


@dataclass
class _Builder:
    record: Record
    ovs: OvsInstance
    blueprint: Blueprint
    scale: int
    mtu: int
    ports: list[Port] = field(default_factory=list)
    trunks: dict[tuple[str, int], tuple[Stretch, bool]] = field(default_factory=dict)

    def build(self) -> Fabric:
        bridges = [
            Bridge(name=interface(s.name), datapath_id=s.datapath_id, controller=s.controller)
            for s in self.blueprint.switches
        ]
        wirings = {}
        for number, olt in enumerate(self.blueprint.olts):
            wirings[olt.name] = self._olt(olt)
            for side, name in enumerate((wirings[olt.name].olt_bridge, wirings[olt.name].onu_bridge)):
                bridges.append(Bridge(name=name, datapath_id=_OUR_DATAPATHS + 2 * number + side))
        for switch in self.blueprint.switches:
            self._cables(switch, wirings)
        hosts = self._hosts(wirings)
        self.ovs.add(bridges, self.ports)
        return Fabric(ovs=self.ovs, hosts=hosts, wirings=wirings, trunks=self.trunks)

    def _olt(self, olt: OltBlueprint) -> Wiring:
        olt_bridge, onu_bridge = interface(olt.name), interface(f"{olt.name}-onus")
        pons: dict[str, PonWiring] = {}
        onus: dict[str, OnuWiring] = {}
        lines, ports = numbering.lines(olt), numbering.unis(olt)
        for pon, body in sorted(olt.plant["pons"].items()):
            stretch = add_stretch(self.record, interface(f"{olt.name}.{pon}", 13), self.mtu, self.ovs.netns)
            line = lines[pon]
            self.ports.append(Port(bridge=olt_bridge, name=stretch.near, number=line))
            self.ports.append(Port(bridge=onu_bridge, name=stretch.far, number=line))
            pons[pon] = PonWiring(stretch=stretch.netns, olt_port=line, onu_port=line)
            for onu in body["onus"]:
                unis = {str(uni): port for uni, port in ports[onu["name"]].items()}
                onus[onu["serial"]] = OnuWiring(pon=pon, unis=unis, present=onu.get("present", True))
        return Wiring(
            ovs_folder=str(self.ovs.folder),
            ovs_netns=self.ovs.netns,
            olt_bridge=olt_bridge,
            onu_bridge=onu_bridge,
            scale=self.scale,
            frame_bytes=self.mtu + HEADER_BYTES,
            uplinks=numbering.uplinks(olt),
            pons=pons,
            onus=onus,
        )

    def _cables(self, switch: SwitchBlueprint, wirings: Mapping[str, Wiring]) -> None:
        """From a switch to OLTs, and to switches whose end has not been connected yet."""
        for number, far in sorted(switch.links.items()):
            here = interface(switch.name)
            if far.device in wirings:
                wiring = wirings[far.device]
                near_end, far_end = interface(f"{switch.name}.{number}"), interface(f"{far.device}.{far.port}")
                self.ports.append(Port(bridge=here, name=near_end, number=number, peer=far_end))
                there = wiring.uplinks[far.port]
                self.ports.append(Port(bridge=wiring.olt_bridge, name=far_end, number=there, peer=near_end))
            elif self._never_full(switch, number, far):
                if (far.device, int(far.port)) > (switch.name, number):
                    ends = interface(f"{switch.name}.{number}"), interface(f"{far.device}.{far.port}")
                    self.ports.append(Port(bridge=here, name=ends[0], number=number, peer=ends[1]))
                    self.ports.append(
                        Port(bridge=interface(far.device), name=ends[1], number=int(far.port), peer=ends[0])
                    )
            elif (switch.name, number) not in self.trunks:
                stretch = add_stretch(self.record, interface(f"{switch.name}.{number}", 13), self.mtu, self.ovs.netns)
                self.ports.append(Port(bridge=here, name=stretch.near, number=number))
                self.ports.append(Port(bridge=interface(far.device), name=stretch.far, number=int(far.port)))
                self.trunks[switch.name, number] = (stretch, True)
                self.trunks[far.device, int(far.port)] = (stretch, False)

    def _never_full(self, switch: SwitchBlueprint, number: int, far: Endpoint) -> bool:
        rates = {s.name: s.ports for s in self.blueprint.switches}
        return min(switch.ports[number], rates[far.device][int(far.port)]) >= NEVER_FULL_BPS

    def _hosts(self, wirings: Mapping[str, Wiring]) -> Mapping[str, str]:
        places = dict(self._places(wirings))
        names = {h.name: self.record.names.netns(h.name) for h in self.blueprint.hosts}
        links = []
        for host in self.blueprint.hosts:
            bridge, number = places.get((host.device, host.port), (interface(host.device), host.port))
            outside = interface(host.name)
            self.ports.append(Port(bridge=bridge, name=outside, number=number))
            links.append(
                HostLink(
                    netns=names[host.name],
                    outside=outside,
                    mac=host.mac,
                    address=f"{host.address}/{host.prefix_length}",
                    gateway=str(host.gateway),
                    mtu=self.mtu,
                )
            )
        add_hosts(self.record, links, self.record.names.netns("ovs"))
        return names

    def _places(self, wirings: Mapping[str, Wiring]) -> Iterator[tuple[tuple[str, int], tuple[str, int]]]:
        """(ONU, UNI) to (bridge, port)."""
        for olt in self.blueprint.olts:
            wiring = wirings[olt.name]
            for body in olt.plant["pons"].values():
                for onu in body["onus"]:
                    for uni, port in wiring.onus[onu["serial"]].unis.items():
                        yield (onu["name"], int(uni)), (wiring.onu_bridge, port)
