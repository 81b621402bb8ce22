"""A lab that is up, and what a bench does on it: load it, fetch, store, watch telemetry, check that all was sane."""

from __future__ import annotations

import json
import statistics
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Self

from labs.bench.ends import FETCHING_ROOM, PACS, STORING_ROOM, Ends
from labs.bench.place import Places, out
from labs.bench.traffic import flows_of
from labs.net.steering import off_the_switch_cpu
from labs.runner import packets
from labs.runner.errors import LabError

TELEMETRY: Final = ("monitor-1", "monitoring")
# The load counts as there when it has been within this share of its mean for so many seconds in a row.
STEADY_SHARE: Final = 0.05
STEADY_S: Final = 3
LOADED_WITHIN_S: Final = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What one arm gave. seconds: a run each. load_mbps: of all greedy flows, unscaled (as the lab carries it).
    bound_s: the longest that the verifier says it takes; None: nothing of the kind is promised. round_trip_ms: of a
    packet to the PACS and back, beside the load. turns, ends_s: of `Transfer`."""

    name: str
    seconds: tuple[float, ...]
    first_image_ms: float | None = None
    load_mbps: float = 0.0
    telemetry: dict[str, Any] = field(default_factory=dict)
    processor_percent: float = 0.0
    faults: tuple[str, ...] = ()
    bound_s: float | None = None
    round_trip_ms: float = 0.0
    turns: int = 0
    ends_s: float | None = None

    @property
    def median_s(self) -> float:
        """The middle of the runs."""
        return statistics.median(self.seconds)


class Stage:
    """Measures on a running lab between two ends. Use as a context manager: it starts and ends them."""

    def __init__(self, places: Places, ends: Ends) -> None:
        self._places, self._ends = places, ends
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(off_the_switch_cpu())
        self._stack.enter_context(self._ends)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def measure(self, name: str, *, upwards: bool, loaded: bool, repeats: int) -> Arm:
        """One arm: under load or idle, fetch (downwards) or store (upwards) the study `repeats` times."""
        lost = self._lost()
        with ExitStack() as stack:
            load = stack.enter_context(self._load(upwards=upwards)) if loaded else None
            if load is not None:
                load.settle()
            telemetry = stack.enter_context(self._telemetry(upwards=upwards))
            room = STORING_ROOM if upwards else FETCHING_ROOM
            round_trip_ms = self._places.round_trip_ms(room, PACS)
            started = _processor()
            carry = self._ends.store if upwards else self._ends.fetch
            runs = [carry(check=not n) for n in range(repeats)]
            busy = _busy_percent(started, _processor())
            watched = _end_and_read(telemetry)
        first = [r.first_image_ms for r in runs if r.first_image_ms]
        ends = [r.ends_s for r in runs if r.ends_s is not None]
        return Arm(
            name=name,
            seconds=tuple(r.seconds for r in runs),
            first_image_ms=statistics.median(first) if first else None,
            load_mbps=round(load.mean_mbps, 1) if load is not None else 0.0,
            telemetry=watched,
            processor_percent=round(busy, 1),
            faults=_lost_meanwhile(lost, self._lost()),
            round_trip_ms=round_trip_ms,
            turns=runs[0].turns,
            ends_s=statistics.median(ends) if ends else None,
        )

    # --- the parts of an arm

    @contextmanager
    def _load(self, *, upwards: bool) -> Iterator[Load]:
        flows = flows_of(self._places.campus, self._places.netns, upwards=upwards)
        with self._places.program("load", ["--seconds", "600"]) as process:
            load = Load(process, flows)
            yield load
            if process.poll() is not None:
                raise LabError(f"the load ended early: {self._places.log('load').read_text(errors='replace')[-300:]}")

    @contextmanager
    def _telemetry(self, *, upwards: bool) -> Iterator[subprocess.Popen[str]]:
        places = self._places
        sender, receiver = TELEMETRY if upwards else TELEMETRY[::-1]
        ends = ["--from", places.netns(sender), places.address(sender), "--to", places.netns(receiver)]
        with places.program("telemetry", [*ends, places.address(receiver), "--seconds", "600"]) as process:
            yield process

    def _lost(self) -> Counter[str]:
        return packets.ovs_of(self._places.workspace).lost()


def _lost_meanwhile(before: Counter[str], after: Counter[str]) -> tuple[str, ...]:
    """Why an arm means nothing: packets that were lost while it ran. What was lost before it does it no harm."""
    return tuple(f"{count} packets lost {where}" for where, count in sorted((after - before).items()))


class Load:
    """The greedy flows, and what they get each second."""

    def __init__(self, process: subprocess.Popen[str], flows: list[dict[str, Any]]) -> None:
        self._sums: list[float] = []
        if process.stdin is None:
            raise LabError("the load has no standard input")
        process.stdin.write(json.dumps(flows))
        process.stdin.close()
        threading.Thread(target=self._read, args=(out(process),), daemon=True).start()

    def _read(self, lines: IO[str]) -> None:
        try:
            for line in lines:
                self._sums.append(sum(json.loads(line).values()))
        except ValueError:  # closed while it was read: the load was ended
            return

    def settle(self) -> None:
        """Wait until the flows have had a steady sum for some seconds. Raises LabError where nothing flows."""
        deadline = time.monotonic() + LOADED_WITHIN_S
        while time.monotonic() < deadline:
            last = self._sums[-STEADY_S:]
            if len(last) == STEADY_S and min(last) > 0 and max(last) - min(last) <= STEADY_SHARE * max(last):
                return
            time.sleep(0.2)
        if not self._sums or max(self._sums) == 0:
            raise LabError("the greedy flows get nothing through", "is the lab up, and are its intents applied?")

    @property
    def mean_mbps(self) -> float:
        """Of the seconds since it settled, so far."""
        return statistics.fmean(self._sums[-30:]) if self._sums else 0.0


def _end_and_read(process: subprocess.Popen[str]) -> dict[str, Any]:
    process.terminate()
    try:
        found: dict[str, Any] = json.loads(out(process).read())
    except ValueError:
        raise LabError("the telemetry stream of the bench said nothing") from None
    return found


def _processor() -> tuple[int, int]:
    """(busy, all) in ticks of all processors; zeros where the system does not say."""
    try:
        words = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()[1:]
    except OSError:
        return 0, 0
    ticks = [int(w) for w in words[:8]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def _busy_percent(before: tuple[int, int], after: tuple[int, int]) -> float:
    total = after[1] - before[1]
    return 100 * (after[0] - before[0]) / total if total else 0.0
