"""The planner at size: a hospital from a cold start, a metro in one process, one intent changed there, and the growth.

Run as a program it measures one metro and prints JSON, so that every size starts with an empty heap.
"""

from __future__ import annotations

import gc
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from intents.compile import RunningPlanner
from intents.ingest import load
from intents.model.intent import Intent, ResolvedIntent
from intents.model.state import Operational
from labs.bench.report import Report, Targets
from labs.campus import HOSPITAL, METRO_SITES, Loopback, Size, generate, metro
from labs.runner.errors import LabError

Say = Callable[[str], None]
GROWTH: Final = (2, 8, 32)  # 1x, 4x, 16x
CHANGES: Final = 60
TARGETS: Final[Targets] = {
    "hospital_cold_s": ("<=", 1.5),
    "metro_full_s": ("<=", 60),
    "metro_rss_gib": ("<=", 4),
    "metro_one_change_ms": ("<=", 20),
    "growth_exponent": ("<=", 1.15),
}


def run(say: Say, *, quick: bool = False) -> Report:
    """All figures. quick: a metro of five sites, and no growth. Raises LabError."""
    figures = _hospital(say, runs=3 if quick else 8)
    sites = 5 if quick else METRO_SITES
    say(f"a metro of {sites} sites")
    figures |= {f"metro_{name}": value for name, value in _apart(sites).items()}
    if not quick:
        seconds = []
        for size in GROWTH:
            say(f"growth: {size} sites")
            seconds.append(_apart(size)["full_s"])
            figures[f"metro_{size}_sites_s"] = seconds[-1]
        figures["growth_exponent"] = round(_slope([math.log(s) for s in GROWTH], [math.log(s) for s in seconds]), 3)
    return Report(bench="plan", figures=figures, limits=TARGETS)


def _slope(x: list[float], y: list[float]) -> float:
    """Of the straight line through points by least squares."""
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x)


def write(size: Size, folder: Path, at: Loopback | None = None) -> None:
    """The texts of a made-up campus. at: as of `generate`."""
    for name, text in generate(size, at=at).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _hospital(say: Say, runs: int) -> dict[str, float]:
    """`check` and a full plan of the hospital, Python's start included; the best of some runs, as a cold start has
    nothing to do with what else the machine does."""
    say(f"the hospital: {HOSPITAL.onus} ONUs, {HOSPITAL.places:,} places, {HOSPITAL.intents} intents")
    with tempfile.TemporaryDirectory() as folder:
        write(HOSPITAL, Path(folder))
        took = [(_timed("check", folder), _timed("plan", folder, "--offline")) for _ in range(runs)]
    check, plan = (min(seconds) for seconds in zip(*took, strict=True))
    return {
        "hospital_cold_s": round(max(check, plan), 2),
        "hospital_check_s": round(check, 2),
        "hospital_plan_s": round(plan, 2),
    }


def _timed(*arguments: str) -> float:
    # As installed, so with bytecode: the first run writes it where there is none yet.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "controller", *arguments]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    took = time.perf_counter() - began
    if done.returncode:
        raise LabError(f"clearway {' '.join(arguments)} failed", done.stderr.strip()[:500])
    return took


def _apart(sites: int) -> dict[str, float]:
    """A metro measured in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "labs.bench.planning", str(sites)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LabError(f"the metro of {sites} sites could not be planned", done.stderr.strip()[-500:])
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure(sites: int) -> dict[str, float]:
    """One metro: from its texts to the plan for devices that hold nothing, then single changes when they hold all."""
    texts = generate(metro(sites))
    gc.disable()  # nothing is thrown away while a plan is made
    began = time.perf_counter()
    loaded = load(texts)
    read = time.perf_counter()
    if loaded.campus is None:
        raise LabError("the made-up metro is faulty", str(loaded.diagnostics[:1]))
    planner = RunningPlanner(loaded.campus, Operational(devices={}))
    plan = planner.update(loaded.intents)
    done = time.perf_counter()
    if plan is None:
        raise LabError("the made-up metro cannot be planned", str(planner.diagnostics[:1]))
    objects = len(plan.changes)
    del plan
    planner.settle()
    gc.freeze()
    gc.enable()
    changes = _single_changes(planner, loaded.intents)
    return {
        "full_s": round(done - began, 2),
        "read_s": round(read - began, 2),
        "objects": objects,
        "rss_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "one_change_ms": round(median(changes), 2),
        "one_change_worst_ms": round(max(changes), 2),
    }


def _single_changes(planner: RunningPlanner, intents: tuple[ResolvedIntent, ...]) -> list[float]:
    """Milliseconds of as many changes, each of one intent picked at random, and each taken back."""
    random = Random(1)  # noqa: S311 - the same choice again is what is wanted
    took: list[float] = []
    while len(took) < CHANGES:
        resolved = random.choice(intents)
        other = _other(resolved.intent)
        if other is None:
            continue
        for changed in (replace(resolved, intent=other), resolved):
            began = time.perf_counter()
            plan = planner.change({resolved.name: changed})
            took.append((time.perf_counter() - began) * 1000)
            if plan is None:
                raise LabError(f"{resolved.name} cannot be changed", str(planner.diagnostics[:1]))
    return took


def _other(intent: Intent) -> Intent | None:
    """The same intent with another promise: a fifth less, or a limit, or a class."""
    if intent.guarantee_bps is not None:
        return replace(intent, guarantee_bps=intent.guarantee_bps * 4 // 5)
    if intent.limit_bps is not None:
        return replace(intent, limit_bps=intent.limit_bps * 4 // 5)
    if intent.deliver is not None:
        return replace(intent, deliver=replace(intent.deliver, images=intent.deliver.images * 4 // 5))
    if intent.services and intent.service_class is None:
        return replace(intent, service_class="clinical")
    return None


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
