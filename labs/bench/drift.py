"""How soon a change behind Clearway's back is seen, and what looking for it costs while nothing changes.

A switch of 20,000 flow entries (Open vSwitch) and an OLT of 512 ONUs (the lab's), both looked at by the service's own
eyes at its own pace. What a switch says by itself is not listened to here: the figures are those of the glances. Timed
is from before the tool that changes the device is started until the drift has been worked out. Beside it, what slow
and silent switches cost the others (drift_others.py).
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Final

from controller.openflow_listener import OpenFlowController
from controller.service.reconcile.eyes import Eyes
from controller.service.reconcile.settings import Settings
from intents.model.state import DeviceState, Difference, Operational, diff
from intents.model.switch import COOKIE_PREFIX
from intents.verify.drift import check_drift
from labs.bench.drift_others import measure as measure_others
from labs.bench.push_olt import NAME, SMALL, carry_out, changes_of, driver_of, running, task
from labs.bench.push_ovs import DATAPATH, entries_of_a_gateway
from labs.bench.report import Report, Targets
from labs.net.sandbox import OvsSandbox, available
from labs.runner.errors import LabError
from southbound.netconf.driver import NetconfDriver
from southbound.openflow.driver import OpenFlowDriver

Say = Callable[[str], None]
Changes = tuple[Difference, ...]
SWITCH: Final = "core-1"
FLOWS: Final = 20_000
TURNS: Final = 60
OLT_TURNS: Final = 8
_QUIET_S: Final = 20.0
_MOST_S: Final = 60.0
_PAUSE_S: Final = 1.5  # a switch is looked at more often
TARGETS: Final[Targets] = {
    "drift_switch_p95_s": ("<=", 2),
    "drift_olt_p95_s": ("<=", 10),
    "others_p99_s": ("<=", 2),
    "others_growth_mib": ("<=", 32),
}
_OURS: Final = f"cookie={COOKIE_PREFIX | 0xBE:#x}"
_FLOW: Final = "table=1,priority=77,ip,nw_dst=10.9.9.9"
# What somebody does to a switch, in turn: each changes something of Clearway's, and the last leaves it as it was.
_STRICT: Final = ("--strict",)
_BY_HAND: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("add-flow", f"{_OURS},{_FLOW},actions=drop", ()),
    ("mod-flows", f"{_FLOW},actions=output:2", _STRICT),
    ("add-meter", "meter=49161,kbps,band=type=drop,rate=1000", ()),
    ("mod-meter", "meter=49161,kbps,band=type=drop,rate=1001", ()),
    ("del-meter", "meter=49161", ()),
    ("del-flows", _FLOW, _STRICT),
)


class Watch:
    """Eyes, and how long until they see."""

    def __init__(self) -> None:
        self.news = threading.Event()
        self.eyes = Eyes(Settings(), lambda: 0, self.news.set, Random(0))  # noqa: S311 - jitter
        self._random = Random(1)  # noqa: S311 - moments

    def state_of(self, device: str) -> DeviceState:
        """What a device was seen to hold, once it was. Raises LabError."""
        end = time.monotonic() + _MOST_S
        while time.monotonic() < end:
            seen = self.eyes.sights()[device].seen
            if seen is not None:
                return seen.state
            self._wait()
        raise LabError(f"{device} was never seen", str(self.eyes.sights()[device].faults))

    def at_some_moment(self, device: str) -> DeviceState:
        """What it holds; not always as long after it was looked at last: somebody who changes it does not know when."""
        time.sleep(self._random.uniform(0, _PAUSE_S))
        return self.state_of(device)

    def until_drift(self, device: str, applied: DeviceState) -> None:
        """Until a device is seen to differ from that. Raises LabError."""
        began, number = time.monotonic(), -1
        while time.monotonic() - began < _MOST_S:
            sight = self.eyes.sights()[device]
            if sight.seen is not None and sight.number != number:
                number = sight.number
                if check_drift(Operational(devices={device: sight.seen}), {device: applied}):
                    return
            self._wait()
        raise LabError(f"a change of {device} was not seen", "look at its log")

    def _wait(self) -> None:
        self.news.wait(0.05)
        self.news.clear()


def run(say: Say) -> Report:
    """All figures. Raises LabError."""
    if not available():
        raise LabError("Open vSwitch is not installed", "apt-get install openvswitch-switch")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cw-drift-")))
        say(f"a switch of {FLOWS:,} flow entries, an OLT of 512 ONUs")
        controller = stack.enter_context(OpenFlowController("127.0.0.1", 0, {DATAPATH: SWITCH}))
        ovs = stack.enter_context(OvsSandbox(folder, DATAPATH))
        ovs.dial(*controller.address)
        switch = OpenFlowDriver(SWITCH, DATAPATH, controller, deadline_s=_MOST_S)
        switch.prepare([Difference(key=e.key, before=None, after=e) for e in entries_of_a_gateway()[:FLOWS]])
        switch.commit("bench", 1)
        switch.confirm("bench")
        work = task(SMALL)
        keys = stack.enter_context(running(work.olt))
        other = driver_of(work.olt, keys)
        stack.callback(other.close)
        carry_out(other, work.differences)
        watch = Watch()
        watch.eyes.start()
        stack.callback(watch.eyes.close)
        watch.eyes.watch({SWITCH: [switch], NAME: [driver_of(work.olt, keys)]})
        figures = _costs(say, watch, ovs, switch)
        figures |= _of_switch(say, watch, ovs) | _of_olt(say, watch, changes_of(other.observe().state), other)
    return Report(bench="drift", figures=figures | measure_others(say), limits=TARGETS)


def _of_switch(say: Say, watch: Watch, ovs: OvsSandbox) -> dict[str, float]:
    say("changing the switch by hand")
    took = []
    for command, words, options in islice(cycle(_BY_HAND), TURNS):
        before = watch.at_some_moment(SWITCH)
        began = time.monotonic()
        ovs.ofctl(command, words, options=options)
        watch.until_drift(SWITCH, before)
        took.append(time.monotonic() - began)
    return _figures("drift_switch", took)


def _of_olt(
    say: Say, watch: Watch, changes: Iterator[tuple[Difference, ...]], other: NetconfDriver
) -> dict[str, float]:
    say("changing the OLT from another session")
    took = []
    for change in islice(cycle(list(changes)), OLT_TURNS):
        before = watch.at_some_moment(NAME)
        began = time.monotonic()
        carry_out(other, change)
        watch.until_drift(NAME, before)
        took.append(time.monotonic() - began)
        _settle(watch)
    return _figures("drift_olt", took)


def _settle(watch: Watch) -> None:
    """Until two states a second apart are the same: a change comes in several events."""
    last = watch.state_of(NAME)
    while True:
        time.sleep(1)
        now = watch.state_of(NAME)
        if not diff(last, now):
            return
        last = now


def _costs(say: Say, watch: Watch, ovs: OvsSandbox, switch: OpenFlowDriver) -> dict[str, float]:
    """While nothing changes: parts of one processor, ours and the switch's; one glance, and one full reading, s."""
    watch.state_of(SWITCH)
    watch.state_of(NAME)
    say(f"nothing changes for {_QUIET_S:g} s")
    ours, theirs = time.process_time(), ovs.processor_s()
    time.sleep(_QUIET_S)
    quiet = {
        "quiet_pct": round(100 * (time.process_time() - ours) / _QUIET_S, 1),
        "quiet_switch_pct": round(100 * (ovs.processor_s() - theirs) / _QUIET_S, 1),
    }
    return quiet | {"glance_s": _timed(switch.glance), "read_s": _timed(switch.observe)}


def _timed(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return round(time.perf_counter() - began, 3)


def _figures(name: str, took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {
        f"{name}_median_s": round(ordered[len(ordered) // 2], 2),
        f"{name}_p95_s": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 2),
        f"{name}_worst_s": round(ordered[-1], 2),
    }
