"""Promises that are proven again only where an update can touch them, against proving all of them anew."""

from __future__ import annotations

from random import Random

import pytest

from intents.model.switch import FieldMatch, FlowEntry, Output, SetQueue, match
from intents.verify.engine.pipeline import Pipeline
from intents.verify.engine.watch import Port, Promise, Watch

IPV4 = FieldMatch("eth_type", 0x0800)
HOSTS = range(1, 6)


def a_ring() -> dict[Port, Port]:
    """Switches s0 to s2, each with its port 1 to the next one's port 2; port 3 is an edge."""
    cables = {(f"s{n}", 1): (f"s{(n + 1) % 3}", 2) for n in range(3)}
    return cables | {other: one for one, other in cables.items()}


def an_entry(random: Random) -> FlowEntry:
    table = random.randrange(2)
    fields = [IPV4]
    if random.random() < 0.7:
        bits = random.choice((0xFFFFFFFF, 0xFFFFFFFE, 1))
        fields.append(FieldMatch("ipv4_dst", random.choice(HOSTS) & bits, None if bits == 0xFFFFFFFF else bits))
    if random.random() < 0.3:
        fields.append(FieldMatch("ipv4_src", random.choice(HOSTS)))
    if random.random() < 0.3:
        fields.append(FieldMatch("in_port", random.choice((1, 2, 3))))
    queue = (SetQueue(random.randrange(2)),) if random.random() < 0.6 else ()
    onward = table == 0 and random.random() < 0.6
    actions = queue if onward else (*queue, Output(random.choice((1, 2, 3))))
    priority = random.randrange(4)
    return FlowEntry(table=table, priority=priority, match=match(*fields), actions=actions, goto=1 if onward else None)


def promises(random: Random) -> list[Promise]:
    made = []
    for number in range(12):
        sender, receiver = random.choice(HOSTS), random.choice(HOSTS)
        parts = (("eth_type", 0x0800, 0xFFFF), ("ipv4_src", sender, 0xFFFFFFFF), ("ipv4_dst", receiver, 0xFFFFFFFF))
        made.append(
            Promise(
                name=f"p{number}",
                source=(f"s{random.randrange(3)}", 3),
                target=(f"s{random.randrange(3)}", 3),
                parts=parts[: random.choice((1, 2, 3))],
                allowed=random.random() < 0.6,
                queue=random.choice((None, 0, 1)),
            )
        )
    return made


def all_anew(held: dict[str, dict[object, FlowEntry]], asked: list[Promise]) -> dict[str, tuple[str, ...]]:
    watch = Watch({name: Pipeline(entries.values()) for name, entries in held.items()}, a_ring())
    return {promise.name: found for promise in asked if (found := watch.add(promise))}


@pytest.mark.parametrize("seed", range(20))
def test_only_what_an_update_can_touch_is_proven_again_and_all_is_right(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    held: dict[str, dict[object, FlowEntry]] = {f"s{n}": {} for n in range(3)}
    watch, asked = Watch({name: Pipeline() for name in held}, a_ring()), promises(random)
    for promise in asked:
        watch.add(promise)
    spared = 0
    for _ in range(60):
        before = dict(watch.problems)
        name = random.choice(list(held))
        if held[name] and random.random() < 0.35:
            entry = held[name].pop(random.choice(list(held[name])))
            again = watch.remove(name, entry)
        else:
            entry = an_entry(random)
            held[name][entry.key] = entry
            again = watch.put(name, entry)
        expected = all_anew(held, asked)
        assert {n: set(found) for n, found in watch.problems.items()} == {n: set(f) for n, f in expected.items()}
        changed = {p.name for p in asked if set(before.get(p.name, ())) != set(expected.get(p.name, ()))}
        assert changed <= again
        spared += len(asked) - len(again)
    assert spared > 200  # most updates touch few


def test_a_wrong_queue_and_a_loop_are_found_and_mended() -> None:
    entry = FlowEntry(table=0, priority=1, match=match(IPV4), actions=(SetQueue(5), Output(1)))
    last = FlowEntry(table=0, priority=1, match=match(IPV4), actions=(SetQueue(5), Output(3)))
    watch = Watch({"s0": Pipeline([entry]), "s1": Pipeline([last]), "s2": Pipeline()}, a_ring())
    promise = Promise(name="ct", source=("s0", 3), target=("s1", 3), parts=(("eth_type", 0x0800, 0xFFFF),), queue=5)
    assert watch.add(promise) == ()
    other = FlowEntry(table=0, priority=1, match=last.match, actions=(SetQueue(1), Output(3)))
    assert watch.put("s1", other) == {"ct"}
    assert watch.problems == {"ct": ("in queue 1 at s1:3",)}
    back = FlowEntry(table=0, priority=2, match=match(IPV4), actions=(SetQueue(5), Output(1)))
    watch.put("s1", back)
    watch.put("s2", back)
    assert "loop at s0:2" in watch.problems["ct"] or watch.problems["ct"][0].startswith("loop")
    watch.remove("s1", back)
    watch.put("s1", last)
    assert watch.problems == {}


def test_a_promise_that_something_must_not_arrive() -> None:
    entry = FlowEntry(table=0, priority=1, match=match(IPV4), actions=(Output(1),))
    watch = Watch({name: Pipeline() for name in ("s0", "s1", "s2")}, a_ring())
    promise = Promise(
        name="guest", source=("s0", 3), target=("s1", 3), parts=(("eth_type", 0x0800, 0xFFFF),), allowed=False
    )
    assert watch.add(promise) == ()
    watch.put("s0", entry)
    assert watch.problems == {}
    watch.put("s1", FlowEntry(table=0, priority=1, match=match(IPV4), actions=(Output(3),)))
    assert watch.problems == {"guest": ("arrives at s1:3",)}
