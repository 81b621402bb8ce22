"""A copy of the small lab on ports of its own, and the command line as a user has it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from lxml import etree

from labs.runner import lab
from labs.runner.devices import start_olt, start_soft_switch
from labs.runner.processes import alive
from labs.runner.workspace import Workspace
from southbound.netconf.session import Access, Session
from tests.commandline import Done, clearway
from tests.conftest import PATIENCE_S

REPO = Path(__file__).resolve().parents[2]
LAB = (sys.executable, "-c", "from labs.cli import lab; lab()")  # `clearway lab`, also where it is not installed
PORTS = ("CLEARWAY_LAB_NETCONF_PORT", "CLEARWAY_LAB_OVSDB_PORT", "CLEARWAY_LAB_OPENFLOW_PORT")


@dataclass
class Site:
    """One copy. environment: its ports."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def topology(self) -> Path:
        return self.folder / "small.clab.yml"

    def start(self, *words: str, output: IO[str] | None = None, module: str = "controller") -> subprocess.Popen[str]:
        """A command in a process of its own; what it prints goes to pipes, or all of it to a file."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdout=output or subprocess.PIPE,
            stderr=output or subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=REPO,
            env={**os.environ, **self.environment, "NO_COLOR": "1"},
        )

    def run(self, command: str, *words: str) -> Done:
        """`clearway COMMAND FOLDER WORDS`."""
        return clearway(command, str(self.folder), *words)

    def json(self, command: str, *words: str) -> dict[str, Any]:
        """The same with --json: the object, with the exit code as `code`."""
        return self.json_of(command, str(self.folder), *words)

    def json_of(self, *words: str) -> dict[str, Any]:
        """Any command with --json."""
        done = clearway(*words, "--json")
        found: dict[str, Any] = json.loads(done.out)
        assert found["schemaVersion"] == 1
        assert found["ok"] == (done.code == 0)
        return found | {"code": done.code}

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def restart(self, device: str, *words: str) -> None:
        """Kill a device of a lab on loopback and start it again. words: more arguments."""
        self.kill(device)
        plan, workspace = lab.read_blueprint(self.topology), Workspace(self.topology)
        for olt in plan.olts:
            if olt.name == device:
                start_olt(workspace, olt, list(words))
        for switch in plan.switches:
            if switch.name == device:
                start_soft_switch(workspace, switch, words)

    def kill(self, device: str) -> None:
        """Kill -9."""
        pid = Workspace(self.topology).processes().get(device)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            assert eventually(lambda: not alive(pid))

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Every device holds afterwards what it held before."""
        before = self.json("plan")["base"]
        yield
        assert self.json("plan")["base"] == before

    @contextmanager
    def olt(self) -> Iterator[Session]:
        """Another manager's session with the OLT."""
        folder = Workspace(self.topology).folder
        access = Access(
            host="127.0.0.1",
            port=int(self.environment["CLEARWAY_LAB_NETCONF_PORT"]),
            username="clearway",
            private_key=(folder / "client_key").read_text(),
            host_key=(folder / "olt-1.host_key.pub").read_text(),
        )
        session = Session("olt-1", access)
        try:
            yield session
        finally:
            session.close()

    def edit_olt(self, config: str) -> None:
        """Change the OLT's running configuration behind Clearway's back."""
        with self.olt() as session:
            session.edit_candidate(etree.fromstring(config))
            session.commit_confirmed("behind", 60)
            session.confirm("behind")

    def settle(self) -> None:
        """Apply what the files say, where that is not so already."""
        if self.run("plan", "--detailed-exitcode").code != 0:
            done = self.run("apply", "--allow-mass-delete")
            assert done.code == 0, done.err

    def restore(self) -> None:
        """The files as they are in the repository."""
        for part in ("intents", "small.clab.yml"):
            source, target = REPO / "labs" / "small" / part, self.folder / part
            if source.is_dir():
                shutil.rmtree(target)
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)


@contextmanager
def site_in(folder: Path) -> Iterator[Site]:
    """A copy of the small lab, not up yet; taken down at the end whatever happened."""
    copy = folder / "small"
    shutil.copytree(REPO / "labs" / "small", copy, ignore=shutil.ignore_patterns(".lab", ".clearway"))
    site = Site(copy, {name: str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)})
    kept = {name: os.environ.get(name) for name in PORTS}
    os.environ.update(site.environment)
    try:
        yield site
    finally:
        lab.down(copy)
        for name, value in kept.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """A process that does not answer for a while."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def eventually(holds: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False
