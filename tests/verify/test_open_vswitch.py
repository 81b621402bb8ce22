"""Verifier and reference against Open vSwitch itself: the same entries and groups, the same packets, the same copies.

Entries, groups and meters go in by our own driver; packets are whole frames, handed to `ofproto/trace`, and what the
datapath's actions make of them is what leaves. Left out, since a switch refuses it or a trace does not tell: entries
without prerequisites, more than two tags, groups and meters that are not there, and `select` by the datapath's hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from intents.model.switch import FlowEntry, LearnNeighbour, PortQueue
from intents.verify.reference.packet import Packet
from tests.verify.frames import in_order, sent_by
from tests.verify.open_vswitch import Ovs
from tests.verify.random_switches import PORTS, Maker
from tests.verify.test_reference import Case, case_of, exact, outcomes

pytestmark = pytest.mark.lab


def differences(ovs: Ovs, at: Case, port: int, packet: Packet) -> Iterator[str]:
    """Where Open vSwitch, reference and verifier are not of one mind on a packet."""
    found = in_order(ovs.sent(port, packet))
    ways = outcomes(at, port, packet, at.up)
    if any(way.doubt for way in ways):
        yield f"the reference does not say: {ways}"
    elif found not in [sent_by(way) for way in ways]:
        yield f"{packet} by {port}: Open vSwitch sends {found}, the reference {[sent_by(w) for w in ways]}: {ways}"
    yield from exact(at, port, packet)


def compare(ovs: Ovs, seed: int, switches: int, packets: int) -> list[str]:
    wrong: list[str] = []
    for number in range(switches):
        maker = Maker(Random(f"ovs {seed}/{number}"), strict=True)  # noqa: S311 - not for secrets
        objects = maker.switch()
        up = frozenset(PORTS) if number % 4 else frozenset(p for p in PORTS if maker.chance(0.5))
        ovs.load(objects)
        ovs.set_up(up)
        learns = any(isinstance(a, LearnNeighbour) for o in objects if isinstance(o, FlowEntry) for a in o.actions)
        at = case_of(objects, up)
        for _ in range(packets):
            if learns:  # a traced packet is learnt from
                at = case_of([*ovs.read(), *(o for o in objects if isinstance(o, PortQueue))], up)
            packet, port = maker.packet(at.entries, most_tags=1), maker.random.choice(PORTS)
            wrong += [f"switch {seed}/{number}: {text}" for text in differences(ovs, at, port, packet)]
    return wrong


def test_of_thousands_of_packets_all_three_say_the_same(ovs: Ovs) -> None:
    assert compare(ovs, 1, 100, 40) == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_of_tens_of_thousands_of_packets_all_three_say_the_same(ovs: Ovs) -> None:
    assert compare(ovs, 2, 1_000, 40) == []
