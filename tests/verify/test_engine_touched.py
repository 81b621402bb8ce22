"""Which intents a change can touch, against the prover: what changes its verdict was among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from intents.compile import compile_intended
from intents.model.evidence import Property, Verdict
from intents.model.state import DeviceState, Operational
from intents.model.switch import (
    LEARNT_COOKIE,
    FieldMatch,
    FlowEntry,
    GroupEntry,
    LearnNeighbour,
    Output,
    SetField,
    SetQueue,
    match,
)
from intents.verify import verify
from intents.verify.engine.touched import Touched, touched_by
from tests.compile.campuses import observed, small_lab, small_lab_intents

CAMPUS = small_lab()
INTENTS = small_lab_intents(CAMPUS)
INTENDED = compile_intended(CAMPUS, INTENTS).intended
assert INTENDED is not None
STATES = dict(INTENDED.states)
EVERY = frozenset(r.name for r in INTENTS)
OWN = (Property.REACHABILITY, Property.PRIORITY)


def holding(*objects: object, device: str = "core-1") -> Operational:
    """The network when a device holds just these objects."""
    return observed(STATES | {device: DeviceState.of(device, objects)}, CAMPUS)  # type: ignore[arg-type]


def core() -> list[object]:
    return list(STATES["core-1"].objects.values())


def of_own(verdict: Verdict) -> dict[str, tuple[object, ...]]:
    return {
        i.intent: tuple((f.property, f.holds, f.cannot_prove) for f in i.findings if f.property in OWN)
        for i in verdict.intents
    }


def whole(verdict: Verdict) -> dict[str, tuple[object, ...]]:
    return {i.intent: tuple((f.property, f.holds, f.cannot_prove) for f in i.findings) for i in verdict.intents}


def another(entry: FlowEntry, random: Random) -> FlowEntry:
    """An entry with something changed."""
    what = random.randrange(6)
    if what == 0:
        return replace(entry, priority=entry.priority + random.choice((-1, 1, 50)))
    if what == 1:
        return replace(entry, actions=tuple(SetQueue(0) if isinstance(a, SetQueue) else a for a in entry.actions))
    if what == 2:
        return replace(entry, actions=tuple(Output(99) if isinstance(a, Output) else a for a in entry.actions))
    if what == 3:
        return replace(entry, match=tuple(f for f in entry.match if f.name not in ("vlan_pcp", "eth_src")))
    if what == 4:
        pcp = SetField("vlan_pcp", 0)
        changed = (pcp if isinstance(a, SetField) and a.name == "vlan_pcp" else a for a in entry.actions)
        return replace(entry, actions=tuple(changed))
    return replace(entry, cookie=entry.cookie ^ 1)


@pytest.mark.parametrize("seed", range(8))
def test_what_changes_the_verdict_was_said_to_be_touched(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    objects = core()
    before = verify(CAMPUS, INTENTS, holding(*objects))
    touched = Touched(CAMPUS, INTENTS, holding(*objects))
    for _ in range(5):
        entry = random.choice([o for o in objects if isinstance(o, FlowEntry)])
        others = [o for o in objects if o is not entry]
        changed = another(entry, random)
        objects = random.choice((others, [*others, changed], [*objects, changed]))
        now = holding(*objects)
        touch = touched.read("core-1", now.devices["core-1"])
        after = verify(CAMPUS, INTENTS, now)
        mine, his = of_own(before), of_own(after)
        assert {name for name in EVERY if mine[name] != his[name]} <= touch.own
        assert touch.any or whole(before) == whole(after)
        before = after


def test_an_entry_of_a_pair_touches_the_intents_of_the_pair() -> None:
    ends = {
        ("ipv4_src", int(CAMPUS.places["ct-room"].address or 0)),
        ("ipv4_dst", int(CAMPUS.places["pacs"].address or 0)),
    }
    entry = next(o for o in core() if isinstance(o, FlowEntry) and ends <= {(f.name, f.value) for f in o.match})
    now = holding(*(o for o in core() if o is not entry))
    touch = touched_by(CAMPUS, INTENTS, observed(STATES, CAMPUS), now)
    assert "ct-to-pacs" in touch.own
    assert "cameras" not in touch.own
    assert touch.any


def test_an_entry_that_decides_for_nothing_touches_nothing() -> None:
    shadowed = next(o for o in core() if isinstance(o, FlowEntry) and o.priority > 1)
    now = holding(*core(), replace(shadowed, priority=shadowed.priority - 1, actions=shadowed.actions))
    again = holding(*(replace(o, cookie=o.cookie ^ 2) if o is shadowed else o for o in core()))
    for state in (now, again):
        touch = touched_by(CAMPUS, INTENTS, observed(STATES, CAMPUS), state)
        assert (touch.own, touch.any) == (frozenset(), False)


def learning(objects: list[object]) -> list[object]:
    learns = LearnNeighbour(table=2, priority=5, arp=False)
    fields = match(FieldMatch("eth_type", 0x0800), FieldMatch("ipv4_src", 1))
    return [*objects, FlowEntry(table=0, priority=60000, match=fields, actions=(learns,), cookie=LEARNT_COOKIE)]


def without_a_prerequisite(objects: list[object]) -> list[object]:
    return [*objects, FlowEntry(table=1, priority=1, match=match(FieldMatch("ipv4_src", 1)))]


def a_group(objects: list[object]) -> list[object]:
    return [*objects, GroupEntry(group_id=7, type="all", buckets=())]


def another_address(objects: list[object]) -> list[object]:
    rewrites = (SetField("ipv4_dst", 2),)
    fields = match(FieldMatch("eth_type", 0x0800), FieldMatch("ipv4_src", 1))
    return [*objects, FlowEntry(table=1, priority=60000, match=fields, actions=rewrites)]


def no_queue(objects: list[object]) -> list[object]:
    return [o for o in objects if o.key[0] != "queue"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("change", [learning, without_a_prerequisite, a_group, another_address, no_queue])
def test_in_doubt_every_intent_is_touched(change: Callable[[list[object]], list[object]]) -> None:
    touch = touched_by(CAMPUS, INTENTS, observed(STATES, CAMPUS), holding(*change(core())))
    assert (touch.own, touch.any) == (EVERY, True)


def test_a_pon_or_a_device_that_cannot_be_read_touches_every_intent() -> None:
    objects = list(STATES["olt-1"].objects.values())
    before = observed(STATES, CAMPUS)
    assert touched_by(CAMPUS, INTENTS, before, holding(*objects[1:], device="olt-1")).own == EVERY
    lost = Operational(devices={name: o for name, o in before.devices.items() if name != "core-1"})
    assert touched_by(CAMPUS, INTENTS, before, lost).own == EVERY
    assert not touched_by(CAMPUS, INTENTS, before, observed(STATES, CAMPUS)).any
