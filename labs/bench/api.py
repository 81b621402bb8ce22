"""The API of a running service on the lab's devices: how long a change takes until it is proven, how many calls are
answered, and how soon a thousand watchers see a status. Two processors carry the service, devices and clients."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from controller.client import Client, Intent
from labs.bench.ports import free_ports
from labs.bench.report import Report, Targets
from labs.runner import lab
from labs.runner.devices import root
from labs.runner.errors import LabError

TARGETS: Final[Targets] = {
    "change_median_s": ("<=", 1),
    "calls_per_s": (">=", 500),
    "fanout_p99_ms": ("<=", 1000),
}
CHANGES: Final = 20
WATCHERS: Final = 1000
PROCESSES: Final = 4
STATUSES: Final = 5
CALLS_S: Final = 3.0
STARTS_WITHIN_S: Final = 120
_PORTS: Final = ("CLEARWAY_LAB_NETCONF_PORT", "CLEARWAY_LAB_OVSDB_PORT", "CLEARWAY_LAB_OPENFLOW_PORT")
_SAYINGS: Final = ("Ward 2 visit may reach updates with https", "Ward 2 visit may reach updates with http")


def run(say: Callable[[str], None], *, loopback: bool) -> Report:
    """All figures. loopback: on devices without packets, also as root. Raises LabError."""
    with ExitStack() as stack:
        say("starting the small lab and the service")
        folder = stack.enter_context(small_site(say, loopback=loopback))
        address = stack.enter_context(_service(folder))
        client = stack.enter_context(Client(address))
        client.apply(Intent(name="bench", say=_SAYINGS[0]))
        figures = {**_changes(client, say), **_calls(address, say), **_fanout(address, client, say)}
    return Report(bench="api", figures=figures, limits=TARGETS)


def _changes(client: Client, say: Callable[[str], None]) -> dict[str, float]:
    say(f"{CHANGES} changes, each proven before it is kept")
    times = []
    for number in range(CHANGES):
        began = time.monotonic()
        done = client.apply(Intent(name="bench", say=_SAYINGS[(number + 1) % 2]))
        times.append(time.monotonic() - began)
        if not done.changes or not done.verdict.holds:
            raise LabError("a change of the bench changed nothing, or does not hold")
    return {"change_median_s": round(statistics.median(times), 3), "change_max_s": round(max(times), 3)}


def _calls(address: str, say: Callable[[str], None]) -> dict[str, float]:
    say(f"calls for {CALLS_S:g} s")
    with _clients("call", address, CALLS_S) as process:
        told = _line(process)
    return {"calls_per_s": round(told["calls"] / told["seconds"])}


def _fanout(address: str, client: Client, say: Callable[[str], None]) -> dict[str, float]:
    say(f"{WATCHERS} watchers, {STATUSES} statuses")
    delays: list[float] = []
    with ExitStack() as stack:
        share = WATCHERS // PROCESSES
        processes = [stack.enter_context(_clients("watch", address, share)) for _ in range(PROCESSES)]
        for process in processes:
            _line(process)
        for number in range(STATUSES):
            client.apply(Intent(name="bench", say=_SAYINGS[number % 2]))
        time.sleep(1)  # for the last one to arrive everywhere
        for process in processes:
            assert process.stdin is not None  # noqa: S101 - it is a pipe
            process.stdin.close()
            delays += _line(process)["delays"]
    if len(delays) < WATCHERS * STATUSES * 99 // 100:
        raise LabError(f"{len(delays)} statuses arrived, of {WATCHERS * STATUSES}")
    ranked = sorted(delays)
    return {
        "fanout_p99_ms": round(1000 * ranked[len(ranked) * 99 // 100], 1),
        "fanout_median_ms": round(1000 * statistics.median(ranked), 1),
    }


@contextmanager
def small_site(say: Callable[[str], None], *, loopback: bool) -> Iterator[Path]:
    """A copy of the small lab that is up, and applied; its ports are its own."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "small"
        shutil.copytree(Path(root()) / "labs" / "small", folder, ignore=shutil.ignore_patterns(".lab", ".clearway"))
        os.environ.update(zip(_PORTS, map(str, free_ports(len(_PORTS))), strict=True))
        lab.up(folder, say, without_packets=loopback or os.geteuid() != 0)
        try:
            applied = subprocess.run(
                [sys.executable, "-m", "controller", "apply", str(folder)],
                cwd=root(), capture_output=True, text=True, check=False,
            )  # fmt: skip
            if applied.returncode:
                raise LabError(applied.stderr)
            yield folder
        finally:
            lab.down(folder)


@contextmanager
def _service(folder: Path) -> Iterator[str]:
    """`clearway serve` on the lab; its address."""
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    log = folder / "serve.log"
    with log.open("w") as file:
        words = ["serve", str(folder), "--listen", address, "--judge", "3600"]
        process = subprocess.Popen([sys.executable, "-m", "controller", *words], cwd=root(), stdout=file, stderr=file)
    try:
        end = time.monotonic() + STARTS_WITHIN_S
        while "serving intents on" not in log.read_text():
            if process.poll() is not None or time.monotonic() > end:
                raise LabError(f"the service did not start: {log.read_text()}")
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _clients(what: str, address: str, number: float) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "labs.bench.api_clients", what, address, str(number)],
        cwd=root(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    line = process.stdout.readline()
    if not line:
        raise LabError("a client of the bench ended early")
    told: dict[str, Any] = json.loads(line)
    return told
