"""Verifier and reference over networks: random switches in a ring, packets followed to every end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from intents.model.campus import Endpoint, Switch
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import FlowEntry, SwitchFacts
from intents.verify.network import network as verifier
from intents.verify.reference import network as reference
from intents.verify.reference.as_read import network_as_read
from intents.verify.reference.packet import Packet
from tests.compile.campuses import G, campus_of
from tests.verify.random_switches import PORTS, Maker
from tests.verify.test_reference import as_set, is_in, neighbours

NAMES = ("a", "b", "c")
RING = (("a:1", "b:2"), ("b:1", "c:2"), ("c:1", "a:2"))  # port 3 of each is an edge
MOST_ENDS = 300


@dataclass(frozen=True)
class Case:
    """A random ring as both see it."""

    verified: verifier.Network
    followed: reference.Network
    entries: list[FlowEntry]


def ring(maker: Maker) -> Case:
    held = {name: maker.switch(8) for name in NAMES}
    up = {name: frozenset(p for p in PORTS if maker.chance(0.95)) for name in NAMES}
    switches = {
        name: Switch(name=name, datapath_id=at, ports=dict.fromkeys(PORTS, G), gateway=False)
        for at, name in enumerate(NAMES, 1)
    }
    campus = campus_of((), switches=switches, links=RING)
    ports = {p: f"p{p}" for p in PORTS}
    devices = {
        name: Observation(state=DeviceState.of(name, held[name]), facts=SwitchFacts(ports=ports, up=up[name]))
        for name in NAMES
    }
    spoken = {
        name: Observation(state=DeviceState.of(name, (*held[name], *neighbours(held[name]))), facts=devices[name].facts)
        for name in NAMES
    }
    followed = network_as_read(campus, Operational(devices=spoken))
    entries = [o for objects in held.values() for o in objects if isinstance(o, FlowEntry)]
    return Case(verifier.Network(campus, Operational(devices=devices)), followed, entries)


def differences(case: Case, port: Endpoint, packet: Packet) -> Iterator[str]:
    """Where the two differ on where a packet ends; nothing where there are too many ends to look at."""
    atoms = case.verified.atoms
    header = as_set(atoms, packet)
    ends = list(islice(reference.follow(case.followed, port, packet), MOST_ENDS))
    leaves = list(islice(case.verified.follow(port, header, only_now=True), 10 * MOST_ENDS))
    if len(ends) == MOST_ENDS or len(leaves) == 10 * MOST_ENDS:
        return
    delivered = [(leaf.port, leaf.header) for leaf in leaves if leaf.end == "delivered"]
    arrived = [(end.port, end.packet) for end in ends if end.kind == "delivered"]
    for at, copy in arrived:
        if not any(at == other and is_in(atoms, copy, told) for other, told in delivered):
            yield f"the verifier does not deliver {copy} at {at}"
    for at, told in delivered:
        if not any(at == other and is_in(atoms, copy, told) for other, copy in arrived):
            yield f"the verifier delivers {told} at {at}"
    for kind in ("doubt", "loop"):
        if any(end.kind == kind for end in ends) != any(leaf.end == kind for leaf in leaves):
            yield f"one of them sees a {kind}"
    arrives = not reference.problem(case.followed, port, packet, lambda _at, _copy: "")
    if arrives != (case.verified.failure(port, header, lambda _at, _header: None) is None):
        yield f"the reference says that it arrives: {arrives}"


def compare(seed: int, rings: int, packets: int) -> list[str]:
    wrong: list[str] = []
    for number in range(rings):
        maker = Maker(Random(f"ring {seed}/{number}"))  # noqa: S311 - not for secrets
        case = ring(maker)
        for _ in range(packets):
            packet = replace(maker.packet(case.entries), ip_ttl=255)
            port = Endpoint(maker.random.choice(NAMES), str(maker.random.choice(PORTS)))
            wrong += [f"ring {seed}/{number}, {packet} at {port}: {text}" for text in differences(case, port, packet)]
    return wrong


def test_packets_end_where_the_verifier_says() -> None:
    assert compare(1, 60, 10) == []
