"""The engine's switch, kept up to date entry by entry, against the reference that evaluates single packets."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from intents.model.switch import (
    PORT_CONTROLLER,
    PORT_IN_PORT,
    VID_PRESENT,
    FieldMatch,
    FlowEntry,
    Meter,
    Output,
    PushVlan,
    match,
)
from intents.verify.engine.entries import treatment
from intents.verify.engine.pipeline import Change, Pipeline
from intents.verify.engine.rewrite import single_tagged, untagged
from intents.verify.engine.space import WIDTHS, Match, Part, space
from intents.verify.reference.packet import Packet
from intents.verify.reference.switch import Outcome, SwitchState, run
from intents.verify.reference.table import Doubt, look_up
from tests.verify.random_switches import PORTS, Maker

METERS = (1, 2)


def as_set(packet: Packet) -> Match:
    """Just this packet."""
    outer = [(VID_PRESENT | tag.vid, tag.pcp) for tag in packet.tags]
    tags = [*outer, (0, 0), (0, 0)][:2]
    values = {"vlan_vid": tags[0][0], "vlan_pcp": tags[0][1], "inner_vid": tags[1][0], "inner_pcp": tags[1][1]}
    values |= {name: getattr(packet, name) for name in WIDTHS if name not in values}
    parts: list[Part] = [(name, value, (1 << WIDTHS[name]) - 1) for name, value in sorted(values.items())]
    return space().match(parts)


def a_maker(seed: int) -> Maker:
    return Maker(Random(seed))  # noqa: S311


def a_packet(maker: Maker, held: dict[object, FlowEntry]) -> Packet:
    """With a TTL that suffices, as the engine takes it for granted."""
    return replace(maker.packet(list(held.values()), 2), ip_ttl=64)


def entries_of(maker: Maker) -> list[FlowEntry]:
    return [o for o in maker.switch(20) if isinstance(o, FlowEntry)]


def updated(maker: Maker, pipeline: Pipeline, held: dict[object, FlowEntry]) -> Change:
    """One random update, of the pipeline and of what is held."""
    if held and maker.chance(0.4):
        entry = held.pop(maker.random.choice(list(held)))
        return pipeline.remove(entry)
    entry = maker.random.choice(entries_of(maker))
    if held and maker.chance(0.3):  # the same match again, at its priority or another
        other = held[maker.random.choice(list(held))]
        priority = other.priority if maker.chance(0.7) else maker.random.randrange(4)
        entry = FlowEntry(table=other.table, priority=priority, match=other.match, actions=entry.actions)
    held[entry.key] = entry
    return pipeline.put(entry)


def told(held: dict[object, FlowEntry], table: int, packet: Packet, port: int) -> object:
    """What is done in one table, by the reference."""
    try:
        entry = look_up(held.values(), table, packet, port)
    except Doubt:
        return "doubt"
    return None if entry is None else (entry.actions, entry.goto, entry.meter, entry.match_residue)


@pytest.mark.parametrize("seed", range(10))
def test_an_update_says_for_which_packets_a_table_does_something_else(seed: int) -> None:
    maker = a_maker(seed)
    pipeline, held = Pipeline(meters=METERS), dict[object, FlowEntry]()
    for _ in range(40):
        before = dict(held)
        change = updated(maker, pipeline, held)
        by_port = dict(change.deltas)
        for _ in range(15):
            packet = maker.packet(list(held.values()) or list(before.values()), 2)
            port = maker.random.choice(PORTS)
            deltas = by_port.get(port, by_port.get(None, ()) if port not in ported(held, before, change.table) else ())
            said = sum(packets & as_set(packet).yes != space().false for _, _, packets in deltas)
            was, now = told(before, change.table, packet, port), told(held, change.table, packet, port)
            assert said == (was != now)
    assert len(pipeline) == len(held)


def ported(held: dict[object, FlowEntry], before: dict[object, FlowEntry], table: int) -> set[int]:
    """Ports that entries of a table name both before and after an update: what changes for them is said for them."""
    return {
        field.value
        for key, entry in held.items()
        if key in before and entry.table == table
        for field in entry.match
        if field.name == "in_port"
    }


def is_followed(outcomes: tuple[Outcome, ...], packet: Packet) -> bool:
    """Whether the engine has to follow a packet: nothing on its way is a doubt, or what the engine leaves to others."""
    entries = [entry for outcome in outcomes for entry in outcome.entries]
    pushes = sum(
        isinstance(action, PushVlan) for entry in {e.key: e for e in entries}.values() for action in entry.actions
    )
    outputs = [a.port for entry in entries for a in entry.actions if isinstance(a, Output)]
    return (
        not any(outcome.doubt for outcome in outcomes)
        and not any(treatment(entry).unknown for entry in entries)
        and len(packet.tags) + pushes <= 2
        and all(port in (*PORTS, 9, PORT_IN_PORT, PORT_CONTROLLER) for port in outputs)
    )


@pytest.mark.parametrize("seed", range(12))
def test_a_packet_goes_as_in_the_reference(seed: int) -> None:
    maker = a_maker(seed)
    pipeline, held = Pipeline(meters=METERS), dict[object, FlowEntry]()
    followed = 0
    for _ in range(30):
        while len(held) < 3 or maker.chance(0.7):
            updated(maker, pipeline, held)
        meters = [Meter(meter_id=m, rate_kbps=1) for m in METERS]
        state = SwitchState.of((*held.values(), *meters), PORTS)
        for _ in range(20):
            packet, port = a_packet(maker, held), maker.random.choice(PORTS)
            outcomes = run(state, packet, port, lambda _: True)
            one = as_set(packet)
            passage = pipeline.run(port, one.yes, one.value, one.mask)
            if not is_followed(outcomes, packet):
                continue
            followed += 1
            assert not passage.unknown
            ways, due = {(o.port, o.queue) for o in passage.outs}, {(o.port, o.queue) for c in outcomes for o in c.outs}
            # A tag that is pushed on another is any tag here, and one of two in the reference.
            assert ways == due if len(outcomes) == 1 else ways >= due
            for out in (out for outcome in outcomes for out in outcome.outs):
                same = [o for o in passage.outs if (o.port, o.queue) == (out.port, out.queue)]
                assert any(o.packets & as_set(out.packet).yes != space().false for o in same)
            assert passage.dropped or all(outcome.outs for outcome in outcomes)
            for look in passage.looks:
                assert look.value & ~look.mask == 0
    assert followed > 50


@pytest.mark.parametrize("seed", range(8))
def test_all_packets_at_once_go_as_each_of_them(seed: int) -> None:
    maker = a_maker(1000 + seed)
    entries = [e for _ in range(3) for e in entries_of(maker)]
    held = {entry.key: entry for entry in entries}
    pipeline = Pipeline(held.values(), METERS)
    for port in PORTS:
        passage = pipeline.run(port, untagged() | single_tagged(), 0, 0)
        for _ in range(25):
            packet = maker.packet(list(held.values()), 1)
            one = as_set(packet)
            alone = pipeline.run(port, one.yes, one.value, one.mask)
            assert passage.unknown or not alone.unknown
            for out in alone.outs:
                rest = out.packets
                for same in passage.outs:
                    if (same.port, same.queue) == (out.port, out.queue):
                        rest = rest & ~same.packets
                assert rest == space().false


def test_what_all_packets_have_in_common_is_right() -> None:
    vlan = FieldMatch("vlan_vid", VID_PRESENT, VID_PRESENT)
    pipeline = Pipeline([FlowEntry(table=0, priority=1, match=match(vlan), goto=1)])
    packets = space().match([("vlan_vid", VID_PRESENT, VID_PRESENT)])
    passage = pipeline.run(1, packets.yes, packets.value, packets.mask)
    assert [look.table for look in passage.looks] == [0, 1]
    assert passage.dropped


def test_entries_that_overlap_and_disagree_are_unknown_and_not_chosen() -> None:
    one = FlowEntry(table=0, priority=5, match=match(FieldMatch("in_port", 1)), actions=(Output(2),))
    other = FlowEntry(table=0, priority=5, match=match(FieldMatch("vlan_vid", 0)), actions=(Output(3),))
    pipeline = Pipeline([one])
    untagged = space().match([("vlan_vid", 0, 0x1FFF)])
    assert not pipeline.run(1, untagged.yes, untagged.value, untagged.mask).unknown
    pipeline.put(other)
    found = pipeline.run(1, untagged.yes, untagged.value, untagged.mask)
    assert found.unknown
    assert not found.outs
    assert [out.port for out in pipeline.run(4, untagged.yes, untagged.value, untagged.mask).outs] == [3]
    pipeline.remove(other)
    assert [out.port for out in pipeline.run(1, untagged.yes, untagged.value, untagged.mask).outs] == [2]
