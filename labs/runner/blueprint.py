"""What a topology needs to run, worked out from the campus that it describes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from typing import Any

from intents.model.campus import Campus, Endpoint, Olt, Place, Switch
from intents.model.units import format_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """An end system. device, port: what it is plugged into (an ONU or a switch)."""

    name: str
    device: str
    port: int
    address: IPv4Address
    prefix_length: int
    gateway: IPv4Address
    mac: str
    rate_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchBlueprint:
    """An OpenFlow switch. ports: number to rate; links: number to the far end that is a device."""

    name: str
    datapath_id: int
    controller: str
    ovsdb: str | None
    ports: Mapping[int, int]
    links: Mapping[int, Endpoint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OltBlueprint:
    """An OLT with its plant: what hangs on it. plant: the JSON that the lab's OLT reads."""

    name: str
    host: str
    port: int
    plant: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """Everything to start."""

    name: str
    hosts: tuple[Host, ...]
    switches: tuple[SwitchBlueprint, ...]
    olts: tuple[OltBlueprint, ...]


def blueprint(campus: Campus) -> Blueprint:
    """The blueprint of a campus. Places without an address become no host."""
    hosts = [_host(campus, p) for _, p in sorted(campus.places.items())]
    return Blueprint(
        name=campus.name,
        hosts=tuple(h for h in hosts if h is not None),
        switches=tuple(_switch(campus, s) for _, s in sorted(campus.switches.items())),
        olts=tuple(_olt(campus, o) for _, o in sorted(campus.olts.items())),
    )


def with_packets_on(plan: Blueprint, pons: Collection[str]) -> Blueprint:
    """Of a blueprint what carries packets where only some PONs (`OLT/PON`) do: the places on them and on switches.
    Every device is still in it, an OLT with those of its PONs alone. Raises ValueError for a PON that is not there."""
    there = {f"{olt.name}/{pon}": body for olt in plan.olts for pon, body in olt.plant["pons"].items()}
    if missing := sorted(set(pons) - set(there)):
        raise ValueError(missing[0])
    lit = {onu["name"] for pon in pons for onu in there[pon]["onus"]} | {s.name for s in plan.switches}
    olts = []
    for olt in plan.olts:
        own = {pon: body for pon, body in olt.plant["pons"].items() if f"{olt.name}/{pon}" in pons}
        olts.append(replace(olt, plant={**olt.plant, "pons": own}))
    return replace(plan, hosts=tuple(h for h in plan.hosts if h.device in lit), olts=tuple(olts))


def _host(campus: Campus, place: Place) -> Host | None:
    if place.address is None:
        return None
    segment = campus.segments[place.segment]
    return Host(
        name=place.name,
        device=place.port.device,
        port=int(place.port.port),
        address=place.address,
        prefix_length=segment.subnet.prefixlen,
        gateway=segment.gateway,
        mac=place.mac or _mac(place.address),
        rate_bps=_rate(campus, place.port),
    )


def _mac(address: IPv4Address) -> str:
    """A locally administered address for a host whose own is not written."""
    return ":".join(f"{b:02x}" for b in bytes([0x02, 0x0A]) + address.packed)


def _rate(campus: Campus, port: Endpoint) -> int:
    device = campus.onus.get(port.device) or campus.switches.get(port.device)
    return device.ports[int(port.port)] if device else 0


def _switch(campus: Campus, switch: Switch) -> SwitchBlueprint:
    ends = [(k.a, k.b) for k in campus.links] + [(k.b, k.a) for k in campus.links]
    links = {int(near.port): far for near, far in ends if near.device == switch.name}
    devices = campus.switches.keys() | campus.olts.keys()
    return SwitchBlueprint(
        name=switch.name,
        datapath_id=switch.datapath_id,
        controller=switch.openflow,
        ovsdb=switch.ovsdb,
        ports=dict(sorted(switch.ports.items())),
        links={p: far for p, far in sorted(links.items()) if far.device in devices},
    )


def _olt(campus: Campus, olt: Olt) -> OltBlueprint:
    pons: dict[str, Any] = {}
    for pon, technology in sorted(olt.pons.items()):
        onus = [o for o in campus.onus.values() if o.pon.olt == olt.name and o.pon.pon == pon]
        stand_in = olt.protection.get(pon)
        protected = {"protected-by": stand_in.pon} if stand_in is not None and stand_in.olt == olt.name else {}
        pons[pon] = {
            "technology": technology,
            **protected,
            "onus": [
                {
                    "name": o.name,
                    "serial": o.serial,
                    "unis": {str(n): format_rate(r) for n, r in sorted(o.ports.items())},
                    "present": True,
                }
                for o in sorted(onus, key=lambda o: o.name)
            ],
        }
    uplinks = {name: format_rate(rate) for name, rate in sorted(olt.uplinks.items())}
    return OltBlueprint(
        name=olt.name, host=olt.netconf.host, port=olt.netconf.port, plant={"pons": pons, "uplinks": uplinks}
    )
