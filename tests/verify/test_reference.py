"""The verifier against the reference: random switches, random packets, the same answer.

Two claims. Of one packet the verifier says exactly what may happen. Of all packets at once it says for each of them
everything that may happen with the ports as they are and, with any others and whatever its TTL, every copy that leaves.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from intents.model.campus import Endpoint, Switch
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import FieldMatch, FlowEntry, LearnNeighbour, SetField, SwitchFacts, SwitchObject, match
from intents.verify import reference
from intents.verify.network.network import Network
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.packet import FIELDS, KIND, Header, Tag, anything
from intents.verify.packets.steps import Alternative, Copy
from intents.verify.reference.packet import IPV4, Packet, has
from intents.verify.reference.switch import Out, Outcome, SwitchState, run
from tests.compile.campuses import G, campus_of
from tests.verify.random_switches import PORTS, Maker


@dataclass(frozen=True)
class Case:
    """A random switch as both see it, some of its ports down."""

    network: Network
    state: SwitchState
    spoken: SwitchState  # the same once every neighbour has spoken that can be learnt
    objects: tuple[SwitchObject, ...]
    up: frozenset[int]

    @property
    def entries(self) -> list[FlowEntry]:
        return [o for o in self.objects if isinstance(o, FlowEntry)]

    def port(self, number: int) -> Endpoint:
        return Endpoint("s", str(number))

    def header(self, packet: Packet) -> Header:
        return as_set(self.network.atoms, packet)

    def holds(self, packet: Packet, header: Header) -> bool:
        return is_in(self.network.atoms, packet, header)


def case(maker: Maker) -> Case:
    return case_of(maker.switch(), frozenset(p for p in PORTS if maker.chance(0.8)))


def case_of(objects: Iterable[SwitchObject], up: frozenset[int]) -> Case:
    held = tuple(objects)
    facts = SwitchFacts(ports={p: f"p{p}" for p in PORTS}, up=up)
    switch = Switch(name="s", datapath_id=1, ports=dict.fromkeys(PORTS, G), gateway=True)
    seen = Observation(state=DeviceState.of("s", held), facts=facts)
    network = Network(campus_of((), switches={"s": switch}), Operational(devices={"s": seen}))
    spoken = SwitchState.of((*held, *neighbours(held)), PORTS)
    return Case(network, SwitchState.of(held, PORTS), spoken, held, up)


def neighbours(objects: Iterable[SwitchObject]) -> Iterator[FlowEntry]:
    """What every address would be learnt as, where nothing else matches: a MAC address that no entry names."""
    actions = (action for o in objects if isinstance(o, FlowEntry) for action in o.actions)
    for table in sorted({action.table for action in actions if isinstance(action, LearnNeighbour)}):
        found = match(FieldMatch("eth_type", IPV4))
        yield FlowEntry(table=table, priority=-1, match=found, actions=(SetField("eth_dst", 0x02ABCDEF0000),))


def as_set(atoms: Atoms, packet: Packet) -> Header:
    """The smallest set that the packet is in."""
    fields = tuple(atoms[KIND[name]].of(getattr(packet, name)) for name in FIELDS)
    tags = (Tag(atoms["tpid"].of(t.tpid), atoms["vid"].of(t.vid), atoms["pcp"].of(t.pcp)) for t in packet.tags)
    return Header(fields, tuple(tags))


def is_in(atoms: Atoms, packet: Packet, header: Header) -> bool:
    """Whether a set takes a packet in; fields that the packet lacks count for nothing."""
    known = len(header.tags)
    if len(packet.tags) < known or (len(packet.tags) > known and not header.more):
        return False
    one = as_set(atoms, packet)
    tags = zip(one.tags, header.tags, strict=False)
    if not all(a.tpid & b.tpid and a.vid & b.vid and a.pcp & b.pcp for a, b in tags):
        return False
    shown = {"l4_src": ("tcp_src", "udp_src"), "l4_dst": ("tcp_dst", "udp_dst")}
    return all(
        header.get(name) & one.get(name)
        for name in FIELDS
        if any(has(packet, oxm) for oxm in shown.get(name, (name,)))  # type: ignore[arg-type]
    )


def same_copy(atoms: Atoms, copy: Copy, out: Out, *, now: bool) -> bool:
    step = copy.steps[-1]
    queue = None if step.queue is None else (step.queue.queue_id, step.queue.exists)
    return (
        copy.port == Endpoint("s", str(out.port))
        and (copy.now == out.up or not now)
        and queue == (None if out.queue is None else (out.queue, out.there))
        and [limit.name for limit in step.limits] == [f"meter {m}" for m in out.meters]
        and is_in(atoms, out.packet, copy.header)
    )


def same(atoms: Atoms, told: Alternative, outcome: Outcome, *, now: bool = True) -> bool:
    """Whether the outcome is one of those that an alternative stands for."""
    if told.doubt or outcome.doubt:
        return bool(told.doubt) and bool(outcome.doubt)
    if len(told.copies) != len(outcome.outs):
        return False
    return all(same_copy(atoms, c, o, now=now) for c, o in zip(told.copies, outcome.outs, strict=True))


def of_one(at: Case, port: int, packet: Packet) -> list[Alternative]:
    """What the verifier says of one packet, in the state as read."""
    found = at.network.evaluate(Endpoint("s", str(port)), as_set(at.network.atoms, packet))
    return [alternative for alternative in found if alternative.now]


def of_all(at: Case, port: int) -> list[Alternative]:
    """What the verifier says of all packets."""
    atoms = at.network.atoms
    parts = anything(atoms).opened(atoms)
    return [a for part in parts for a in at.network.evaluate(Endpoint("s", str(port)), part)]


def outcomes(at: Case, port: int, packet: Packet, up: Iterable[int]) -> tuple[Outcome, ...]:
    """What the reference says, knowing what was read."""
    alive = frozenset(up)
    return run(at.state, packet, port, lambda number: number in alive)


def promised(at: Case, port: int, packet: Packet) -> tuple[Outcome, ...]:
    """What the reference says of a packet whose TTL suffices when its neighbour has spoken, as the verifier assumes."""
    return run(at.spoken, replace(packet, ip_ttl=64), port, lambda number: number in at.up)


def exact(at: Case, port: int, packet: Packet) -> Iterator[str]:
    """Where verifier and reference differ on one packet."""
    atoms = at.network.atoms
    told, expected = of_one(at, port, packet), promised(at, port, packet)
    for outcome in expected:
        if not any(same(atoms, alternative, outcome) for alternative in told):
            yield f"the verifier leaves out {outcome} of {packet} by {port}: {told}"
    for alternative in told:
        if not any(same(atoms, alternative, outcome) for outcome in expected):
            yield f"the verifier invents {alternative} of {packet} by {port}: {expected}"


def covered(at: Case, port: int, packet: Packet, maker: Maker) -> Iterator[str]:
    """Where what the verifier says of all packets leaves out what happens to one."""
    atoms = at.network.atoms
    told = [a for a in of_all(at, port) if is_in(atoms, packet, a.share)]
    for outcome in promised(at, port, packet):
        if not any(same(atoms, alternative, outcome) for alternative in told if alternative.now):
            yield f"of all packets, the verifier leaves out {outcome} of {packet} by {port}"
    if any(alternative.doubt for alternative in told):
        return  # nothing is claimed of what may be at another time
    another = [p for p in PORTS if maker.chance(0.5)]
    for outcome in outcomes(at, port, packet, another):
        # What a group watches may be untellable then: each of its buckets is followed all the same, as below.
        if outcome.doubt and "watches" not in outcome.doubt:
            yield f"with ports {another} up, the verifier does not say of {packet} by {port}: {outcome.doubt}"
        for out in outcome.outs:
            if not any(same_copy(atoms, copy, out, now=False) for alternative in told for copy in alternative.copies):
                yield f"with ports {another} up, the verifier leaves out {out} of {packet} by {port}"


def compare(seed: int, switches: int, packets: int) -> list[str]:
    """Mismatches on so many random switches, with so many packets each."""
    wrong: list[str] = []
    for number in range(switches):
        maker = Maker(Random(f"{seed}/{number}"))  # noqa: S311 - not for secrets
        at = case(maker)
        for _ in range(packets):
            packet, port = maker.packet(at.entries), maker.random.choice(PORTS)
            wrong += [f"switch {seed}/{number}: {text}" for text in exact(at, port, packet)]
        wrong += [f"switch {seed}/{number}: {text}" for text in covered(at, port, packet, maker)]
    return wrong


def test_of_thousands_of_packets_both_say_the_same() -> None:
    assert compare(1, 300, 10) == []


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_of_a_hundred_thousand_packets_both_say_the_same() -> None:
    assert compare(2, 10_000, 10) == []


def test_the_reference_shares_nothing_with_the_verifier_but_the_model() -> None:
    for path in sorted(Path(reference.__file__).parent.glob("*.py")):
        imports = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom))
        ours = {str(node.module) for node in imports if str(node.module).startswith(("intents", "."))}
        assert all(name.startswith(("intents.model.", "intents.verify.reference.")) for name in ours), path
