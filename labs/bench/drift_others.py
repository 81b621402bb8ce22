"""What switches that are slow, or say nothing any more, cost those beside them: fault 12 of the list of faults.

Small switches, each a process of its own, looked at by the service's own eyes at its own pace. Some flow entry is put
on a switch at a random moment; timed is until the eyes have seen it. First all are well. Then some fall silent in the
midst of a session (they are stopped) and some say no more than two kilobytes a second of what they hold, which takes
them longer than anybody waits. The others are timed again, and what the process has grown by meanwhile is said.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from controller.openflow_listener import OpenFlowController
from controller.service.reconcile.eyes import Eyes
from controller.service.reconcile.settings import Settings
from intents.model.state import Difference, Observation
from intents.model.switch import FlowEntry, Output
from labs.olt.control import ask
from labs.runner.devices import root
from labs.runner.errors import LabError
from southbound.openflow.change import message
from southbound.openflow.dialect import dialect
from southbound.openflow.driver import OpenFlowDriver

Say = Callable[[str], None]
WELL: Final = tuple(range(1, 7))
SILENT: Final = (7, 8)
DRIPPING: Final = (9, 10)
_DRIP: Final = 2_000  # bytes a second
_HELD_BY_DRIPPING: Final = 1_000  # entries, some 90 kB
TURNS: Final = 25  # each of all who are well
_ONE_S: Final = 1.0  # in which each is changed at a moment of its own
_LOOK_S: Final = 0.002
_MOST_S: Final = 60.0


class Crowd:
    """The switches, and eyes on them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._random = folder, Random(12)  # noqa: S311 - moments
        names = {number: f"switch-{number}" for number in (*WELL, *SILENT, *DRIPPING)}
        controller = stack.enter_context(OpenFlowController("127.0.0.1", 0, names))
        self._processes = {n: stack.enter_context(_switch(n, self._control(n), controller.address)) for n in names}
        self._eyes = Eyes(Settings(), lambda: 0, lambda: None, Random(0))  # noqa: S311 - jitter
        self._eyes.start()
        stack.callback(self._eyes.close)
        self._eyes.watch({name: [OpenFlowDriver(name, n, controller)] for n, name in names.items()})
        self._names = names
        self._entries = count(_HELD_BY_DRIPPING)
        self._wait(lambda: all(sight.seen is not None for sight in self._eyes.sights().values()), "all are seen")

    def harm(self) -> None:
        """Some fall silent, some have more to say than they can."""
        for number in SILENT:
            self._processes[number].send_signal(signal.SIGSTOP)
        for number in DRIPPING:
            for entry in range(_HELD_BY_DRIPPING):
                self._change(number, _entry(entry))
        ill = {self._names[number] for number in (*SILENT, *DRIPPING)}
        self._wait(lambda: {s.device for s in self._eyes.sights().values() if s.away} == ill, "the others are not")

    def times(self) -> list[float]:
        """How long until a change of a switch that is well was seen, s."""
        return [took for _ in range(TURNS) for took in self._turn(_entry(next(self._entries)))]

    def _turn(self, entry: FlowEntry) -> list[float]:
        began = time.monotonic()
        due = {number: began + self._random.uniform(0, _ONE_S) for number in WELL}
        changed: dict[int, float] = {}
        took: list[float] = []
        while len(took) < len(WELL):
            now = time.monotonic()
            if now - began > _MOST_S:
                raise LabError("a change of a switch was not seen", f"of {self._names[min(changed)]}")
            for number in [n for n, at in due.items() if at <= now]:
                del due[number]
                changed[number] = time.monotonic()
                self._change(number, entry)
            sights = self._eyes.sights()
            seen = [n for n in changed if _holds(sights[self._names[n]].seen, entry)]
            took += [time.monotonic() - changed.pop(number) for number in seen]
            time.sleep(_LOOK_S)
        return took

    def _change(self, number: int, entry: FlowEntry) -> None:
        frame = message(dialect(), Difference(key=entry.key, before=None, after=entry))
        ask(self._control(number), cmd="change", frame=frame.hex())

    def _control(self, number: int) -> Path:
        return self._folder / f"switch-{number}.control"

    @staticmethod
    def _wait(done: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _MOST_S
        while not done():
            if time.monotonic() > end:
                raise LabError(f"it has not come to pass within {_MOST_S:g} s that {what}")
            time.sleep(0.05)


def measure(say: Say) -> dict[str, float]:
    """The 99th percentile of both, s, and the growth of this process, MiB. Raises LabError."""
    with tempfile.TemporaryDirectory(prefix="cw-others-") as folder, ExitStack() as stack:
        say(f"{len(WELL)} switches, and {len(SILENT) + len(DRIPPING)} that will be silent or slow")
        crowd = Crowd(Path(folder), stack)
        before = crowd.times()
        held = _resident_mib()
        crowd.harm()
        say("they are")
        after = crowd.times()
        grown = _resident_mib() - held
    return {
        "others_before_p99_s": _p99(before),
        "others_p99_s": _p99(after),
        "others_growth_mib": round(grown, 1),
    }


@contextmanager
def _switch(number: int, control: Path, controller: tuple[str, int]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "labs.softswitch", "--openflow", "tcp:{}:{}".format(*controller)]
    command += ["--datapath", hex(number), "--ports", "1,2", "--control", str(control)]
    command += ["--drip", str(_DRIP)] if number in DRIPPING else []
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": root()}) as process:
        try:
            yield process
        finally:
            process.kill()  # a stopped one takes no other signal


def _entry(priority: int) -> FlowEntry:
    return FlowEntry(table=1, priority=priority, match=(), actions=(Output(2),))


def _holds(seen: Observation | None, entry: FlowEntry) -> bool:
    return seen is not None and entry.key in seen.state.objects


def _p99(times: Sequence[float]) -> float:
    ordered = sorted(times)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2)


def _resident_mib() -> float:
    """Of this process (proc(5), statm: resident pages)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
