"""A hospital, or a metro of them, as the texts that Clearway reads: a campus file a site and its intents.

The mix of places is that of a hospital of 2,000 endpoints: hospital information system, picture stations, modalities,
monitors, pumps, phones, cameras, access points, conference rooms, building technology. A site has two OLTs of eight
XGS-PONs each, an ONU with one 10 Gbit/s port and three of 1 Gbit/s, and a server room at its switch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from labs.campus.kinds import KINDS, SERVERS, Spot
from labs.campus.promises import intents_of

OLTS: Final = 2
PONS: Final = 8
CORE_PORT: Final = "100 Gbit/s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large. places: of one site, in the proportions of KINDS. intents: of one site."""

    sites: int
    onus: int
    places: int
    intents: int


HOSPITAL: Final = Size(sites=1, onus=512, places=2_000, intents=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loopback:
    """TCP ports of a made-up campus on this machine, for `clearway lab up`. netconf: one an OLT, from here on;
    ovsdb: one a switch, from here on; openflow: where all switches find Clearway."""

    netconf: int = 8301
    ovsdb: int = 6640
    openflow: int = 6653


METRO_SITES: Final = 50


def metro(sites: int = METRO_SITES) -> Size:
    """50 sites of 1,000 ONUs: 100 OLTs, 800 PONs, 160,000 places, 200,000 service flows (a GEM port of a UNI each),
    10,000 intents; or fewer sites of that size."""
    return Size(sites=sites, onus=1_000, places=3_200, intents=200)


def generate(size: Size, seed: int = 1, at: Loopback | None = None) -> Mapping[str, str]:
    """The texts, path to text. at: to be brought up on this machine; else its devices have addresses of their own."""
    files: dict[str, str] = {}
    for number in range(1, size.sites + 1):
        files |= site_texts(size, number, seed, at)
    return files


def site_texts(
    size: Size, number: int, seed: int = 1, at: Loopback | None = None, switch: int | None = None
) -> dict[str, str]:
    """The texts of one site by itself: what all sites share, the site, its intents. switch: which one its own is to
    `at`, where the gateway is 0; else that of its number."""
    random = Random(f"{seed}/{number}")  # noqa: S311 - the same campus again is what is wanted
    spots = list(_spots(size, number, random))
    switch = number if switch is None else switch
    return {
        "campus.yaml": "\n".join(_campus(size, at)) + "\n",
        f"site-{number:02}.yaml": "\n".join(_site(size, number, spots, at, switch)) + "\n",
        f"intents/site-{number:02}.yaml": intents_of(number, spots, size.intents, random),
    }


def _head(lines: list[str]) -> Iterator[str]:
    yield "# yaml-language-server: $schema=intents/ingest/schema/campus.schema.json"
    yield from ("apiVersion: clearway.dev/v1", "kind: Campus", "metadata: {name: made-up}", "spec:")
    yield from lines


def _campus(size: Size, at: Loopback | None) -> Iterator[str]:
    """What all sites share: segments, and the gateway."""
    lines = ["  segments:"]
    for kind in KINDS:
        default = f", class: {kind.cls}" if kind.cls else ""
        lines.append(f"    {kind.name}: {{vlan: {kind.vlan}, subnet: 10.{kind.octet * 4}.0.0/14{default}}}")
    lines.append("    servers: {vlan: 20, subnet: 10.4.0.0/16}")
    lines.append("  switches:")
    ports = ", ".join(f"{n}: {CORE_PORT}" for n in range(1, size.sites + 1))
    lines.append(f"    gateway: {{datapath: 0x1, gateway: true{_dials(at, 0)}, ports: {{{ports}}}}}")
    return _head(lines)


def _dials(at: Loopback | None, switch: int) -> str:
    """How a switch is reached, where that is written; switches count from 0."""
    return f', ovsdb: "tcp:127.0.0.1:{at.ovsdb + switch}", openflow: "tcp:127.0.0.1:{at.openflow}"' if at else ""


def _netconf(at: Loopback | None, site: int, olt: int) -> str:
    """How an OLT is reached; both count from 1."""
    if at is None:
        return f'{{address: "10.0.{site}.{olt}:830", username: clearway, key: {{env: OLT_KEY}}}}'
    port = at.netconf + (site - 1) * OLTS + olt - 1
    keys = f"key: {{file: .lab/client_key}}, host-key: {{file: .lab/s{site:02}-olt-{olt}.host_key.pub}}"
    return f'{{address: "127.0.0.1:{port}", username: clearway, {keys}}}'


def _site(size: Size, site: int, spots: list[Spot], at: Loopback | None, switch: int) -> Iterator[str]:
    """One site: its switch, OLTs, ONUs, places and groups."""
    name = f"s{site:02}"
    lines = ["  switches:"]
    ports = ", ".join(f"{n}: {CORE_PORT}" for n in range(1, OLTS + len(SERVERS) + 2))
    lines.append(f"    {name}-core: {{datapath: {site + 1:#x}{_dials(at, switch)}, ports: {{{ports}}}}}")
    lines.append("  olts:")
    for olt in range(1, OLTS + 1):
        pons = ", ".join(f"pon-{n}: {{technology: xgs-pon}}" for n in range(1, PONS + 1))
        lines.append(f"    {name}-olt-{olt}:")
        lines.append(f"      netconf: {_netconf(at, site, olt)}")
        lines.append("      uplinks: {up-1: 100 Gbit/s}")
        lines.append(f"      pons: {{{pons}}}")
    lines.append("  onus:")
    for onu in range(size.onus):
        serial = f"CWLB{site:02X}{onu:06X}"
        ports = "1: 10 Gbit/s, 2: 1 Gbit/s, 3: 1 Gbit/s, 4: 1 Gbit/s"
        lines.append(f"    {onu_name(site, onu)}: {{pon: {_pon(site, onu)}, serial: {serial}, ports: {{{ports}}}}}")
    lines.append("  links:")
    lines.append(f'    - ["gateway:{site}", "{name}-core:1"]')
    lines += [f'    - ["{name}-core:{olt + 1}", "{name}-olt-{olt}:up-1"]' for olt in range(1, OLTS + 1)]
    lines.append("  places:")
    for number, server in enumerate(SERVERS):
        address = f"10.4.{site}.{number + 10}"
        port = f"{name}-core:{OLTS + number + 2}"
        lines.append(f'    {name}-{server}: {{port: "{port}", segment: servers, address: {address}}}')
    for spot in spots:
        lines.append(f'    {spot.name}: {{port: "{spot.port}", segment: {spot.kind.name}, address: {spot.address}}}')
    lines.append("  groups:")
    lines += _groups(site, spots)
    return _head(lines)


def _groups(site: int, spots: list[Spot]) -> Iterator[str]:
    """One group a ward and kind."""
    found: dict[str, list[str]] = {}
    for spot in spots:
        found.setdefault(f"s{site:02}-{spot.kind.plural}-{spot.ward:02}", []).append(spot.name)
    for name in sorted(found):
        yield f"    {name}: [{', '.join(found[name])}]"


def onu_name(site: int, onu: int) -> str:
    """The name of an ONU; `onu` counts from 0."""
    return f"s{site:02}-onu-{onu:04}"


def _pon(site: int, onu: int) -> str:
    trunk = onu % (OLTS * PONS)
    return f"s{site:02}-olt-{trunk // PONS + 1}/pon-{trunk % PONS + 1}"


def _spots(size: Size, site: int, random: Random) -> Iterator[Spot]:
    """The places of a site: what needs 10 Gbit/s on ports 1 of different ONUs, the rest wherever there is room."""
    share = sum(kind.count for kind in KINDS)
    wanted = [kind for kind in KINDS for _ in range(kind.count * size.places // share)]
    wanted += [KINDS[0]] * (size.places - len(wanted))
    fast = [f"{onu_name(site, onu)}:1" for onu in range(size.onus)]
    slow = [f"{onu_name(site, onu)}:{port}" for onu in range(size.onus) for port in (2, 3, 4)]
    random.shuffle(slow)
    slow += [port for port in fast if port not in set(fast[: sum(kind.is_fast for kind in wanted)])][::-1]
    counts: dict[str, int] = {}
    quick = iter(fast)
    others = iter(slow)
    for kind in wanted:
        number = counts[kind.name] = counts.get(kind.name, 0) + 1
        port = next(quick) if kind.is_fast else next(others)
        host = site * 4096 + number  # a /20 a site and kind
        address = f"10.{kind.octet * 4 + (host >> 16)}.{host >> 8 & 255}.{host & 255}"
        ward = 1 + int(port.partition(":")[0].rpartition("-")[2]) * 32 // size.onus
        yield Spot(f"s{site:02}-{kind.place}-{number:04}", kind, ward, port, address)
