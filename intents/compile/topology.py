"""The campus graph and the one path of each place to the gateway.

Breadth first from the gateway, neighbours in the order of their names, so the tree is the same on every machine.
Switches carry traffic on; an OLT and an ONU are leaves of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from intents.model.campus import Campus, Endpoint, Onu, Place, PonId, Switch
from intents.model.diagnostic import NOWHERE, Diagnostic, Position
from intents.model.switch import LAST_PORT


class OutPort(NamedTuple):
    """A switch port, in the direction out of it."""

    switch: str
    port: int


class Cable(NamedTuple):
    """A cable between two switches by its ends: away from the gateway, and towards it."""

    lower: OutPort
    upper: OutPort


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchHop:
    """A switch on the way up. down: the port towards the place; up: towards the gateway, None at the gateway."""

    switch: str
    down: int
    up: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PonHop:
    """The PON part of a way: the ONU's UNI, its PON, the OLT's uplink."""

    onu: Onu
    uni: int
    pon: PonId
    uplink: str


@dataclass(frozen=True, kw_only=True)
class Route:
    """The way from a place to the gateway. `switches` begins next to the place and ends with the gateway."""

    place: Place
    pon: PonHop | None
    switches: tuple[SwitchHop, ...]

    @property
    def gateway_port(self) -> int:
        """The gateway's port towards the place."""
        return self.switches[-1].down

    @property
    def access(self) -> SwitchHop | None:
        """The switch whose port is the place's own; None when the place hangs on an ONU."""
        return self.switches[0] if self.pon is None else None

    @cached_property
    def ups(self) -> tuple[OutPort, ...]:
        """The switch ports that a packet leaves by on its way to the gateway."""
        return tuple(OutPort(hop.switch, hop.up) for hop in self.switches if hop.up is not None)

    @cached_property
    def downs(self) -> tuple[OutPort, ...]:
        """The switch ports that a packet leaves by on its way from the gateway, the gateway's first."""
        return tuple(OutPort(hop.switch, hop.down) for hop in reversed(self.switches))


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Routes by place, the gateway, and every switch that lies on a way with its distance from the gateway."""

    gateway: Switch
    routes: Mapping[str, Route]
    depth: Mapping[str, int]
    # Ports of switches that lead to another switch or to an OLT, by switch.
    trunks: Mapping[str, frozenset[int]]
    # The cables between switches that ways go by and that have another beside them which can do as much, with that one.
    twins: Mapping[Cable, Cable]


def _links(campus: Campus) -> Mapping[str, list[tuple[Endpoint, Endpoint]]]:
    """Per device its cables: (own port, far port), sorted."""
    ends: dict[str, list[tuple[Endpoint, Endpoint]]] = {}
    for link in campus.links:
        ends.setdefault(link.a.device, []).append((link.a, link.b))
        ends.setdefault(link.b.device, []).append((link.b, link.a))
    for cables in ends.values():
        cables.sort(key=lambda c: (c[1].device, c[1].port, c[0].port))
    return ends


def _gateway(campus: Campus) -> Switch | Diagnostic:
    found = [s for _, s in sorted(campus.switches.items()) if s.gateway]
    if len(found) == 1:
        return found[0]
    if not found and len(campus.switches) == 1:
        return next(iter(campus.switches.values()))
    if not found:
        return Diagnostic(
            code="no-gateway",
            message="no switch is the gateway: one switch must route between segments",
            hint="write `gateway: true` at one switch of the campus",
            position=min((s.position for s in campus.switches.values()), default=_anywhere(campus)),
        )
    names = " and ".join(s.name for s in found)
    return Diagnostic(
        code="two-gateways",
        message=f"{names} are all gateways: exactly one switch routes between segments",
        hint="keep `gateway: true` at one of them",
        position=found[1].position,
    )


def _anywhere(campus: Campus) -> Position:
    positions = [o.position for o in campus.olts.values()] + [p.position for p in campus.places.values()]
    return min(positions, default=NOWHERE)


Ways = dict[str, tuple[SwitchHop, ...]]
Uplinks = dict[str, tuple[str, tuple[SwitchHop, ...]]]


def _tree(campus: Campus, gateway: Switch) -> tuple[Ways, Uplinks]:
    """For each switch its hops up, beginning with itself (its `down` yet 0); for each OLT its uplink and hops."""
    links = _links(campus)
    ways: Ways = {gateway.name: (SwitchHop(switch=gateway.name, down=0, up=None),)}
    uplinks: Uplinks = {}
    queue = deque([gateway.name])
    while queue:
        name = queue.popleft()
        for own, far in links.get(name, ()):
            if far.device in ways or far.device in uplinks:
                continue
            here = _towards(ways[name], int(own.port))
            if far.device in campus.switches:
                ways[far.device] = (SwitchHop(switch=far.device, down=0, up=int(far.port)), *here)
                queue.append(far.device)
            elif far.device in campus.olts:
                uplinks[far.device] = (far.port, here)
    return ways, uplinks


def _towards(way: tuple[SwitchHop, ...], down: int) -> tuple[SwitchHop, ...]:
    return (SwitchHop(switch=way[0].switch, down=down, up=way[0].up), *way[1:])


def _route(campus: Campus, place: Place, ways: Ways, uplinks: Uplinks) -> Route | Diagnostic:
    device, port = place.port.device, place.port.port
    if device in campus.onus:
        onu = campus.onus[device]
        if onu.pon.olt not in uplinks:
            return _unreachable(place, f"OLT {onu.pon.olt}")
        uplink, hops = uplinks[onu.pon.olt]
        return Route(place=place, pon=PonHop(onu=onu, uni=int(port), pon=onu.pon, uplink=uplink), switches=hops)
    if device not in ways:
        return _unreachable(place, f"switch {device}")
    return Route(place=place, pon=None, switches=_towards(ways[device], int(port)))


def _twins(campus: Campus, ways: Ways) -> Mapping[Cable, Cable]:
    """For each cable in use the first in order of the others between the same two switches that is at least as fast at
    both ends: what fits on the one fits on the other, which no way uses."""
    links = _links(campus)
    found: dict[Cable, Cable] = {}
    for name, (hop, *above) in sorted(ways.items()):
        if hop.up is None:
            continue
        used = Cable(OutPort(name, hop.up), OutPort(above[0].switch, above[0].down))
        for own, far in links[name]:
            if far.device != used.upper.switch:
                continue
            other = Cable(OutPort(name, int(own.port)), OutPort(far.device, int(far.port)))
            if other != used and _can_do(campus, other, used):
                found[used] = other
                break
    return found


def _can_do(campus: Campus, other: Cable, used: Cable) -> bool:
    if any(end.port > LAST_PORT for end in (*other, *used)):
        return False
    rates = [[campus.switches[end.switch].ports.get(end.port, 0) for end in cable] for cable in (other, used)]
    return all(rate >= needed for rate, needed in zip(*rates, strict=True))


def _unreachable(place: Place, device: str) -> Diagnostic:
    return Diagnostic(
        code="no-path",
        message=f"no path from {place.name} to the gateway: {device} is not linked to it",
        hint=f"add the cable of {device} to the campus's links",
        position=place.position,
    )


def reachable(campus: Campus) -> frozenset[str]:
    """Names of the places that have a way to the gateway; none where there is no gateway."""
    gateway = _gateway(campus)
    if isinstance(gateway, Diagnostic):
        return frozenset()
    ways, uplinks = _tree(campus, gateway)
    found = (
        place.name
        for place in campus.places.values()
        if (place.port.device in campus.onus and campus.onus[place.port.device].pon.olt in uplinks)
        or place.port.device in ways
    )
    return frozenset(found)


def build_topology(campus: Campus) -> Topology | tuple[Diagnostic, ...]:
    """The routes of all places, or what is wrong with the graph."""
    gateway = _gateway(campus)
    if isinstance(gateway, Diagnostic):
        return (gateway,)
    ways, uplinks = _tree(campus, gateway)
    routes: dict[str, Route] = {}
    faults: list[Diagnostic] = []
    for name in sorted(campus.places):
        found = _route(campus, campus.places[name], ways, uplinks)
        if isinstance(found, Diagnostic):
            faults.append(found)
        else:
            routes[name] = found
    if faults:
        return tuple(faults)
    trunks: dict[str, set[int]] = {}
    for link in campus.links:
        for end in (link.a, link.b):
            if end.device in campus.switches:
                trunks.setdefault(end.device, set()).add(int(end.port))
    return Topology(
        gateway=gateway,
        routes=routes,
        depth={name: len(way) - 1 for name, way in ways.items()},
        trunks={name: frozenset(ports) for name, ports in trunks.items()},
        twins=_twins(campus, ways),
    )
