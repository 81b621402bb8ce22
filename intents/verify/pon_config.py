"""An OLT's read-back objects with their references resolved: which UNI is which olt-v-enet, sub-interfaces, forwarders.

Ports of the campus are found by what is physical: an ONU by its serial number, a UNI by its hardware component, an
uplink by its interface's or component's name. Names that the planner gives mean nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from intents.model.campus import Onu
from intents.model.pon import (
    Ani,
    ChannelTermination,
    Classifier,
    CompositeFilter,
    EthernetInterface,
    Forwarder,
    ForwardingDatabase,
    GemPort,
    HardwareComponent,
    InterfaceLink,
    OltFacts,
    OltVEnet,
    PolicingProfile,
    Policy,
    PolicyProfile,
    Queue,
    ShaperProfile,
    SplitHorizonProfile,
    TcMap,
    TCont,
    TmRoot,
    TrafficDescriptorProfile,
    VAni,
    VlanSubInterface,
)
from intents.model.state import DeviceObject, Observation


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


@dataclass(frozen=True, slots=True)
class Uni:
    """A UNI that is configured: interface, olt-v-enet and v-ani. gap: what is missing for it to carry frames."""

    interface: EthernetInterface
    venet: OltVEnet
    v_ani: VAni
    gap: str


class PonConfig:
    """Look-ups over one OLT's objects."""

    def __init__(self, observation: Observation | None) -> None:
        objects: Iterable[DeviceObject] = observation.state.objects.values() if observation is not None else ()
        self._objects = tuple(objects)
        self.facts = observation.facts if observation is not None else OltFacts()
        self.read = observation is not None
        self.hardware = self._named(HardwareComponent)
        self.ethernet = self._named(EthernetInterface)
        self.terminations = self._named(ChannelTermination)
        self.v_anis = self._named(VAni)
        self.anis = self._named(Ani)
        self.venets = self._named(OltVEnet)
        self.subifs = self._named(VlanSubInterface)
        self.profiles = self._named(TrafficDescriptorProfile)
        self.tconts = self._named(TCont)
        self.gems = self._named(GemPort)
        self.links = self._named(InterfaceLink)
        self.forwarders = self._named(Forwarder)
        self.fdbs = self._named(ForwardingDatabase)
        self.horizons = self._named(SplitHorizonProfile)
        self.tc_maps = self._named(TcMap)
        self.shapers = self._named(ShaperProfile)
        self.filters = self._named(CompositeFilter)
        self.policers = self._named(PolicingProfile)
        self.classifiers = self._named(Classifier)
        self.policies = self._named(Policy)
        self.policy_profiles = self._named(PolicyProfile)

    def _named(self, kind: type[T]) -> dict[str, T]:
        found = {o.name: o for o in self._objects if isinstance(o, kind)}
        return {name: found[name] for name in sorted(found)}

    def uni(self, onu: Onu, port: str) -> Uni | str:
        """The configured UNI behind a port of an ONU, or what is missing for it to be one."""
        v_ani = next((v for v in self.v_anis.values() if v.serial == onu.serial), None)
        if v_ani is None:
            return f"no v-ani expects serial number {onu.serial}"
        for link in self.links.values():
            venet = self.venets.get(link.to)
            interface = self.ethernet.get(link.name)
            if venet is None or interface is None or venet.v_ani != v_ani.name:
                continue
            component = self.hardware.get(interface.hardware)
            if component is not None and component.cls == "uni" and str(component.rel_pos) == port:
                return Uni(interface, venet, v_ani, self._gap(v_ani))
        return f"no UNI of {v_ani.name} at port {port} is linked to an olt-v-enet"

    def _gap(self, v_ani: VAni) -> str:
        if not any(link.to == v_ani.name and link.name in self.anis for link in self.links.values()):
            return f"no ani is linked to v-ani {v_ani.name}"
        facts = self.facts
        if not isinstance(facts, OltFacts):
            return ""
        for seen in facts.detected:
            if seen.serial == v_ani.serial:
                termination = self.terminations.get(seen.channel_termination)
                if termination is None or termination.channel_pair != v_ani.channel_pair:
                    return f"{v_ani.name} is for {v_ani.channel_pair}, its ONU is seen on {seen.channel_termination}"
        return "" if v_ani.name in facts.up_v_anis else f"v-ani {v_ani.name} is not up"

    def port_of(self, venet: str) -> tuple[str, str] | None:
        """(serial number, UNI number) behind an olt-v-enet."""
        found = self.venets.get(venet)
        v_ani = self.v_anis.get(found.v_ani) if found is not None else None
        if v_ani is None:
            return None
        for link in self.links.values():
            interface = self.ethernet.get(link.name)
            if link.to == venet and interface is not None:
                component = self.hardware.get(interface.hardware)
                if component is not None and component.cls == "uni":
                    return v_ani.serial, str(component.rel_pos)
        return None

    def uplink(self, port: str) -> EthernetInterface | None:
        """The uplink interface of a port, by the name of its component or its own."""
        for interface in self.ethernet.values():
            if interface.usage != "network-port":
                continue
            for name in (interface.hardware, interface.name):
                if name == port or name.rpartition(".")[2] == port:
                    return interface
        return None

    def on(self, interface: str) -> tuple[VlanSubInterface, ...]:
        """Sub-interfaces of an interface."""
        return tuple(s for s in self.subifs.values() if s.lower == interface)


def queues_of(tm: TmRoot) -> tuple[Queue, ...]:
    """Those right under the root, and those under its schedulers."""
    return (*tm.queues, *(queue for scheduler in tm.schedulers for queue in scheduler.queues))
