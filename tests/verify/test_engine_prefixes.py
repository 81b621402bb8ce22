"""Longest-prefix tables, the loops in networks of them, and filters, against brute force."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from intents.verify.engine.destinations import cycles, survey
from intents.verify.engine.fabric import Cycle, Fabric
from intents.verify.engine.filtered import FilteredFabric
from intents.verify.engine.prefixes import TOP, PrefixTable
from intents.verify.engine.space import space

Rules = dict[tuple[int, int], int]


def longest(rules: Rules, address: int) -> int:
    """The action of the longest prefix that an address is in, one by one."""
    hit = [(length, action) for (start, length), action in rules.items() if start <= address < start + (TOP >> length)]
    return max(hit)[1] if hit else 0


def a_prefix(random: Random) -> tuple[int, int]:
    length = random.choice((0, 1, 2, 3, 4, 5, 31, 32))
    address = random.choice((random.randrange(32) << 27, random.randrange(32) << 27 | random.randrange(3)))
    host = 32 - length
    return address >> host << host, length


def addresses(*tables: PrefixTable) -> list[int]:
    """One address of every range that no table tells apart, and the last of each."""
    starts = sorted({start for table in tables for start in table.starts})
    return starts[:-1] + [start - 1 for start in starts[1:]]


@pytest.mark.parametrize("seed", range(40))
def test_an_update_says_just_what_changed(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    rules: Rules = {a_prefix(random): random.randrange(4) for _ in range(random.randrange(8))}
    table = PrefixTable((start, length, action) for (start, length), action in rules.items())
    for _ in range(80):
        before, prefix = dict(rules), a_prefix(random)
        asked = addresses(table)
        if random.random() < 0.6:
            rules[prefix] = random.randrange(4)
            changes = table.put(*prefix, rules[prefix])
        else:
            rules.pop(prefix, None)
            changes = table.remove(*prefix)
        for address in {*asked, *addresses(table)}:
            said = [(old, new) for first, end, old, new in changes if first <= address < end]
            was, now = longest(before, address), longest(rules, address)
            assert said == ([(was, now)] if was != now else [])
            assert table.decide(address) == now
        assert len(table) == len(rules)
        assert table.starts == sorted(set(table.starts))


def test_borders_do_not_pile_up() -> None:
    table = PrefixTable([(0, 0, 1)])
    for address in range(10_000):
        table.put(address << 8, 24, 2)
        table.remove(address << 8, 24)
    assert len(table.starts) < 40


# --- loops


def a_fabric(random: Random, *, bounces: bool) -> Fabric:
    """Switches in a ring with chords, each with one edge port."""
    size = random.randrange(2, 6)
    fabric = Fabric([f"s{n}" for n in range(size)], bounces=bounces)
    pairs = {(n, (n + 1) % size) for n in range(size)}
    pairs |= {(random.randrange(size), random.randrange(size)) for _ in range(2)}
    for a, b in sorted({(min(p), max(p)) for p in pairs if p[0] != p[1]}):
        one, other = fabric.port(a, f"to-{b}"), fabric.port(b, f"to-{a}")
        fabric.connect(one, other)
        fabric.connect(other, one)
    for n in range(size):
        fabric.port(n, "edge")
    return fabric


def an_action(fabric: Fabric, switch: int, random: Random) -> int:
    own = [port for port, (at, _) in enumerate(fabric.ports) if at == switch]
    return fabric.action(random.sample(own, random.choice((0, 1, 1, 1, 2)) if len(own) > 1 else 1))


def onward(fabric: Fabric, cable: int, address: int) -> list[int]:
    """The cables over which a packet goes that came over one: brute force."""
    action = fabric.tables[fabric.ends[cable]].decide(address)
    found = []
    for port in fabric.outputs[action]:
        if not fabric.bounces and port == fabric.arrivals[cable]:
            continue
        found += [c for c in range(len(fabric.ends)) if fabric.begins[c] == port]
    return found


def brute(fabric: Fabric, address: int) -> set[tuple[int, ...]]:
    """Every loop of an address: all simple ways from each cable, as long as they come round to it."""

    def ways(path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        for cable in onward(fabric, path[-1], address):
            if cable == path[0]:
                yield path
            elif cable not in path and cable > path[0]:
                yield from ways((*path, cable))

    entered = {  # only cables over which the switch where they begin sends the address
        cable
        for cable in range(len(fabric.ends))
        if fabric.begins[cable] in fabric.outputs[fabric.tables[fabric.ports[fabric.begins[cable]][0]].decide(address)]
    }
    return {way for cable in entered for way in ways((cable,))}


def of(address: int, found: list[Cycle]) -> set[tuple[int, ...]]:
    return {cycle.cables for cycle in found if cycle.first <= address < cycle.end}


@pytest.mark.parametrize("bounces", [True, False])
@pytest.mark.parametrize("seed", range(30))
def test_an_update_finds_the_loops_that_it_makes(seed: int, bounces: bool) -> None:
    random = Random(seed)  # noqa: S311
    fabric = a_fabric(random, bounces=bounces)
    for _ in range(60):
        asked = addresses(*fabric.tables)
        before = {address: brute(fabric, address) for address in asked}
        switch, prefix = random.randrange(len(fabric.names)), a_prefix(random)
        if random.random() < 0.7:
            found = fabric.put(switch, *prefix, an_action(fabric, switch, random))
        else:
            found = fabric.remove(switch, *prefix)
        for address in asked:
            assert of(address, found) == brute(fabric, address) - before[address]


@pytest.mark.parametrize("seed", range(30))
def test_the_survey_of_all_finds_every_loop_and_every_pair(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    fabric = a_fabric(random, bounces=True)
    for switch in range(len(fabric.names)):
        rules = [(*a_prefix(random), an_action(fabric, switch, random)) for _ in range(random.randrange(12))]
        fabric.load(switch, rules)
    reach = survey(fabric)
    found = list(cycles(fabric, reach))
    pairs = [[0] * len(fabric.names) for _ in fabric.names]
    for address in reach.columns.tolist():
        assert of(address, found) == brute(fabric, address)
        for source in range(len(fabric.names)):
            visited, pending = {source}, [source]
            while pending:
                action = fabric.tables[pending.pop()].decide(address)
                ends = {fabric.ends[cable] for cable in fabric.cables_of[action]} - visited
                visited |= ends
                pending += ends
            for end in visited:
                ports = fabric.outputs[fabric.tables[end].decide(address)]
                pairs[source][end] += any(not fabric.has_cable(port) for port in ports)
    assert reach.pairs.tolist() == pairs


@pytest.mark.parametrize("seed", range(25))
def test_a_filter_opens_just_the_loops_that_get_through_it(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    fabric = a_fabric(random, bounces=False)
    names = ("one", "two")
    filters_of = {c: [n for n in names if random.random() < 0.5] for c in range(len(fabric.ends))}
    filtered = FilteredFabric(fabric, filters_of, names)
    lines: dict[str, dict[tuple[int, int, int], bool]] = {n: {} for n in names}  # (priority, first, length) -> permits

    def passes(name: str, address: int, sender: int) -> bool:
        met = [
            (k[0], p) for k, p in lines[name].items() if k[1] <= address < k[1] + (TOP >> k[2]) and sender == k[0] % 2
        ]
        return max(met)[1] if met else False

    def open_(address: int) -> set[tuple[int, ...]]:
        return {
            way
            for way in brute(fabric, address)
            if any(all(passes(n, address, s) for c in way for n in filters_of[c]) for s in (0, 1))
        }

    for step in range(70):
        asked = sorted({*addresses(*fabric.tables), *(n << 27 for n in range(32)), *(n << 27 | 1 for n in range(32))})
        before = {address: open_(address) for address in asked}
        prefix, switch, name = a_prefix(random), random.randrange(len(fabric.names)), random.choice(names)
        if random.random() < 0.5:
            found = filtered.put(switch, *prefix, an_action(fabric, switch, random))
        elif random.random() < 0.7 or not lines[name]:
            host = 32 - prefix[1]
            mask = 0xFFFFFFFF >> host << host
            parts = (("ipv4_dst", prefix[0], mask), ("ipv4_src", step % 2, 1))
            permits = lines[name][step, *prefix] = random.random() < 0.6
            found = filtered.permit(name, step, space().match(parts), permits=permits)
        else:
            key = random.choice(list(lines[name]))
            host = 32 - key[2]
            parts = (("ipv4_dst", key[1], 0xFFFFFFFF >> host << host), ("ipv4_src", key[0] % 2, 1))
            del lines[name][key]
            found = filtered.forbid(name, key[0], space().match(parts))
        for address in asked:
            now = open_(address)
            assert now - before[address] <= of(address, found)
        for cycle in found:  # some packet of its destinations is in it
            inside = [a for n in asked for a in (n, n + 2, n + 3) if cycle.first <= a < cycle.end]
            assert any(cycle.cables in open_(address) for address in inside)
