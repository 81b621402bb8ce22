"""Two services of one network, on the lab's devices on loopback and with PostgreSQL between them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import psycopg
from dulwich import porcelain

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import intents_pb2_grpc
from labs.runner import lab
from tests.endtoend.site import Site, eventually, free_ports, site_in

LEASE_S = 2.0
_OFTEN = ("--look", "0.2", "--judge", "3600")


@dataclass
class Controller:
    """One of them, running or not."""

    site: Site
    listen: str
    openflow: str
    log: Path
    words: tuple[str, ...]
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        with self.log.open("a") as file:
            self.process = self.site.start(
                "serve", *self.words, "--listen", self.listen, "--openflow", self.openflow, output=file
            )

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(20)
        self.process = None

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    @contextmanager
    def intents(self) -> Iterator[intents_pb2_grpc.IntentServiceStub]:
        with grpc.insecure_channel(self.listen) as channel:
            yield intents_pb2_grpc.IntentServiceStub(channel)

    @property
    def said(self) -> str:
        return self.log.read_text()


@dataclass
class Pair:
    """Both, and what they work on."""

    site: Site
    dsn: str
    both: tuple[Controller, Controller]
    commits: int = 0
    branch: str = "master"
    base: str = field(default="")

    @property
    def leader_address(self) -> str:
        """Of whoever has the lease, by the database; "" where nobody has."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute("SELECT address FROM lease WHERE expires > clock_timestamp()").fetchall()
        return str(rows[0][0]) if rows else ""

    @property
    def leader(self) -> Controller:
        found: list[Controller] = []

        def there() -> bool:
            found[:] = [c for c in self.both if c.listen == self.leader_address and c.process is not None]
            return bool(found)

        assert eventually(there), [c.said[-2000:] for c in self.both]
        return found[0]

    @property
    def follower(self) -> Controller:
        leader = self.leader
        return next(c for c in self.both if c is not leader)

    def phase(self) -> tuple[str, str]:
        """Of the newest change: its name and how far it has come, as the database says."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute("SELECT token, phase FROM step ORDER BY number DESC LIMIT 1").fetchall()
        return (str(rows[0][0]), str(rows[0][1])) if rows else ("", "")

    def commit(self, message: str) -> str:
        """What is written now, as a commit that both see."""
        paths = [str(p) for p in self.site.folder.rglob("*.y*ml") if ".lab" not in p.parts]
        porcelain.add(str(self.site.folder), paths)
        made = porcelain.commit(str(self.site.folder), message=message.encode(), author=b"PACS lead <p@h.example>")
        return made.decode()

    def want(self, *, visit: bool) -> str:
        """A commit with another intent than the one before."""
        path = self.site.folder / "intents" / "visit.yaml"
        whom = "updates" if visit else "HIS"
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
        path = self.site.folder / "core-1.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def pair_in(folder: Path, dsn: str) -> Iterator[Pair]:
    """Two services, and a soft switch that has a session with each. Both up, one leads, the texts are applied."""
    with ExitStack() as ending:
        site = ending.enter_context(site_in(folder))
        lab.up(site.folder, lambda _: None, without_packets=True)
        ports = free_ports(4)
        addresses = [f"tcp:127.0.0.1:{port}" for port in ports[:2]]
        site.restart(
            "core-1", "--openflow", addresses[0], "--openflow", addresses[1], "--log", str(site.folder / "core-1.log")
        )
        site.write(".gitignore", ".lab/\n.clearway/\n*.log\n")
        porcelain.init(str(site.folder))
        site.environment["CLEARWAY_TEST_DATABASE"] = dsn
        words = (
            "--git",
            str(site.folder),
            "--database",
            "env:CLEARWAY_TEST_DATABASE",
            "--lease",
            str(LEASE_S),
            *_OFTEN,
        )
        branch = porcelain.active_branch(str(site.folder)).decode()
        both = tuple(
            Controller(site, f"127.0.0.1:{port}", address, folder / f"controller-{n}.log", (*words, "--branch", branch))
            for n, (port, address) in enumerate(zip(ports[2:], addresses, strict=True))
        )
        pair = Pair(site, dsn, (both[0], both[1]))
        pair.commit("The small hospital")
        for controller in both:
            ending.callback(controller.end, signal.SIGKILL)
            controller.start()
        assert eventually(lambda: pair.leader_address != "", 40), [c.said for c in both]
        assert eventually(lambda: pair.holds(pair.leader), 60), [c.said for c in both]
        yield pair
