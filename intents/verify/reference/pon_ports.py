"""Which of an OLT's objects stands for which port of the campus, by what is physical.

An ONU is known by its serial number, a UNI by its place in the ONU's hardware, an uplink by its name or that of its
component.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from intents.model.campus import Endpoint
from intents.model.pon import (
    Ani,
    ChannelTermination,
    EthernetInterface,
    HardwareComponent,
    InterfaceLink,
    OltFacts,
    OltVEnet,
    VAni,
)
from intents.model.state import DeviceObject
from intents.verify.reference.held import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class PonState:
    """What an OLT holds. onus: their serial numbers, by name. uplinks: ports of the campus.

    facts None: an OLT that does not tell which ONUs are up; all are taken to be.
    """

    name: str
    held: Held
    onus: Mapping[str, str]
    uplinks: tuple[str, ...]
    facts: OltFacts | None = None

    @classmethod
    def of(
        cls,
        name: str,
        objects: Iterable[DeviceObject],
        onus: Mapping[str, str],
        uplinks: Iterable[str],
        facts: object,
    ) -> PonState:
        """From objects in the neutral model, as they are read."""
        told = facts if isinstance(facts, OltFacts) else None
        return cls(name=name, held=Held(objects), onus=onus, uplinks=tuple(sorted(uplinks)), facts=told)


@dataclass(frozen=True, slots=True)
class Uni:
    """A UNI that is configured."""

    interface: EthernetInterface
    venet: OltVEnet
    v_ani: VAni


def uni_at(state: PonState, port: Endpoint) -> Uni | None:
    """The UNI that a port of an ONU is."""
    v_ani = next((o for o in state.held.every(VAni) if o.serial == state.onus[port.device]), None)
    for interface, venet in _linked(state):
        if v_ani is not None and venet.v_ani == v_ani.name and _place(state, interface) == port.port:
            return Uni(interface, venet, v_ani)
    return None


def onu_behind(state: PonState, venet: str) -> Endpoint | None:
    """The port of an ONU that an olt-v-enet is the other end of."""
    for interface, other in _linked(state):
        v_ani = state.held.named(VAni, other.v_ani)
        place = _place(state, interface)
        if other.name == venet and v_ani is not None and place is not None:
            names = (name for name, serial in state.onus.items() if serial == v_ani.serial)
            return next((Endpoint(name, place) for name in names), None)
    return None


def _linked(state: PonState) -> Iterator[tuple[EthernetInterface, OltVEnet]]:
    for link in state.held.every(InterfaceLink):
        interface, venet = state.held.named(EthernetInterface, link.name), state.held.named(OltVEnet, link.to)
        if interface is not None and venet is not None:
            yield interface, venet


def _place(state: PonState, interface: EthernetInterface) -> str | None:
    component = state.held.named(HardwareComponent, interface.hardware)
    return str(component.rel_pos) if component is not None and component.cls == "uni" else None


def is_there(state: PonState, v_ani: VAni) -> bool:
    """Whether the ONU that a v-ani expects is up, and on the PON that it is expected on."""
    links = (o for o in state.held.every(InterfaceLink) if o.to == v_ani.name)
    if not any(state.held.named(Ani, link.name) for link in links):
        return False
    if state.facts is None:
        return True
    for seen in state.facts.detected:
        if seen.serial == v_ani.serial:
            termination = state.held.named(ChannelTermination, seen.channel_termination)
            if termination is None or termination.channel_pair != v_ani.channel_pair:
                return False
    return v_ani.name in state.facts.up_v_anis


def uplink_at(state: PonState, port: str) -> EthernetInterface | None:
    """The interface that an uplink of the campus is."""
    for interface in state.held.every(EthernetInterface):
        if interface.usage == "network-port":
            names = (interface.hardware, interface.name)
            if any(port in (name, name.rpartition(".")[2]) for name in names):
                return interface
    return None


def uplink_of(state: PonState, interface: str) -> str | None:
    """The uplink of the campus that an interface is."""
    found = ((port, uplink_at(state, port)) for port in state.uplinks)
    return next((port for port, uplink in found if uplink is not None and uplink.name == interface), None)
