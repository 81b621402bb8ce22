"""A topology on Docker by containerlab: up, and down again in any case.

The same file is read by Clearway: OLTs and switches' databases are published where it says that they are, on loopback,
and the switches dial this machine's address on the management network (CLEARWAY_LAB_CONTROLLER).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import yaml

from labs.containers import engine, images, tool
from labs.containers.commands import run
from labs.containers.engine import Dockerd, Engine
from labs.containers.idle import READY
from labs.net.names import Names
from labs.net.ovs import raise_buffers
from labs.net.record import Record
from labs.runner.errors import LabError
from labs.runner.lab import find_topology, read_blueprint

CONTROLLER: Final = "CLEARWAY_LAB_CONTROLLER"
_DEPLOY_S: Final = 1800.0
_READY_S: Final = 300.0

Say = Callable[[str], None]


def why_not() -> str | None:
    """Why labs in containers cannot be had here, or None."""
    if os.geteuid() != 0:
        return "not root: containerlab makes network interfaces"
    return engine.why_not() or tool.why_not()


class ContainerLab:
    """A topology and the engine that it runs on. Make it, `up`, use it, `down`."""

    def __init__(self, path: Path, say: Say) -> None:
        self.topology = find_topology(path).resolve()
        self.blueprint = read_blueprint(self.topology)
        self._say = say
        self._own = Dockerd()
        self._record = Record(Names.of(f"containers {self.topology}"))
        document = yaml.safe_load(self.topology.read_text(encoding="utf-8"))
        management: dict[str, Any] = document.get("mgmt") or {}
        self._prefix = document.get("prefix", "clab")
        self._gateway = management.get("ipv4-gw")
        if self._gateway is None:
            raise LabError(
                f"{self.topology} has no mgmt.ipv4-gw, where switches would find the controller",
                "write mgmt: {network: NAME, ipv4-subnet: 172.30.77.0/24, ipv4-gw: 172.30.77.1}",
            )

    @property
    def engine(self) -> Engine:
        """The engine that runs: ours if it does, else the machine's."""
        return self._own.engine if self._own.runs else Engine(None)

    @property
    def environment(self) -> dict[str, str]:
        """What `clearway`, `containerlab` and `docker` need beside what they have."""
        return {**self.engine.environment, CONTROLLER: os.environ.get(CONTROLLER, str(self._gateway))}

    def up(self) -> None:
        """Images, containers, links. Raises LabError; what was made is for `down`."""
        program = tool.containerlab(self._say)
        if not self._own.runs and not Engine(None).answers:
            self._say("starting a Docker engine")
            self._own.start()
        images.build_all(self.engine, self._say)
        raise_buffers(self._record)
        started = time.monotonic()
        self._containerlab(program, "deploy", "--skip-post-deploy")
        self._wait()
        self._say(f"{self.count()} containers are up after {time.monotonic() - started:.0f} s")

    def down(self) -> None:
        """Take everything away: containers, networks, our engine, settings. Idempotent. Raises LabError."""
        try:
            if self._own.runs or Engine(None).answers:
                self._containerlab(tool.containerlab(self._say), "destroy", "--cleanup")
        finally:
            if self._own.runs and self._others():
                self._say("the Docker engine stays, for another lab is on it")
            else:
                self._own.stop()
            self._record.undo()

    def count(self) -> int:
        """How many containers it has."""
        return len(self._listed())

    def inside(self, node: str, *words: str, text: str | None = None, within_s: float | None = None) -> str:
        """What a program prints that is run in a node. Raises LabError."""
        stdin = ["-i"] if text is not None else []
        return self.engine.docker("exec", *stdin, self._container(node), *words, text=text, within_s=within_s)

    def _container(self, node: str) -> str:
        name = self.blueprint.name
        return f"{self._prefix}-{name}-{node}" if self._prefix else node

    def _containerlab(self, program: Path, *words: str) -> str:
        command = [str(program), *words, "-t", str(self.topology), "--log-level", "warn"]
        return run(command, environment=self.environment, within_s=_DEPLOY_S)

    def _others(self) -> bool:
        """Whether other containers are on the engine."""
        return bool(self.engine.docker("ps", "-aq", "--filter", "label=containerlab").strip())

    def _listed(self) -> list[dict[str, str]]:
        form = '{"name":{{json .Names}},"state":{{json .State}}}'
        words = ["ps", "-a", "--filter", f"label=containerlab={self.blueprint.name}", "--format", form]
        return [json.loads(line) for line in self.engine.docker(*words).splitlines()]

    def _wait(self) -> None:
        """Until every node is what it is to be. Raises LabError with what the first one that failed said."""
        deadline = time.monotonic() + _READY_S
        waiting = {each["name"] for each in self._listed()}
        while waiting:
            ended = sorted(c["name"] for c in self._listed() if c["state"] != "running")
            if ended or time.monotonic() > deadline:
                name = (ended or sorted(waiting))[0]
                said = run(["docker", "logs", "--tail", "5", name], environment=self.environment).strip()
                raise LabError(f"{name} {'ended' if ended else 'is not ready'}: {said or 'it said nothing'}")
            waiting = {name for name in waiting if not self._is_ready(name)}
            time.sleep(0.2)

    def _is_ready(self, container: str) -> bool:
        try:
            self.engine.docker("exec", container, "test", "-e", str(READY))
        except LabError:
            return False
        return True
