"""Campuses and intents for the compiler's tests, built as values: the small lab and a three-tier one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from intents.model.campus import (
    Campus,
    Endpoint,
    Link,
    NetconfAccess,
    Olt,
    Onu,
    Place,
    PonId,
    Segment,
    Switch,
)
from intents.model.classes import CLASSES, SERVICES
from intents.model.diagnostic import Position
from intents.model.intent import Deliver, Intent, Permission, ResolvedIntent
from intents.model.plan import Intended
from intents.model.pon import DetectedOnu, OltFacts
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import SwitchFacts

G, M = 10**9, 10**6

SEGMENTS = {
    name: Segment(
        name=name,
        vid=vid,
        subnet=IPv4Network(f"10.{vid}.0.0/16"),
        gateway=IPv4Address(f"10.{vid}.0.1"),
        position=Position("campus.yaml", 4 + number, 7),
    )
    for number, (name, vid) in enumerate({"imaging": 100, "servers": 20, "clinical": 110, "guest": 190}.items())
}


def place(name: str, port: str, segment: str, host: int, mac: str | None = None, line: int = 50) -> Place:
    device, _, number = port.partition(":")
    return Place(
        name=name,
        port=Endpoint(device, number),
        segment=segment,
        address=IPv4Address(int(SEGMENTS[segment].subnet.network_address) + host),
        mac=mac,
        position=Position("campus.yaml", line, 7),
    )


def campus_of(
    places: Iterable[Place],
    *,
    switches: Mapping[str, Switch],
    olts: Mapping[str, Olt] | None = None,
    onus: Iterable[Onu] = (),
    links: Iterable[tuple[str, str]] = (),
) -> Campus:
    def end(text: str) -> Endpoint:
        device, _, port = text.partition(":")
        return Endpoint(device, port)

    return Campus(
        name="test",
        segments=SEGMENTS,
        switches=switches,
        olts=olts or {},
        onus={o.name: o for o in onus},
        links=tuple(Link(a=end(a), b=end(b)) for a, b in links),
        places={p.name: p for p in places},
        groups={},
        classes={c.name: c for c in CLASSES},
        services={s.name: s for s in SERVICES},
    )


def onu(name: str, number: int, ports: Mapping[int, int], pon: PonId | None = None) -> Onu:
    return Onu(
        name=name,
        pon=pon or PonId("olt-1", "pon-1"),
        serial=f"CWLB{number:08X}",
        ports=ports,
        position=Position("campus.yaml", 30 + number, 7),
    )


def small_lab() -> Campus:
    """One core switch, one OLT with one XGS-PON, eight ONUs."""
    onus = [
        onu("onu-ct", 1, {1: 10 * G, 2: 1 * G}),
        onu("onu-diag", 2, {1: 10 * G}),
        *(onu(f"onu-{n}", n, {1: 1 * G, 2: 1 * G}) for n in range(3, 9)),
    ]
    places = [
        place("ct-room", "onu-ct:1", "imaging", 11, "02:00:00:00:00:11", 51),
        place("diag-room", "onu-diag:1", "imaging", 12, "02:00:00:00:00:12", 52),
        place("ward-1", "onu-3:1", "clinical", 31, None, 53),
        place("ward-2", "onu-4:1", "clinical", 32, None, 54),
        place("nurses", "onu-5:1", "clinical", 33, "02:00:00:00:00:33", 55),
        place("pump-1", "onu-6:1", "clinical", 34, None, 56),
        place("pump-2", "onu-6:2", "clinical", 35, None, 57),
        place("camera-1", "onu-7:1", "clinical", 36, None, 58),
        place("guests", "onu-8:1", "guest", 41, None, 59),
        place("pacs", "core-1:10", "servers", 5, "02:00:00:00:00:05", 60),
        place("his", "core-1:11", "servers", 6, None, 61),
    ]
    core = Switch(
        name="core-1",
        datapath_id=1,
        ports={1: 10 * G, 10: 10 * G, 11: 10 * G},
        gateway=True,
        ovsdb="tcp:127.0.0.1:6640",
    )
    olt = Olt(
        name="olt-1",
        netconf=NetconfAccess(host="127.0.0.1", port=8301),
        uplinks={"up-1": 10 * G},
        pons={"pon-1": "xgs-pon"},
        position=Position("campus.yaml", 20, 5),
    )
    return campus_of(
        places, switches={"core-1": core}, olts={"olt-1": olt}, onus=onus, links=[("core-1:1", "olt-1:up-1")]
    )


def three_tier() -> Campus:
    """Two access switches, an aggregation switch, a core switch that is the gateway; no OLT."""
    switches = {
        "acc-1": Switch(name="acc-1", datapath_id=11, ports={1: 1 * G, 2: 1 * G, 9: 1 * G}),
        "acc-2": Switch(name="acc-2", datapath_id=12, ports={1: 1 * G, 9: 1 * G}),
        "agg-1": Switch(name="agg-1", datapath_id=21, ports={1: 1 * G, 2: 1 * G, 9: 1 * G}),
        "core-1": Switch(name="core-1", datapath_id=31, ports={1: 1 * G, 10: 10 * G}, gateway=True),
    }
    places = [
        place("ct-room", "acc-1:1", "imaging", 11, "02:00:00:00:00:11", 51),
        place("ward-1", "acc-1:2", "clinical", 31, None, 52),
        place("diag-room", "acc-2:1", "imaging", 12, "02:00:00:00:00:12", 53),
        place("pacs", "core-1:10", "servers", 5, "02:00:00:00:00:05", 54),
    ]
    links = [("acc-1:9", "agg-1:1"), ("acc-2:9", "agg-1:2"), ("agg-1:9", "core-1:1")]
    return campus_of(places, switches=switches, links=links)


def twin_links(second_bps: int = 1 * G) -> Campus:
    """The three-tier campus with a second cable from acc-1 to agg-1 (ports 8 and 3), and one of this rate from agg-1 to
    core-1 (ports 8 and 2). Ways go by these two: their ports are first in order."""
    campus = three_tier()
    more = {"acc-1": {8: 1 * G}, "agg-1": {3: 1 * G, 8: second_bps}, "core-1": {2: second_bps}}
    switches = {
        name: replace(switch, ports={**switch.ports, **more.get(name, {})}) for name, switch in campus.switches.items()
    }
    second = (
        Link(a=Endpoint("agg-1", "3"), b=Endpoint("acc-1", "8")),
        Link(a=Endpoint("agg-1", "8"), b=Endpoint("core-1", "2")),
    )
    return replace(campus, switches=switches, links=(*campus.links, *second))


def intent(
    campus: Campus,
    name: str,
    sources: str | Iterable[str],
    destinations: str | Iterable[str] = (),
    *,
    permission: Permission = Permission.ALLOW,
    services: Iterable[str] = (),
    line: int = 1,
    **fields: Any,
) -> ResolvedIntent:
    """A resolved intent; `fields` are those of Intent."""

    def names(given: str | Iterable[str]) -> tuple[str, ...]:
        return (given,) if isinstance(given, str) else tuple(given)

    written = Intent(
        name=name,
        permission=permission,
        sources=names(sources),
        destinations=names(destinations),
        services=tuple(services),
        position=Position(f"intents/{name}.yaml", line, 1),
        **fields,
    )
    return ResolvedIntent(
        intent=written,
        sources=tuple(campus.places[n] for n in sorted(names(sources))),
        destinations=tuple(campus.places[n] for n in sorted(names(destinations))),
        services=tuple(campus.services[s] for s in written.services),
    )


STUDY = Deliver(images=1000, size_bytes=512 * 1024, within_us=10**6)


def small_lab_intents(campus: Campus) -> list[ResolvedIntent]:
    """What the small lab asks for."""
    return [
        intent(campus, "ct-to-pacs", "ct-room", "pacs", service_class="imaging"),
        intent(campus, "study", "pacs", "diag-room", service_class="imaging", deliver=STUDY),
        intent(campus, "wards", ("ward-1", "ward-2", "nurses"), "his", guarantee_bps=10 * M),
        intent(campus, "pumps", ("pump-1", "pump-2"), ("nurses", "his"), service_class="telemetry"),
        intent(campus, "cameras", "camera-1", "his", service_class="video", limit_bps=4 * M),
        intent(campus, "guests-web", "guests", "his", services=("https",), limit_bps=50 * M),
        intent(campus, "no-guests", "guests", ("ward-1", "ward-2", "ct-room"), permission=Permission.DENY),
    ]


def observed(states: Mapping[str, DeviceState], campus: Campus) -> Operational:
    """An operational state in which every ONU of the campus is up."""
    devices: dict[str, Observation] = {}
    for name, state in states.items():
        facts: SwitchFacts | OltFacts = SwitchFacts()
        if name in campus.olts:
            here = [o for o in campus.onus.values() if o.pon.olt == name]
            facts = OltFacts(
                up_v_anis=frozenset(f"cw.{o.name}" for o in here),
                detected=tuple(
                    DetectedOnu(serial=o.serial, channel_termination=f"cw.{o.pon.pon}.termination") for o in here
                ),
            )
        devices[name] = Observation(state=state, facts=facts)
    return Operational(devices=devices)


def empty(campus: Campus) -> Operational:
    """Devices that hold nothing yet."""
    return observed({n: DeviceState.of(n, ()) for n in (*campus.switches, *campus.olts)}, campus)


def applied(intended: Intended, campus: Campus) -> Operational:
    """The devices after the intended state was applied."""
    return observed(intended.states, campus)
