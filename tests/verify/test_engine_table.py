"""Tables of rules with priorities, updated rule by rule, against the highest priority looked for one by one."""

from __future__ import annotations

from random import Random

import pytest

from intents.verify.engine.overlaps import Overlaps
from intents.verify.engine.space import WIDTHS, Part, Predicate, aligned, space
from intents.verify.engine.table import DOUBT, MISS, Table

Rules = dict[tuple[int, tuple[Part, ...]], int]
FIELDS = (("ipv4_dst", 3), ("ipv4_src", 2), ("vlan_pcp", 3), ("eth_src", 2))  # the lowest bits of some fields
Packet = tuple[int, ...]


def some_parts(random: Random) -> tuple[Part, ...]:
    parts = []
    for name, bits in FIELDS:
        if random.random() < 0.6:
            mask = random.randrange(1, 1 << bits)
            parts.append((name, random.randrange(1 << bits) & mask, mask))
    return tuple(parts)


def a_packet(random: Random) -> Packet:
    return tuple(random.randrange(1 << bits) for _, bits in FIELDS)


def as_set(packet: Packet) -> Predicate:
    return space().match([(name, v, (1 << WIDTHS[name]) - 1) for (name, _), v in zip(FIELDS, packet, strict=True)]).yes


def decided(rules: Rules, packet: Packet) -> int:
    """Looked for one by one."""
    values = {name: value for (name, _), value in zip(FIELDS, packet, strict=True)}
    met = {key: a for key, a in rules.items() if all(values[n] & mask == value for n, value, mask in key[1])}
    if not met:
        return MISS
    highest = max(priority for priority, _ in met)
    actions = {action for (priority, _), action in met.items() if priority == highest}
    return actions.pop() if len(actions) == 1 else DOUBT


@pytest.mark.parametrize("seed", range(25))
def test_an_update_says_just_what_changed(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    table, rules = Table(), dict[tuple[int, tuple[Part, ...]], int]()
    false = space().false
    for _ in range(60):
        before = dict(rules)
        if rules and random.random() < 0.35:
            key = random.choice(list(rules))
            del rules[key]
            deltas = table.remove(key[0], space().match(key[1]))
        else:
            key = (random.randrange(4), some_parts(random))
            if rules and random.random() < 0.2:
                key = random.choice(list(rules))  # the same match and priority: replaced
            rules[key] = random.choice((MISS, 1, 2, 3))
            deltas = table.put(key[0], space().match(key[1]), rules[key])
        assert all(old != new and packets != false for old, new, packets in deltas)
        for packet in (a_packet(random) for _ in range(30)):
            was, now, one = decided(before, packet), decided(rules, packet), as_set(packet)
            said = [(old, new) for old, new, packets in deltas if packets & one != false]
            assert said == ([(was, now)] if was != now else [])
            match = space().match([(n, v, (1 << WIDTHS[n]) - 1) for (n, _), v in zip(FIELDS, packet, strict=True)])
            assert table.decide(one, match.value, match.mask) == [(now, one)]
        assert len(table) == len(rules)


@pytest.mark.parametrize("seed", range(10))
def test_shares_are_all_packets_once(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    table = Table()
    for _ in range(30):
        table.load(random.randrange(4), space().match(some_parts(random)), random.choice((1, 2, 3)))
    rest = space().true
    for _, packets in table.decide(space().true, 0, 0):
        assert packets & rest == packets
        rest = rest & ~packets
    assert rest == space().false


def test_rules_that_overlap_and_disagree_are_a_doubt_until_one_is_gone() -> None:
    table, dst, src = Table(), space().match([("ipv4_dst", 1, 1)]), space().match([("ipv4_src", 1, 1)])
    both = dst.yes & src.yes
    table.put(5, dst, 1)
    assert table.put(5, src, 2) == [(1, DOUBT, both), (MISS, 2, src.yes & dst.no)]
    assert table.put(5, src, 1) == [(DOUBT, 1, both), (2, 1, src.yes & dst.no)]
    table.put(5, src, 2)
    assert (DOUBT, 1, both) in table.remove(5, src)


@pytest.mark.parametrize("seed", range(20))
def test_the_index_finds_what_agrees_in_common_bits(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    index: Overlaps[int] = Overlaps()
    held: dict[int, tuple[int, int]] = {}
    masks = [random.randrange(256) for _ in range(6)]
    for item in range(200):
        mask = random.choice(masks)
        held[item] = (random.randrange(256) & mask, mask)
        index.add(*held[item], item)
        if random.random() < 0.4:
            gone = random.choice(list(held))
            index.discard(*held.pop(gone), gone)
        mask = random.choice((*masks, random.randrange(256)))
        value = random.randrange(256) & mask
        expected = [i for i, (v, m) in held.items() if (v ^ value) & m & mask == 0]
        assert sorted(index.meeting(value, mask)) == expected
    assert sorted(index.meeting(0, 0)) == sorted(held)


@pytest.mark.parametrize(("first", "end"), [(0, 8), (0, 1), (3, 7), (5, 6), (7, 8), (1, 8)])
def test_an_interval_is_its_numbers(first: int, end: int) -> None:
    inside = {n for n in range(8) if any(n & mask == value for value, mask in aligned(first, end, 3))}
    assert inside == set(range(first, end))
