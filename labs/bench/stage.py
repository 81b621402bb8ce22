"""A lab that is up, and what a bench does on it: load it, fetch, store, watch telemetry, check that all was sane."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Self

from intents.model.campus import Campus
from labs.bench.traffic import flows_of
from labs.net.steering import off_the_switch_cpu
from labs.runner import packets
from labs.runner.devices import root
from labs.runner.errors import LabError
from labs.runner.workspace import Workspace

PACS: Final = "pacs"
PACS_PORT: Final = 8042
FETCHING_ROOM: Final = "diagnosis-room"
STORING_ROOM: Final = "ct-room"
TELEMETRY: Final = ("monitor-1", "monitoring")
CONNECTIONS: Final = 2  # a workstation takes two series at a time
IMAGES: Final = 1000
# The load counts as there when it has been within this share of its mean for so many seconds in a row.
STEADY_SHARE: Final = 0.05
STEADY_S: Final = 3
LOADED_WITHIN_S: Final = 12.0
TRANSFER_WITHIN_S: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What one arm gave. seconds: a run each. load_mbps: of all greedy flows, unscaled (as the lab carries it).
    bound_s: the longest that the verifier says it takes; None: nothing of the kind is promised."""

    name: str
    seconds: tuple[float, ...]
    first_image_ms: float | None = None
    load_mbps: float = 0.0
    telemetry: dict[str, Any] = field(default_factory=dict)
    processor_percent: float = 0.0
    faults: tuple[str, ...] = ()
    bound_s: float | None = None

    @property
    def median_s(self) -> float:
        """The middle of the runs."""
        return statistics.median(self.seconds)


class Stage:
    """Measures on a running lab. Use as a context manager: it starts a PACS and ends it."""

    def __init__(self, workspace: Workspace, campus: Campus, scale: int) -> None:
        self._workspace, self._campus, self._scale = workspace, campus, scale
        self._stack = ExitStack()
        self._about: dict[str, Any] = {}
        self._study = workspace.folder / "bench-study"

    def __enter__(self) -> Self:
        self._stack.enter_context(off_the_switch_cpu())
        address = f"{self._address(PACS)}:{PACS_PORT}"
        words = ["--listen", address, "--scale", str(self._scale), "--images", str(IMAGES), "--keep", str(self._study)]
        process = self._stack.enter_context(self._program("pacs", words, place=PACS))
        line = _out(process).readline()
        if not line:
            self._stack.close()
            raise LabError(f"the PACS of the bench did not start: see {self._log('pacs')}")
        self._about = json.loads(line)
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
            started = _processor()
            runs = [self._transfer(upwards=upwards, check=not n) for n in range(repeats)]
            busy = _busy_percent(started, _processor())
            watched = _end_and_read(telemetry)
        first = [r["first_image_ms"] for r in runs if r.get("first_image_ms")]
        return Arm(
            name=name,
            seconds=tuple(r["seconds"] for r in runs),
            first_image_ms=statistics.median(first) if first else None,
            load_mbps=round(load.mean_mbps, 1) if load is not None else 0.0,
            telemetry=watched,
            processor_percent=round(busy, 1),
            faults=_lost_meanwhile(lost, self._lost()),
        )

    # --- the parts of an arm

    def _transfer(self, *, upwards: bool, check: bool) -> dict[str, Any]:
        what, room = ("store", STORING_ROOM) if upwards else ("fetch", FETCHING_ROOM)
        words = ["--pacs", f"{self._address(PACS)}:{PACS_PORT}", "--connections", str(CONNECTIONS)]
        words += ["--check"] if check else []
        command = [*self._at(room), "-m", "labs.bench.transfer", what, *words, "--study", str(self._study)]
        try:
            done = subprocess.run(
                command,
                input=json.dumps(self._about) + "\n",
                capture_output=True,
                text=True,
                check=False,
                cwd=root(),
                timeout=TRANSFER_WITHIN_S,
            )
        except subprocess.TimeoutExpired:
            raise LabError(f"the study did not get through within {TRANSFER_WITHIN_S} s from {room}") from None
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
            raise LabError(f"the study does not get through at {room}: {said[0]}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    @contextmanager
    def _load(self, *, upwards: bool) -> Iterator[Load]:
        flows = flows_of(self._campus, self._netns, upwards=upwards)
        with self._program("load", ["--seconds", "600"]) as process:
            load = Load(process, flows)
            yield load
            if process.poll() is not None:
                raise LabError(f"the load ended early: {self._log('load').read_text(errors='replace')[-300:]}")

    @contextmanager
    def _telemetry(self, *, upwards: bool) -> Iterator[subprocess.Popen[str]]:
        sender, receiver = TELEMETRY if upwards else TELEMETRY[::-1]
        ends = ["--from", self._netns(sender), self._address(sender), "--to", self._netns(receiver)]
        with self._program("telemetry", [*ends, self._address(receiver), "--seconds", "600"]) as process:
            yield process

    @contextmanager
    def _program(self, name: str, words: list[str], *, place: str | None = None) -> Iterator[subprocess.Popen[str]]:
        """A program of the bench; at a place, or (None) one that enters namespaces itself. Ended in any case."""
        with self._log(name).open("w") as log:
            process = subprocess.Popen(
                [*(self._at(place) if place else [sys.executable]), "-m", f"labs.bench.{name}", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=root(),
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _at(self, place: str) -> list[str]:
        return ["ip", "netns", "exec", self._netns(place), sys.executable]

    def _netns(self, place: str) -> str:
        return packets.namespace_of(self._workspace, place)

    def _address(self, place: str) -> str:
        return str(self._campus.places[place].address)

    def _log(self, name: str) -> Path:
        return self._workspace.folder / f"bench-{name}.log"

    def _lost(self) -> Counter[str]:
        return packets.ovs_of(self._workspace).lost()


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
        threading.Thread(target=self._read, args=(_out(process),), daemon=True).start()

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


def _out(process: subprocess.Popen[str]) -> IO[str]:
    if process.stdout is None:
        raise LabError("a program of the bench has no standard output")
    return process.stdout


def _end_and_read(process: subprocess.Popen[str]) -> dict[str, Any]:
    process.terminate()
    try:
        found: dict[str, Any] = json.loads(_out(process).read())
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
