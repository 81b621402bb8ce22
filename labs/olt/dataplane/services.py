"""From a configuration to what forwards: UNIs with their GEM ports, uplinks, forwarders. Pure.

Left out is whatever lacks a link of its chain: an ONU that is not there, a disabled interface, a UNI without
olt-v-enet, a GEM port without a traffic class, a sub-interface in no forwarder.
"""

from __future__ import annotations

from dataclasses import dataclass

from labs.olt.config import (
    ChannelTermination,
    Forwarder,
    GemPort,
    OltConfig,
    OltVEnet,
    SubInterface,
    TCont,
    Usage,
    VAni,
)
from labs.olt.dataplane.wiring import OnuWiring, Wiring
from labs.olt.plant import same_form


@dataclass(frozen=True, slots=True, kw_only=True)
class Gem:
    """A GEM port that is in use. tcont None: nothing goes up in it."""

    name: str
    traffic_class: int
    tcont: TCont | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uni:
    """A UNI. enet: the OLT's end of it. port: on the bridge of its ONU. subs: its sub-interfaces at the ONU."""

    name: str
    pon: str
    port: int
    bridge: str
    enet: OltVEnet
    gems: tuple[Gem, ...]
    subs: tuple[SubInterface, ...]

    def gem(self, traffic_class: int) -> Gem | None:
        """The GEM port of a traffic class."""
        return next((g for g in self.gems if g.traffic_class == traffic_class), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A forwarder port: its sub-interface, and what that is on: a UNI, or an uplink's port on the OLT's bridge."""

    name: str
    sub: SubInterface
    usage: Usage
    uni: Uni | None = None
    uplink: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A forwarder with the members that can forward."""

    forwarder: Forwarder
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that forwards. pons: those that are up, with technology. tconts: of ONUs that are there, by PON."""

    pons: tuple[tuple[str, ChannelTermination], ...]
    unis: tuple[Uni, ...]
    bridges: tuple[Bridge, ...]


def resolve(config: OltConfig, wiring: Wiring) -> Services:
    """What of a configuration forwards on this plant."""
    return _Resolver(config, wiring).services()


class _Resolver:
    def __init__(self, config: OltConfig, wiring: Wiring) -> None:
        self._config = config
        self._wiring = wiring
        self._terminations = {t.name: t for t in config.terminations if t.enabled and t.pon in wiring.pons}
        self._v_anis = {v.name: v for v in config.v_anis if v.enabled}
        self._enets = {e.name: e for e in config.olt_v_enets if e.enabled}
        self._tconts = {t.name: t for t in config.tconts}
        self._components = {c.name: c for c in config.components}

    def services(self) -> Services:
        unis = tuple(self._unis())
        pons = sorted((t.pon or "", t) for t in self._terminations.values())
        return Services(pons=tuple(pons), unis=unis, bridges=tuple(self._bridges({u.enet.name: u for u in unis})))

    def _unis(self) -> list[Uni]:
        links = dict(self._config.links)
        found = []
        for ethernet in self._config.ethernets:
            enet = self._enets.get(links.get(ethernet.name, ""))
            if ethernet.usage != "user-port" or not ethernet.enabled or enet is None:
                continue
            onu = self._onu(self._v_anis.get(enet.v_ani))
            component = self._components.get(ethernet.hardware or "")
            number = None if component is None else component.position
            if onu is None or str(number) not in onu.unis:
                continue
            found.append(
                Uni(
                    name=ethernet.name,
                    pon=onu.pon,
                    port=onu.unis[str(number)],
                    bridge=onu.bridge or self._wiring.onu_bridge,
                    enet=enet,
                    gems=tuple(self._gems(enet)),
                    subs=self._subs(ethernet.name),
                )
            )
        return found

    def _onu(self, v_ani: VAni | None) -> OnuWiring | None:
        """The ONU that a v-ani expects, if it is there, on the PON on which it is expected."""
        if v_ani is None or v_ani.serial is None:
            return None
        serial = v_ani.serial
        onu = next((o for s, o in sorted(self._wiring.onus.items()) if same_form(s) == same_form(serial)), None)
        if onu is None or not onu.present:
            return None
        ports = (t for t in self._terminations.values() if t.pon == onu.pon)
        return onu if any(v_ani.is_expected_on(t) for t in ports) else None

    def _gems(self, enet: OltVEnet) -> list[Gem]:
        return [self._gem(g, g.traffic_class) for g in self._config.gemports if g.interface == enet.name and _usable(g)]

    def _gem(self, gem: GemPort, traffic_class: int | None) -> Gem:
        return Gem(name=gem.name, traffic_class=traffic_class or 0, tcont=self._tconts.get(gem.tcont or ""))

    def _subs(self, lower: str) -> tuple[SubInterface, ...]:
        return tuple(s for s in self._config.sub_interfaces if s.lower == lower and s.enabled)

    def _bridges(self, unis: dict[str, Uni]) -> list[Bridge]:
        subs = {s.name: s for s in self._config.sub_interfaces if s.enabled}
        uplinks = {
            e.name: self._wiring.uplinks[e.hardware]
            for e in self._config.ethernets
            if e.usage == "network-port" and e.enabled and e.hardware is not None and e.hardware in self._wiring.uplinks
        }
        found = []
        for forwarder in self._config.forwarders:
            members = []
            for name, sub_name in forwarder.ports:
                sub = subs.get(sub_name)
                uni, uplink = (None, None) if sub is None else (unis.get(sub.lower or ""), uplinks.get(sub.lower or ""))
                if sub is not None and (uni is not None or uplink is not None):
                    usage: Usage = sub.usage or ("user-port" if uni is not None else "network-port")
                    members.append(Member(name=name, sub=sub, usage=usage, uni=uni, uplink=uplink))
            found.append(Bridge(forwarder=forwarder, members=tuple(members)))
        return found


def _usable(gem: GemPort) -> bool:
    return gem.traffic_class is not None and gem.gemport_id is not None
