"""An OLT's read-back objects with their references resolved: which UNI is which olt-v-enet, sub-interfaces, forwarders.

Ports of the campus are found by what is physical: an ONU by its serial number, a UNI by its hardware component, an
uplink by its interface's or component's name. Names that the planner gives mean nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

from intents.model.campus import Onu
from intents.model.pon import (
    Ani,
    ChannelTermination,
    Classifier,
    CompositeFilter,
    DetectedOnu,
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
_Item = TypeVar("_Item")
_Key = TypeVar("_Key", bound=Hashable)


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

        self.classified: dict[tuple[int, Hashable], Any] = {}  # what `rules.ingress` keeps, by `alike` and header
        self._kinds: dict[Hashable, int] = {}
        self._kind_of: dict[str, int] = {}

    def alike(self, interface: str) -> int:
        """A number that interfaces share whose sub-interfaces have, in their order, the same rules and policies."""
        if interface not in self._kind_of:
            kind = tuple((subif.rules, subif.ingress_policy) for subif in self.on(interface))
            self._kind_of[interface] = self._kinds.setdefault(kind, len(self._kinds))
        return self._kind_of[interface]

    def _named(self, kind: type[T]) -> dict[str, T]:
        found = {o.name: o for o in self._objects if isinstance(o, kind)}
        return {name: found[name] for name in sorted(found)}

    def uni(self, onu: Onu, port: str) -> Uni | str:
        """The configured UNI behind a port of an ONU, or what is missing for it to be one."""
        v_ani = self._v_ani_of.get(onu.serial)
        if v_ani is None:
            return f"no v-ani expects serial number {onu.serial}"
        if (v_ani.name, port) not in self._unis:
            return f"no UNI of {v_ani.name} at port {port} is linked to an olt-v-enet"
        interface, venet = self._unis[v_ani.name, port]
        return Uni(interface, venet, v_ani, self._gap(v_ani))

    @cached_property
    def _v_ani_of(self) -> Mapping[str, VAni]:
        return {v.serial: v for v in reversed(self.v_anis.values())}

    @cached_property
    def _unis(self) -> Mapping[tuple[str, str], tuple[EthernetInterface, OltVEnet]]:
        """By v-ani and UNI number; of several the first that is linked."""
        found: dict[tuple[str, str], tuple[EthernetInterface, OltVEnet]] = {}
        for link, number in self._linked_unis():
            if (venet := self.venets.get(link.to)) is not None:
                found.setdefault((venet.v_ani, number), (self.ethernet[link.name], venet))
        return found

    @cached_property
    def _number_of(self) -> Mapping[str, str]:
        """The UNI number behind each olt-v-enet; of several the first that is linked."""
        found: dict[str, str] = {}
        for link, number in self._linked_unis():
            found.setdefault(link.to, number)
        return found

    def _linked_unis(self) -> Iterator[tuple[InterfaceLink, str]]:
        for link in self.links.values():
            interface = self.ethernet.get(link.name)
            component = self.hardware.get(interface.hardware) if interface is not None else None
            if component is not None and component.cls == "uni":
                yield link, str(component.rel_pos)

    def _gap(self, v_ani: VAni) -> str:
        if v_ani.name not in self._with_ani:
            return f"no ani is linked to v-ani {v_ani.name}"
        facts = self.facts
        if not isinstance(facts, OltFacts):
            return ""
        for seen in self._detected.get(v_ani.serial, ()):
            termination = self.terminations.get(seen.channel_termination)
            if termination is None or termination.channel_pair != v_ani.channel_pair:
                return f"{v_ani.name} is for {v_ani.channel_pair}, its ONU is seen on {seen.channel_termination}"
        return "" if v_ani.name in facts.up_v_anis else f"v-ani {v_ani.name} is not up"

    @cached_property
    def _with_ani(self) -> frozenset[str]:
        return frozenset(link.to for link in self.links.values() if link.name in self.anis)

    @cached_property
    def _detected(self) -> Mapping[str, tuple[DetectedOnu, ...]]:
        return grouped(self.facts.detected if isinstance(self.facts, OltFacts) else (), lambda seen: seen.serial)

    def port_of(self, venet: str) -> tuple[str, str] | None:
        """(serial number, UNI number) behind an olt-v-enet."""
        found = self.venets.get(venet)
        v_ani = self.v_anis.get(found.v_ani) if found is not None else None
        if v_ani is None or venet not in self._number_of:
            return None
        return v_ani.serial, self._number_of[venet]

    def uplink(self, port: str) -> EthernetInterface | None:
        """The uplink interface of a port, by the name of its component or its own."""
        for interface in self._network_ports:
            for name in (interface.hardware, interface.name):
                if name == port or name.rpartition(".")[2] == port:
                    return interface
        return None

    @cached_property
    def _network_ports(self) -> tuple[EthernetInterface, ...]:
        return tuple(interface for interface in self.ethernet.values() if interface.usage == "network-port")

    def on(self, interface: str) -> tuple[VlanSubInterface, ...]:
        """Sub-interfaces of an interface."""
        return self._on.get(interface, ())

    @cached_property
    def _on(self) -> Mapping[str, tuple[VlanSubInterface, ...]]:
        return grouped(self.subifs.values(), lambda subif: subif.lower)

    def gems_of(self, venet: str, traffic_class: int | None) -> tuple[GemPort, ...]:
        """GEM ports of an olt-v-enet for a traffic class."""
        return self._gems.get((venet, traffic_class), ())

    @cached_property
    def _gems(self) -> Mapping[tuple[str, int | None], tuple[GemPort, ...]]:
        return grouped(self.gems.values(), lambda gem: (gem.interface, gem.traffic_class))

    def homes(self, subif: str) -> tuple[tuple[Forwarder, str], ...]:
        """The forwarders that a sub-interface is in, each with the port's name there."""
        return self._homes.get(subif, ())

    @cached_property
    def _homes(self) -> Mapping[str, tuple[tuple[Forwarder, str], ...]]:
        found: dict[str, list[tuple[Forwarder, str]]] = {}
        for forwarder in self.forwarders.values():
            for name, subif in forwarder.ports:
                found.setdefault(subif, []).append((forwarder, name))
        return {subif: tuple(homes) for subif, homes in found.items()}


def queues_of(tm: TmRoot) -> tuple[Queue, ...]:
    """Those right under the root, and those under its schedulers."""
    return (*tm.queues, *(queue for scheduler in tm.schedulers for queue in scheduler.queues))


def grouped(items: Iterable[_Item], key: Callable[[_Item], _Key]) -> dict[_Key, tuple[_Item, ...]]:
    """Items by a key, each group in their order."""
    found: dict[_Key, list[_Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return {name: tuple(group) for name, group in found.items()}
