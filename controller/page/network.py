"""The map: every thing of the campus as a node, what it hangs on, and how it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from aiohttp import web

from controller.page.answers import Prepared, prepare
from controller.page.desk import desk
from controller.page.states import FINE, State, Told, place_id, splitter_id
from controller.page.views import View
from intents.model.campus import Campus, Endpoint, Link, Place
from intents.model.switch import SwitchFacts

MBPS: Final = 1_000_000
WHERE: Final = ("site", "building", "floor")  # labels of places that the map folds by
_WORST: Final = tuple(State)
Json = dict[str, Any]


async def network(request: web.Request) -> web.Response:
    """GET /api/network."""
    return await desk(request).viewed(request, "network", drawn)


def drawn(view: View) -> Prepared:
    """Nodes and links."""
    campus = view.campus
    nodes = [{**node, **_told(view.nodes.get(node["id"], FINE))} for node in _nodes(campus)]
    return prepare({"revision": view.revision, "nodes": nodes, "links": list(_links(view, campus))})


def _told(told: Told) -> Json:
    return {"state": told.state, "why": told.why}


def _nodes(campus: Campus) -> Iterator[Json]:
    above = parents(campus)
    by_onu: dict[str, list[Place]] = {}
    for place in campus.places.values():
        by_onu.setdefault(place.port.device, []).append(place)
    for name in campus.switches:
        yield _node(name, "switch", name, above.get(name))
    for olt in campus.olts.values():
        yield _node(olt.name, "olt", olt.name, above.get(olt.name))
        for pon in olt.pons:
            yield _node(f"{olt.name}/{pon}", "pon", f"{olt.name}/{pon}", olt.name)
    for pon in sorted({str(onu.pon) for onu in campus.onus.values()}):
        yield _node(splitter_id(pon), "splitter", f"splitter of {pon}", pon)
    for onu in campus.onus.values():
        yield _node(onu.name, "onu", onu.name, splitter_id(str(onu.pon)), _common(by_onu.get(onu.name, [])))
    for place in campus.places.values():
        yield _node(place_id(place.name), "place", place.name, place.port.device, _where(place))


def _node(key: str, kind: str, name: str, parent: str | None, where: Mapping[str, str] | None = None) -> Json:
    label = name.replace("-", " ") if kind in {"place", "onu"} else name
    return {"id": key, "kind": kind, "name": name, "label": label, "parent": parent} | {
        part: (where or {}).get(part, "") for part in WHERE
    }


def _where(place: Place) -> Mapping[str, str]:
    return {part: place.labels[part] for part in WHERE if part in place.labels}


def _common(places: list[Place]) -> Mapping[str, str]:
    """What all of them say alike."""
    first = _where(places[0]) if places else {}
    return {part: said for part, said in first.items() if all(p.labels.get(part) == said for p in places)}


def parents(campus: Campus) -> Mapping[str, str]:
    """Of each device the one that is a step nearer to the gateway; of the gateway, and what no cable joins, none."""
    cables: dict[str, set[str]] = {}
    for link in campus.links:
        cables.setdefault(link.a.device, set()).add(link.b.device)
        cables.setdefault(link.b.device, set()).add(link.a.device)
    above: dict[str, str] = {}
    due = deque(s.name for s in campus.switches.values() if s.gateway)
    seen = set(due)
    while due:
        device = due.popleft()
        for other in sorted(cables.get(device, ())):
            if other not in seen:
                seen.add(other)
                above[other] = device
                if other in campus.switches:  # an OLT hands nothing on to another device
                    due.append(other)
    return above


def _links(view: View, campus: Campus) -> Iterator[Json]:
    for link in campus.links:
        told = worse(_port(view, link.a), _port(view, link.b))
        yield _link(link.a.device, link.b.device, "cable", told, _rate(campus, link))
    for onu in campus.onus.values():
        rate = max(onu.ports.values(), default=0)
        yield _link(splitter_id(str(onu.pon)), onu.name, "fibre", view.nodes.get(onu.name, FINE), rate)
    for place in campus.places.values():
        told = view.nodes.get(place_id(place.name), FINE)
        yield _link(place.port.device, place_id(place.name), "patch", told, _port_rate(campus, place.port))


def _link(a: str, b: str, kind: str, told: Told, rate_bps: int) -> Json:
    return {"a": a, "b": b, "kind": kind, **_told(told), "rate_mbps": rate_bps // MBPS}


def worse(one: Told, other: Told) -> Told:
    """Of two."""
    return min(one, other, key=lambda told: _WORST.index(told.state))


def _port(view: View, end: Endpoint) -> Told:
    """How a cable's end is: whether its device can be read, and its port is up."""
    device = view.nodes.get(end.device, FINE)
    if device.state is State.UNKNOWN:
        return device
    seen = view.seen.operational.devices.get(end.device) if view.seen.operational is not None else None
    if seen is None or not isinstance(seen.facts, SwitchFacts) or not end.port.isdigit():
        return FINE
    number = int(end.port)
    if number in seen.facts.ports and number not in seen.facts.up:
        return Told(State.BROKEN, f"port {end.port} of {end.device} is down")
    return FINE


def _rate(campus: Campus, link: Link) -> int:
    """Bit/s of the slower end."""
    return min(_port_rate(campus, link.a), _port_rate(campus, link.b))


def _port_rate(campus: Campus, end: Endpoint) -> int:
    if end.device in campus.olts:
        return campus.olts[end.device].uplinks.get(end.port, 0)
    ports = campus.switches[end.device].ports if end.device in campus.switches else campus.onus[end.device].ports
    return ports.get(int(end.port), 0) if end.port.isdigit() else 0
