"""Whether anything can go round, for all packets at once, against packets followed one by one."""

from __future__ import annotations

from random import Random

import pytest

from intents.model.campus import Endpoint
from intents.model.state import DeviceState, Observation
from intents.model.switch import PORT_IN_PORT, FieldMatch, FlowEntry, Output, SetField, SwitchFacts, match
from intents.verify.engine.follow import Port
from intents.verify.engine.loops import loops
from intents.verify.engine.pipeline import Pipeline
from intents.verify.reference.as_read import switch_device
from intents.verify.reference.network import Network, follow
from intents.verify.reference.packet import Packet

IPV4 = FieldMatch("eth_type", 0x0800)
HOSTS = range(1, 5)
EDGES = [(f"s{n}", 3) for n in range(3)]


def a_ring() -> dict[Port, Port]:
    cables = {(f"s{n}", 1): (f"s{(n + 1) % 3}", 2) for n in range(3)}
    return cables | {other: one for one, other in cables.items()}


def an_entry(random: Random, number: int) -> FlowEntry:
    """Of a priority of its own, so that nothing is in doubt."""
    fields = [IPV4] if random.random() < 0.9 else []
    if fields and random.random() < 0.6:
        fields.append(FieldMatch("ipv4_dst", random.choice(HOSTS)))
    if fields and random.random() < 0.3:
        fields.append(FieldMatch("ipv4_src", random.choice(HOSTS)))
    rewrite = (SetField("ipv4_dst", random.choice(HOSTS)),) if fields and random.random() < 0.05 else ()
    actions = (*rewrite, Output(random.choice((1, 1, 1, 1, 1, 2, 3, PORT_IN_PORT))))
    table = random.choice((0, 0, 0, 1))
    goto = 1 if table == 0 and random.random() < 0.2 else None
    done = () if goto is not None else actions
    return FlowEntry(table=table, priority=number, match=match(*fields), actions=done, goto=goto)


def goes_round(held: dict[str, list[FlowEntry]]) -> bool:
    """One packet at a time: each that some entry may tell from another, into each edge."""
    ends = {Endpoint(a, str(p)): Endpoint(b, str(q)) for (a, p), (b, q) in a_ring().items()}
    seen = {n: Observation(state=DeviceState.of(n, e), facts=SwitchFacts()) for n, e in held.items()}
    network = Network(devices={n: switch_device(n, (1, 2, 3), o) for n, o in seen.items()}, cables=ends)
    for switch, port in EDGES:
        for kind, dst, src in [(0x86DD, 0, 0), *((0x0800, d, s) for d in (0, *HOSTS) for s in (0, *HOSTS))]:
            packet = Packet(eth_src=1, eth_dst=2, eth_type=kind, ipv4_dst=dst, ipv4_src=src)
            if any(end.kind == "loop" for end in follow(network, Endpoint(switch, str(port)), packet)):
                return True
    return False


@pytest.mark.parametrize("seed", range(60))
def test_a_loop_is_found_if_and_only_if_some_packet_goes_round(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    held = {f"s{n}": [an_entry(random, p) for p in range(1, random.randrange(3, 12))] for n in range(3)}
    switches = {name: Pipeline(entries) for name, entries in held.items()}
    assert bool(loops(switches, a_ring(), EDGES)) == goes_round(held)


def test_the_random_networks_are_of_both_kinds() -> None:
    found = []
    for seed in range(60):
        random = Random(seed)  # noqa: S311
        held = {f"s{n}": [an_entry(random, p) for p in range(1, random.randrange(3, 12))] for n in range(3)}
        found.append(goes_round(held))
    assert 10 < sum(found) < 50


def test_a_mask_that_is_no_prefix_is_followed_as_a_predicate() -> None:
    odd = FieldMatch("ipv4_dst", 1, 1)
    around = FlowEntry(table=0, priority=1, match=match(IPV4, odd), actions=(Output(1),))
    switches = {f"s{n}": Pipeline([around]) for n in range(3)}
    assert loops(switches, a_ring(), EDGES) != ()
    switches["s2"].remove(around)
    assert loops(switches, a_ring(), EDGES) == ()
