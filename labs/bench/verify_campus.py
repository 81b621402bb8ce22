"""A campus of 100 switches with 100,000 flow entries and 1,000 intents in the engine: made, checked, and updated.

Run as a program it measures one campus and prints JSON, so that memory is that of the engine and the campus alone.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from random import Random
from statistics import mean, median

from intents.model.switch import FlowEntry
from intents.verify.engine.loops import loops
from intents.verify.engine.pipeline import Pipeline
from intents.verify.engine.watch import Watch
from labs.bench.verify_entries import Campus, made_up
from labs.bench.verify_updates import settled
from labs.runner.errors import LabError

UPDATES = 500  # entries of a kind that are taken away and put back, each of which is an update


def campus(say: Callable[[str], None], runs: int) -> dict[str, float]:
    """All figures, each the median of so many processes. Raises LabError."""
    found: list[dict[str, float]] = []
    for run in range(runs):
        say(f"the campus: run {run + 1} of {runs}")
        done = subprocess.run(
            [sys.executable, "-m", "labs.bench.verify_campus"], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise LabError("the campus could not be measured", done.stderr.strip()[-500:])
        found.append(json.loads(done.stdout))
    return {f"campus_{name}": round(median(one[name] for one in found), 3) for name in found[0]}


def measure() -> dict[str, float]:
    """One campus. Raises LabError where its intents do not hold, or not again once all updates are taken back."""
    made = made_up()
    with settled():
        began = time.perf_counter()
        watch = Watch({name: Pipeline(entries) for name, entries in made.entries.items()}, made.cables)
        built = time.perf_counter()
        for promise in made.promises:
            watch.add(promise)
        edges = sorted({promise.source for promise in made.promises})
        circles = loops(watch.switches, made.cables, edges)
        checked = time.perf_counter()
    _whole(watch, circles)
    rules, ports = _entries(made, ported=False), _entries(made, ported=True)
    with settled():
        of_rules, touched = _updates(watch, rules)
        of_ports, _ = _updates(watch, ports)
    _whole(watch, loops(watch.switches, made.cables, edges))
    return {
        "rules": sum(len(pipeline) for pipeline in watch.switches.values()),
        "build_s": built - began,
        "full_s": checked - built,
        "rss_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "update_mean_ms": mean(of_rules),
        "update_p95_ms": _p95(of_rules),
        "update_touched": touched,
        "port_update_mean_ms": mean(of_ports),
        "port_update_p95_ms": _p95(of_ports),
    }


def _whole(watch: Watch, circles: Sequence[object]) -> None:
    if watch.problems or circles:
        raise LabError("the made-up campus does not keep its intents", str([*watch.problems.items(), *circles][:3]))


def _entries(made: Campus, *, ported: bool) -> list[tuple[str, FlowEntry]]:
    """Some entries, those that name a port or the others, picked evenly at random."""
    every = [
        (name, entry)
        for name, entries in sorted(made.entries.items())
        for entry in entries
        if ported == any(field.name == "in_port" for field in entry.match)
    ]
    return Random(1).sample(every, UPDATES)  # noqa: S311 - the same choice again is what is wanted


def _updates(watch: Watch, chosen: list[tuple[str, FlowEntry]]) -> tuple[list[float], float]:
    """Milliseconds of each update with the intents that it can touch, and how many these are on average."""
    took: list[float] = []
    touched = 0
    for name, entry in chosen:
        for update in (watch.remove, watch.put):
            began = time.perf_counter()
            touched += len(update(name, entry))
            took.append((time.perf_counter() - began) * 1000)
    return took, touched / len(took)


def _p95(took: list[float]) -> float:
    return sorted(took)[len(took) * 95 // 100]


if __name__ == "__main__":
    print(json.dumps(measure()))
