"""What can fail, and the campus as it is then: without what failed, with what stands in for it.

A cable is named by one of its ports (`core-1:2`), a PON by its name (`olt-1/pon-3`), an ONU's own fibre by
`onu-ct/fibre`, devices by their names. A PON's stand-in is its `protected-by` (Type B: feeder fibre and PON port), an
ONU's the PON of its second fibre, `backup` (Type C: the branch fibre too). Where an OLT moves a PON to its stand-in by
itself, the campus is the same without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from intents.compile.topology import Topology, reachable
from intents.compile.type_b import type_b
from intents.model.campus import Campus, Endpoint, Link, Onu, PonId
from intents.model.intent import ResolvedIntent

Kind = Literal["link", "fibre", "pon", "onu", "olt", "switch"]
FIBRE: Final = "fibre"


class Failure(NamedTuple):
    """One thing that fails. name: as it is written; for a link, one of its ports."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        words = {"link": f"the link at {self.name}", "fibre": f"the fibre of {self.name.partition('/')[0]}"}
        return words.get(self.kind, self.name)


def failure_of(campus: Campus, text: str) -> Failure | None:
    """The failure that a text names; None if there is no such thing."""
    device, slash, rest = text.partition("/")
    if slash:
        if device in campus.onus and rest == FIBRE:
            return Failure("fibre", text)
        is_pon = device in campus.olts and rest in campus.olts[device].pons
        return Failure("pon", text) if is_pon else None
    if ":" in text:
        ends = {str(end) for link in campus.links for end in (link.a, link.b)}
        return Failure("link", text) if text in ends else None
    kinds: tuple[tuple[Kind, Iterable[str]], ...] = (
        ("switch", campus.switches),
        ("olt", campus.olts),
        ("onu", campus.onus),
    )
    return next((Failure(kind, text) for kind, names in kinds if text in names), None)


def names_of(campus: Campus) -> list[str]:
    """Everything that can fail, as it is written."""
    return [
        *campus.switches,
        *campus.olts,
        *campus.onus,
        *(f"{olt.name}/{pon}" for olt in campus.olts.values() for pon in olt.pons),
        *(str(end) for link in campus.links for end in (link.a, link.b)),
    ]


def without(campus: Campus, failures: Iterable[Failure]) -> Campus:
    """The campus when all of these have failed; places that are cut off are not in it."""
    for failure in failures:
        campus = _without(campus, failure)
    linked = reachable(campus)
    return replace(campus, places={n: p for n, p in campus.places.items() if n in linked})


def _without(campus: Campus, failure: Failure) -> Campus:
    name = failure.name
    if failure.kind == "link":
        end = Endpoint(*name.split(":", 1))
        return replace(campus, links=tuple(link for link in campus.links if end not in (link.a, link.b)))
    if failure.kind == "switch":
        left = {n: s for n, s in campus.switches.items() if n != name}
        return replace(campus, switches=left, links=_links_beside(campus, name))
    if failure.kind == "olt":
        olts = {n: o for n, o in campus.olts.items() if n != name}
        moved = {n: _moved(campus, onu, lambda pon: pon.olt == name) for n, onu in campus.onus.items()}
        return replace(campus, olts=olts, links=_links_beside(campus, name), onus=_there(moved))
    if failure.kind == "pon":
        pon = PonId(*name.split("/", 1))
        olt = campus.olts[pon.olt]
        if pon.pon in type_b(campus)[olt.name]:
            return campus
        pons = {n: technology for n, technology in olt.pons.items() if n != pon.pon}
        moved = {n: _moved(campus, onu, pon.__eq__) for n, onu in campus.onus.items()}
        return replace(campus, olts={**campus.olts, olt.name: replace(olt, pons=pons)}, onus=_there(moved))
    onu_name = name.partition("/")[0]
    onus: dict[str, Onu | None] = dict(campus.onus)
    onu = campus.onus[onu_name]
    onus[onu_name] = replace(onu, pon=onu.backup, backup=None) if failure.kind == "fibre" and onu.backup else None
    return replace(campus, onus=_there(onus))


def _links_beside(campus: Campus, device: str) -> tuple[Link, ...]:
    return tuple(link for link in campus.links if device not in (link.a.device, link.b.device))


def _moved(campus: Campus, onu: Onu, is_gone: Callable[[PonId], bool]) -> Onu | None:
    """An ONU where it hangs when some PONs are gone; None: nowhere."""
    if not is_gone(onu.pon):
        return onu
    stand_in = campus.olts[onu.pon.olt].protection.get(onu.pon.pon)
    for pon in (stand_in, onu.backup):
        is_there = pon is not None and pon.olt in campus.olts and pon.pon in campus.olts[pon.olt].pons
        if pon is not None and is_there and not is_gone(pon):
            return replace(onu, pon=pon, backup=None)
    return None


def _there(onus: dict[str, Onu | None]) -> dict[str, Onu]:
    return {name: onu for name, onu in onus.items() if onu is not None}


def left_of(resolved: ResolvedIntent, campus: Campus) -> ResolvedIntent:
    """An intent for the places that are still there. What it is to survive has happened: nothing more is asked."""
    places, intent = campus.places, resolved.intent
    return replace(
        resolved,
        intent=replace(intent, survive=None) if intent.survive is not None else intent,
        sources=tuple(p for p in resolved.sources if p.name in places),
        destinations=tuple(p for p in resolved.destinations if p.name in places),
    )


def on_the_way(topology: Topology, place: str) -> Iterable[Failure]:
    """Everything that a place's way to the gateway goes through: fibres and cables, PON, ONU, OLT, switches."""
    route = topology.routes[place]
    if route.pon is not None:
        yield Failure("fibre", f"{route.pon.onu.name}/{FIBRE}")
        yield Failure("pon", str(route.pon.pon))
        yield Failure("olt", route.pon.pon.olt)
        yield Failure("link", f"{route.pon.pon.olt}:{route.pon.uplink}")
    for hop in route.switches:
        if hop.switch != topology.gateway.name:
            yield Failure("switch", hop.switch)
            yield Failure("link", f"{hop.switch}:{hop.up}")
