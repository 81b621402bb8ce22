"""The hospital of 512 ONUs and 2,000 places: all its devices up and empty, all its intents applied and proven.

Each OLT is a NETCONF server in a process of its own, each switch a bridge of Open vSwitch; one PON carries packets, and
on it a day is replayed. Without root or Open vSwitch the switches are the lab's own, and there is no day. What is timed
is the command that a user types, Python's start included.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from labs.bench.planning import write
from labs.bench.ports import free_stretch
from labs.bench.product import clearway
from labs.campus import HOSPITAL, Loopback, Size
from labs.day.day import replay
from labs.runner import lab, packets
from labs.runner.processes import processor_s
from labs.runner.workspace import Workspace

Say = Callable[[str], None]
PON: Final = "s01-olt-1/pon-1"  # the one that carries packets
SCALE: Final = 80  # at 20 the switch has not the processor that a day of the whole PON takes beside the rest
HOUR_S: Final = 2.0
_FIRST: Final = 20_000
_STRETCHES: Final = 12_000
_PORTS: Final = 40  # of a hospital: a few for OLTs, as many for switches, one for their controller


def measure(say: Say, size: Size = HOSPITAL, *, loopback: bool = False) -> dict[str, float]:
    """All figures of a hospital. loopback: without packets also where they could be had. Raises LabError where
    something is refused or does not hold."""
    say(f"the hospital: {size.onus} ONUs, {size.places:,} places, {size.intents} intents")
    bare = loopback or packets.why_not() is not None
    with tempfile.TemporaryDirectory(prefix="cw-twin-") as scratch:
        folder = Path(scratch)
        write(size, folder, free_ports())
        began = time.monotonic()
        workspace = lab.up(folder, say, scale=SCALE, without_packets=bare, pons=() if bare else (PON,))
        up_s = time.monotonic() - began
        try:
            say("its devices are up; applying")
            figures = {"up_s": round(up_s, 2), **_applied(folder, workspace), **_verified(folder)}
            return figures if bare else {**figures, **_day(folder, say)}
        finally:
            lab.down(folder)


def _day(folder: Path, say: Say) -> dict[str, float]:
    """A day on the PON with packets."""
    found = replay(folder, say, hour_s=HOUR_S)
    for line in found.text().splitlines():
        say(line)
    promised = [row.held for row in found.rows if row.held is not None]
    return {"day_services": len(found.rows), "day_held_pct": round(100 * sum(promised) / len(promised), 1)}


def _applied(folder: Path, workspace: Workspace) -> dict[str, float]:
    """`clearway apply` until all is proven and kept, and what its time is made of."""
    events = folder / "events.jsonl"
    devices = _processors(workspace)
    began, used = datetime.now().astimezone(), os.times()
    found = clearway("apply", str(folder), "--events", str(events))
    ended, now = datetime.now().astimezone(), os.times()
    told = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    return {
        "s": round((ended - began).total_seconds(), 2),
        **{f"{name}_s": round(seconds, 2) for name, seconds in phases(told, began, ended).items()},
        "controller_processor_s": round(now.children_user + now.children_system - sum(used[2:4]), 2),
        "devices_processor_s": round(sum(_processors(workspace).values()) - sum(devices.values()), 2),
        "objects": len(found["changes"]),
        "intents": len(found["intents"]),
    }


def _verified(folder: Path) -> dict[str, float]:
    """`clearway verify`, once more from the devices."""
    began = time.monotonic()
    clearway("verify", str(folder))
    return {"verify_s": round(time.monotonic() - began, 2)}


def phases(events: list[dict[str, Any]], began: datetime, ended: datetime) -> dict[str, float]:
    """Seconds of each part of a change: to plan, prepare, commit, read back, prove, confirm. events: lines of
    `--events`."""
    marks = [("plan", began)]
    for event in events:
        at = datetime.fromisoformat(event["time"])
        if event["device"] is None and event["phase"] != marks[-1][0]:
            marks.append((event["phase"], at))
        elif event["phase"] == "check" and event["done"] == event["total"]:
            marks.append(("proof", at))
    ends = [at for _, at in marks[1:]] + [ended]
    found: dict[str, float] = {}
    for (name, begin), end in zip(marks, ends, strict=True):
        found[_NAMES.get(name, name)] = found.get(_NAMES.get(name, name), 0.0) + (end - begin).total_seconds()
    return found


_NAMES: Final[Mapping[str, str]] = {"check": "read_back", "done": "told"}


def _processors(workspace: Workspace) -> dict[str, float]:
    return {name: processor_s(pid) for name, pid in workspace.processes().items()}


def free_ports() -> Loopback:
    """A stretch of ports that nobody listens on now, below those that the system gives to whoever asks."""
    turns = range(_STRETCHES // _PORTS)
    first = free_stretch(_PORTS, (_FIRST + (os.getpid() + turn) * _PORTS % _STRETCHES for turn in turns))
    return Loopback(openflow=first, netconf=first + 1, ovsdb=first + _PORTS // 2)
