"""What an intent speaks of, as sets of packets: its ways, and the headers that a place sends on a way.

A way is an ordered pair of places and a direction of the services: with services named, the packets from a source to
a destination have the server's port as destination port, those back have it as source port; with none named, all
IPv4. A later fragment of a packet carries no port, so it belongs to no service with ports; senders do path MTU
discovery. A place sends untagged, or with a priority tag (VID 0, any PCP): the promise is the same for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from intents.model.campus import Place, Service
from intents.model.classes import TCP, UDP
from intents.model.intent import Permission, ResolvedIntent
from intents.verify.network.network import Network
from intents.verify.packets.packet import ETH_IPV4, TPID_C, TPID_S, Header, Tag, anything, mac, untagged

Role = Literal["any", "to-server", "from-server"]


@dataclass(frozen=True, slots=True)
class Way:
    """One ordered pair of an intent, one direction of its services. forward: from a source to a destination."""

    source: Place
    destination: Place
    role: Role
    services: tuple[Service, ...]
    forward: bool

    def __str__(self) -> str:
        return f"{self.source.name} to {self.destination.name}"


def ways(resolved: ResolvedIntent) -> tuple[Way, ...]:
    """The ways of an intent, sorted by pair."""
    sources, destinations = {p.name for p in resolved.sources}, {p.name for p in resolved.destinations}
    anything_goes = not resolved.services or any(s.protocol == 0 for s in resolved.services)
    services = () if anything_goes else resolved.services
    found: list[Way] = []
    for source, destination in resolved.pairs():
        forward = source.name in sources and destination.name in destinations
        back = not resolved.intent.one_way and source.name in destinations and destination.name in sources
        if forward:
            found.append(Way(source, destination, "any" if anything_goes else "to-server", services, True))
        if back and not (anything_goes and forward):
            found.append(Way(source, destination, "any" if anything_goes else "from-server", services, False))
    return tuple(found)


def quarantined(intents: Iterable[ResolvedIntent]) -> frozenset[str]:
    """Names of the places in quarantine: what else is promised to them is suspended."""
    return frozenset(place.name for r in intents if r.intent.permission is Permission.QUARANTINE for place in r.sources)


def service_sets(network: Network, way: Way) -> tuple[Mapping[str, int], ...]:
    """The way's services as sets of ip_proto and layer-4 ports; one empty mapping if there are none."""
    atoms = network.atoms
    side = "l4_dst" if way.role == "to-server" else "l4_src"
    found: list[Mapping[str, int]] = []
    for service in way.services:
        sets = {"ip_proto": atoms["proto"].of(service.protocol)}
        if service.ports and service.protocol in (TCP, UDP):
            sets[side] = 0
            for port in service.ports:
                sets[side] |= atoms["l4"].of(port)
        found.append(sets)
    return tuple(found) or ({},)


def own_mac(network: Network, place: Place) -> int:
    """The MAC addresses that a place may have: the one written, else any that nobody else is known by."""
    macs = network.atoms["mac"]
    return macs.of(mac(place.mac)) if place.mac is not None else macs.unnamed


def priority_tagged(network: Network, header: Header) -> Header:
    """The same packets with a tag of VID 0 and any PCP."""
    atoms = network.atoms
    return header.push(Tag(atoms["tpid"].of(TPID_C), atoms["vid"].of(0), atoms["pcp"].full))


def packets(network: Network, way: Way, eth_dst: int) -> Iterator[Header]:
    """What the source sends on a way, with the MAC address (a set) that it was told to send to."""
    atoms = network.atoms
    if way.source.address is None or way.destination.address is None:
        return
    for sets in service_sets(network, way):
        header = untagged(atoms).put(
            eth_src=own_mac(network, way.source),
            eth_dst=eth_dst,
            eth_type=atoms["eth_type"].of(ETH_IPV4),
            ipv4_src=atoms["ip"].of(int(way.source.address)),
            ipv4_dst=atoms["ip"].of(int(way.destination.address)),
            **sets,
        )
        yield header
        yield priority_tagged(network, header)


def anything_of(network: Network, place: Place, sets_of: Sequence[Mapping[str, int]] = ({},)) -> Iterator[Header]:
    """Everything that can be sent into a place's port, whatever the headers; of some services if sets are given.

    Where places share a port, what a place sends is what shows its IPv4 address.
    """
    atoms = network.atoms
    shared = len(network.places_at(place.port)) > 1 and place.address is not None
    for sets in sets_of:
        narrow = dict(sets)
        if shared and place.address is not None:
            narrow["ipv4_src"] = atoms["ip"].of(int(place.address))
        if not narrow:
            yield anything(atoms)
            continue
        narrow["eth_type"] = atoms["eth_type"].of(ETH_IPV4)
        bare = untagged(atoms).put(**narrow)
        tag = Tag(atoms["tpid"].full, atoms["vid"].full, atoms["pcp"].full)
        yield bare
        yield bare.push(tag)
        yield Header(bare.fields, (tag,), more=True)
        # A switch that parses one tag only sees the second tag's TPID as the type (packet.py).
        types = atoms["eth_type"].of(TPID_C) | atoms["eth_type"].of(TPID_S)
        yield Header(untagged(atoms).put(eth_type=types).fields, (tag,), more=True)
