"""Two services of one network: on the lab's devices on loopback, PostgreSQL between them. For tests and benches."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import grpc
import psycopg
from dulwich import porcelain

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import intents_pb2_grpc
from labs.bench.ports import free_ports
from labs.runner import lab
from labs.runner.devices import root, start_soft_switch
from labs.runner.errors import LabError
from labs.runner.processes import alive
from labs.runner.workspace import Workspace

LEASE_S: Final = 4.0  # as ControllersSettings has it
_OFTEN = ("--look", "0.2", "--judge", "3600")
_VARIABLE = "CLEARWAY_LAB_DATABASE"
_STEP_S = 0.02


def soon(holds: Callable[[], bool], within_s: float = 20) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(_STEP_S)
    return True


@dataclass
class Controller:
    """One of them, running or not. listen: its API; openflow: where switches reach it; log: what it prints."""

    listen: str
    openflow: str
    log: Path
    words: tuple[str, ...]
    dsn: str
    process: subprocess.Popen[str] | None = None

    def start(self, *words: str) -> None:
        """Start it; returns before it serves."""
        command = [sys.executable, "-m", "controller", "serve", *self.words, *words]
        command += ["--listen", self.listen, "--openflow", self.openflow]
        own = str(self.log.with_suffix(""))  # what is a machine's own, such as its audit log
        environment = {**os.environ, _VARIABLE: self.dsn, "CLEARWAY_STATE": own, "NO_COLOR": "1"}
        with self.log.open("a") as file:
            self.process = subprocess.Popen(
                command, stdout=file, stderr=file, stdin=subprocess.DEVNULL, text=True, cwd=root(), env=environment
            )

    @property
    def serves(self) -> bool:
        """Whether it answers yet."""
        return answers(self.listen)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it: politely, or by kill -9."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(20)
        self.process = None

    def signal(self, number: signal.Signals) -> None:
        """SIGSTOP and SIGCONT."""
        if self.process is not None:
            self.process.send_signal(number)

    @contextmanager
    def intents(self) -> Iterator[intents_pb2_grpc.IntentServiceStub]:
        """A client of it."""
        with grpc.insecure_channel(self.listen) as channel:
            yield intents_pb2_grpc.IntentServiceStub(channel)  # type: ignore[no-untyped-call]  # generated

    @property
    def said(self) -> str:
        """What it printed."""
        return self.log.read_text()


@dataclass
class Pair:
    """Both, and what they work on. folder: of the project, a git repository."""

    folder: Path
    dsn: str
    both: tuple[Controller, Controller]
    commits: int = 0

    @property
    def leader_address(self) -> str:
        """Of whoever has the lease, by the database; "" where nobody has."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute("SELECT address FROM lease WHERE expires > clock_timestamp()").fetchall()
        return str(rows[0][0]) if rows else ""

    @property
    def leader(self) -> Controller:
        """Whoever leads, as soon as somebody does. Raises LabError."""
        found: list[Controller] = []

        def there() -> bool:
            found[:] = [c for c in self.both if c.listen == self.leader_address and c.process is not None]
            return bool(found)

        if not soon(there):
            raise LabError("neither controller leads", "\n".join(c.said[-2000:] for c in self.both))
        return found[0]

    @property
    def follower(self) -> Controller:
        """The other one."""
        leader = self.leader
        return next(c for c in self.both if c is not leader)

    def phase(self) -> tuple[str, str]:
        """Of the newest change: its name and how far it has come, as the database says."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute("SELECT token, phase FROM step ORDER BY number DESC LIMIT 1").fetchall()
        return (str(rows[0][0]), str(rows[0][1])) if rows else ("", "")

    def commit(self, message: str) -> str:
        """What is written now, as a commit that both see."""
        paths = [str(p) for p in self.folder.rglob("*.y*ml") if ".lab" not in p.parts]
        porcelain.add(str(self.folder), paths)
        made = porcelain.commit(str(self.folder), message=message.encode(), author=b"PACS lead <p@h.example>")
        return made.decode()

    def want(self) -> str:
        """A commit by which something is to be changed: by turns an intent more, and one less."""
        path = self.folder / "intents" / "visit.yaml"
        whom = "HIS" if self.commits % 2 else "updates"  # to HIS everybody may already
        head = "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: visit}\n"
        path.write_text(f"{head}spec: {{say: Ward 2 visit may reach {whom} with https}}\n")
        self.commits += 1
        return self.commit(f"Visit {self.commits}")

    def holds(self, controller: Controller) -> bool:
        """Whether every intent holds, proven from the devices, and nothing is left to change."""
        try:
            with controller.intents() as intents:
                planned = intents.PlanChanges(pb.PlanChangesRequest(), timeout=20)
                verdict = intents.VerifyNetwork(pb.VerifyNetworkRequest(), timeout=20)
        except grpc.RpcError:
            return False
        return not planned.changes and verdict.holds

    def switch_log(self) -> list[dict[str, float]]:
        """What the switch itself says of each change that took effect."""
        path = self.folder / "core-1.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def pair_of(folder: Path, dsn: str) -> Iterator[Pair]:
    """Two services over a copy of the small lab that is not up yet, and a soft switch that has a session with each.
    Both are up, one leads, the texts are applied. Raises LabError."""
    topology = folder / "small.clab.yml"
    lab.up(folder, lambda _: None, without_packets=True)
    addresses = _addresses(4)
    openflow = [f"tcp:{address}" for address in addresses[:2]]
    _with_two_sessions(topology, openflow)
    (folder / ".gitignore").write_text(".lab/\n.clearway/\n*.log\n")
    porcelain.init(str(folder))
    branch = porcelain.active_branch(str(folder)).decode()
    among = ("--database", f"env:{_VARIABLE}", "--lease", str(LEASE_S))
    words = ("--git", str(folder), "--branch", branch, *among, *_OFTEN)
    first, second = (
        Controller(address, switches, folder.parent / f"controller-{n}.log", words, dsn)
        for n, (address, switches) in enumerate(zip(addresses[2:], openflow, strict=True))
    )
    pair = Pair(folder, dsn, (first, second))
    pair.commit("The small hospital")
    with ExitStack() as ending:
        for controller in pair.both:
            ending.callback(controller.end, signal.SIGKILL)
            controller.start()
        if not soon(lambda: all(c.serves for c in pair.both), 60) or not soon(lambda: pair.holds(pair.leader), 60):
            raise LabError("the controllers do not come up", "\n".join(c.said[-2000:] for c in pair.both))
        yield pair


def _with_two_sessions(topology: Path, openflow: list[str]) -> None:
    """Start the lab's switch anew, as one that dials both and writes down what it did."""
    workspace = Workspace(topology)
    for switch in lab.read_blueprint(topology).switches:
        if (pid := workspace.processes().get(switch.name)) is not None:
            os.kill(pid, signal.SIGKILL)
            soon(partial(_is_gone, pid, switch.ovsdb))
        log = str(topology.parent / f"{switch.name}.log")
        start_soft_switch(workspace, switch, [*(w for a in openflow for w in ("--openflow", a)), "--log", log])


def _is_gone(pid: int, ovsdb: str | None) -> bool:
    """A process is gone a moment before the last of its threads lets go of its port."""
    if alive(pid) or ovsdb is None:
        return not alive(pid)
    return not answers(ovsdb.removeprefix("tcp:"))


def answers(address: str) -> bool:
    """Whether something listens at host:port."""
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def _addresses(count: int) -> list[str]:
    """Of loopback, with ports that are free."""
    return [f"127.0.0.1:{port}" for port in free_ports(count)]
