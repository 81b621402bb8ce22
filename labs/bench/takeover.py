"""How long a network has no leader: from kill -9 of the one that leads until a change that was wanted goes through by
the other, on the lab's devices on loopback, with the lease that a service has.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from labs.bench.controllers import Pair, pair_of, soon
from labs.bench.ports import free_ports
from labs.bench.report import Report, Targets
from labs.runner import lab
from labs.runner.devices import root
from labs.runner.errors import LabError
from labs.runner.postgres import Server, why_not

ROUNDS: Final = 5
TARGETS: Final[Targets] = {"takeover_s": ("<=", 10), "takeover_worst_s": ("<=", 10)}
_PORTS: Final = ("CLEARWAY_LAB_NETCONF_PORT", "CLEARWAY_LAB_OVSDB_PORT", "CLEARWAY_LAB_OPENFLOW_PORT")


def run(say: Callable[[str], None]) -> Report:
    """All figures. Raises LabError."""
    return Report(bench="takeover", figures=measure(say), limits=TARGETS)


def measure(say: Callable[[str], None]) -> Mapping[str, float]:
    """takeover_s: the median of ROUNDS, seconds; takeover_worst_s. Raises LabError."""
    if (reason := why_not()) is not None:
        raise LabError(f"takeover cannot be measured: {reason}", "scripts/setup installs what it needs")
    found: list[float] = []
    with _folder() as folder, _server(folder) as server, _ports():
        with pair_of(folder / "small", server.database()) as pair:
            for number in range(1, ROUNDS + 1):
                found.append(_round(pair))
                say(f"round {number}: another led and the change was made after {found[-1]:.2f} s")
        lab.down(folder / "small")
    return {"takeover_s": statistics.median(found), "takeover_worst_s": max(found)}


def _round(pair: Pair) -> float:
    leader, follower = pair.leader, pair.follower
    token = pair.phase()[0]
    pair.want()
    began = time.monotonic()
    leader.end(signal.SIGKILL)

    def changed() -> bool:
        now, phase = pair.phase()
        return now != token and phase == "done" and pair.leader_address == follower.listen

    if not soon(changed, 60):
        raise LabError("nobody took over", follower.said[-2000:])
    seconds = time.monotonic() - began
    if not pair.holds(follower):
        raise LabError("after the takeover an intent does not hold", follower.said[-2000:])
    leader.start()
    if not soon(lambda: leader.serves, 60):
        raise LabError("a controller does not come up again", leader.said[-2000:])
    return seconds


@contextmanager
def _folder() -> Iterator[Path]:
    """With a copy of the small lab; readable by the user that PostgreSQL runs as."""
    folder = Path(tempfile.mkdtemp(prefix="clearway-takeover-"))
    folder.chmod(0o755)
    try:
        shutil.copytree(
            Path(root()) / "labs" / "small", folder / "small", ignore=shutil.ignore_patterns(".lab", ".clearway")
        )
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    server = Server.make(folder)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def _ports() -> Iterator[None]:
    """Free ones for the lab, so that it stands beside another."""
    kept = {name: os.environ.get(name) for name in _PORTS}
    os.environ.update(zip(_PORTS, map(str, free_ports(len(_PORTS))), strict=True))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
