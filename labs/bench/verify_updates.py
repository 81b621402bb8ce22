"""Updates of the public networks, each with its loop check, and all of Internet2 at once.

Every run takes the whole sequence into a fresh network; a figure is the median of the runs. Beside it the same question
is answered from nothing after some of the updates: all tables made anew and every loop looked for. That is the ratio,
and both have to find the same loops.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median

from intents.verify.engine.destinations import cycles, survey
from intents.verify.engine.fabric import Cycle, Fabric
from intents.verify.engine.filtered import FilteredFabric
from labs.bench.verify_public import Forward, Line, Move, Prefix, Routes, Stanford
from labs.runner.errors import LabError

Say = Callable[[str], None]
FAST_US = 250
SAMPLES = 12  # updates after which Stanford is made from nothing


@contextmanager
def settled() -> Iterator[None]:
    """What is loaded is not looked at by the garbage collector meanwhile; what comes of the work still is."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def stanford(say: Say, folder: Path, runs: int) -> dict[str, float]:
    """9,052 forwarding and access-list updates."""
    say(f"Stanford: {runs} runs, and from nothing after {SAMPLES} updates")
    data = Stanford(folder)
    means, shares = [], []
    for _ in range(runs):
        network = data.network()
        took, loops = _in_turn(network, data.updates(network))
        means.append(mean(took))
        shares.append(100 * sum(t < FAST_US for t in took) / len(took))
    anew = _from_nothing(data)
    return {
        "stanford_mean_us": round(median(means), 1),
        "stanford_under_250us_pct": round(median(shares), 2),
        "stanford_loops": len({cycle.cables for cycle in loops}),
        "incremental_ratio": round(anew / median(means), 0),
    }


def _in_turn(network: FilteredFabric, updates: list[Forward | Line]) -> tuple[list[float], list[Cycle]]:
    """Microseconds of each update with its loop check, and the loops that were found."""
    took: list[float] = []
    found: list[Cycle] = []
    clock = time.perf_counter_ns
    with settled():
        for update in updates:
            began = clock()
            loops = _take(network, update)
            took.append((clock() - began) / 1000)
            found += loops
    return took, found


def _take(network: FilteredFabric, update: Forward | Line) -> list[Cycle]:
    if isinstance(update, Forward):
        if update.comes:
            action = network.fabric.action(update.ports)
            return network.put(update.switch, update.start, update.length, action)
        return network.remove(update.switch, update.start, update.length)
    if update.comes:
        return network.permit(update.filter, update.priority, update.match(), permits=update.permits)
    return network.forbid(update.filter, update.priority, update.match())


def _from_nothing(data: Stanford) -> float:
    """Mean microseconds of all rules put into a network that has none and all its loops looked for. Raises LabError
    where these are not those that the updates led to."""
    network = data.network()
    updates = data.updates(network)
    took: list[float] = []
    for n, update in enumerate(updates):
        _take(network, update)
        if n % max(1, len(updates) // SAMPLES) == 0:
            fresh = data.network()
            live = _live(data.updates(fresh)[: n + 1])
            began = time.perf_counter()
            for other in live:
                _take(fresh, other)
            loops = set(fresh.loops())
            took.append((time.perf_counter() - began) * 1e6)
            if {c.cables for c in loops} != {c.cables for c in network.loops()}:
                raise LabError(f"after update {n} the loops are not those of the same rules from nothing")
    return mean(took)


def _live(updates: list[Forward | Line]) -> list[Forward | Line]:
    """The rules that are there after some updates."""
    there: dict[tuple[object, ...], Forward | Line] = {}
    for update in updates:
        if isinstance(update, Forward):
            key: tuple[object, ...] = (update.switch, update.start, update.length)
        else:
            key = (update.filter, update.priority, update.parts, update.ranges)
        if update.comes:
            there[key] = update
        else:
            there.pop(key, None)
    return list(there.values())


class Router:
    """A fabric whose prefixes may have several ways of equal cost, which come and go one by one."""

    def __init__(self, fabric: Fabric, tables: dict[Prefix, tuple[int, ...]]) -> None:
        self._fabric = fabric
        self._ways = dict(tables)
        load(fabric, tables)

    def take(self, move: Move) -> list[Cycle]:
        """Do an update, and look for the loops that it makes."""
        ports = [port for port in self._ways.get(move.prefix, ()) if port != move.old]
        if move.new is not None and move.new not in ports:
            ports.append(move.new)
        if not ports:
            self._ways.pop(move.prefix, None)
            return self._fabric.remove(*move.prefix)
        self._ways[move.prefix] = tuple(ports)
        return self._fabric.put(*move.prefix, self._fabric.action(ports))


def load(fabric: Fabric, tables: dict[Prefix, tuple[int, ...]]) -> None:
    """Give every router its whole table."""
    by_switch: dict[int, list[tuple[int, int, int]]] = {n: [] for n in range(len(fabric.names))}
    for (switch, start, length), ports in tables.items():
        by_switch[switch].append((start, length, fabric.action(ports)))
    for switch, rules in by_switch.items():
        fabric.load(switch, rules)


def routes(say: Say, folder: Path, network: str, runs: int) -> float:
    """Microseconds of an update with its loop check: 10,000 of a network."""
    say(f"{network}: {runs} runs of its updates")
    data = Routes(folder, network)
    means: list[float] = []
    clock = time.perf_counter_ns
    for _ in range(runs):
        fabric = data.fabric()
        router, moves = Router(fabric, data.tables(fabric, "rule_incremental")), data.moves(fabric)
        with settled():
            began = clock()
            for move in moves:
                router.take(move)
            means.append((clock() - began) / 1000 / len(moves))
    return round(median(means), 1)


def at_once(say: Say, folder: Path, network: str, runs: int) -> dict[str, float]:
    """Seconds from a network's rules, read and in memory, to its tables, all pairs and all loops."""
    say(f"{network}: {runs} times all at once")
    data = Routes(folder, network)
    took: list[float] = []
    looping = rules = 0
    for _ in range(runs):
        fabric = data.fabric()
        tables = data.tables(fabric, "rule")
        with settled():
            began = time.perf_counter()
            load(fabric, tables)
            reach = survey(fabric)
            loops = list(cycles(fabric, reach))
            took.append(time.perf_counter() - began)
        rules, looping = len(tables), len({cycle.cables for cycle in loops})
    return {"i2_full_s": round(median(took), 2), "i2_rules": rules, "i2_loops": looping}
