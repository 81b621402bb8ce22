"""Clearway as an os-ken application beside another, in one process and on one bridge: neither takes anything of the
other's."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import intents_pb2_grpc
from labs.net import sandbox
from labs.net.sandbox import OvsSandbox
from tests.commandline import clearway
from tests.controller.test_connect_switch import free_port

REPO = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent / "neighbour"
DATAPATH = 0xC1EA07
THEIRS = "cookie=0x5eed, "
CAMPUS = """\
apiVersion: clearway.dev/v1
kind: Campus
metadata: {{name: shared}}
spec:
  openflow: {{first-table: 10, priority: 100, role: {role}}}
  segments: {{ward: {{vlan: 10, subnet: 10.1.0.0/16}}}}
  switches:
    core-1:
      datapath: 0xc1ea07
      ports: {{1: 1 Gbit/s, 2: 1 Gbit/s}}
      openflow: "tcp:127.0.0.1:{port}"
      ovsdb: "{ovsdb}"
  places:
    pump: {{port: "core-1:1", segment: ward, address: 10.1.0.5}}
    station: {{port: "core-1:2", segment: ward, address: 10.1.0.6}}
"""
INTENT = "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: talk}\nspec: {say: Pump may reach station}\n"

pytestmark = pytest.mark.lab


@pytest.fixture
def ovs(tmp_path: Path) -> Iterator[OvsSandbox]:
    """A bridge."""
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    folder = tmp_path / "ovs"
    folder.mkdir()
    with OvsSandbox(folder, DATAPATH) as ovs:
        yield ovs


@dataclass
class Shared:
    """A process with both applications, and the bridge that has dialled it."""

    ovs: OvsSandbox
    heard: Path
    log: Path
    api: intents_pb2_grpc.IntentServiceStub

    def said(self) -> str:
        """What the other application heard."""
        return self.heard.read_text(encoding="utf-8") if self.heard.exists() else ""


def flows(ovs: OvsSandbox, which: str) -> list[str]:
    """The entries of the bridge of which the dump says this."""
    lines = ovs.ofctl("dump-flows", options=("--no-stats",)).splitlines()
    return sorted(line.strip() for line in lines if which in line)


def soon(what: Callable[[], object], log: Path) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + 40
    while not what():
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.05)


def serves(channel: grpc.Channel) -> bool:
    """Whether the API answers."""
    try:
        grpc.channel_ready_future(channel).result(0.5)
    except grpc.FutureTimeoutError:
        return False
    return True


@contextmanager
def manager(tmp_path: Path, listens: int, *words: str) -> Iterator[Path]:
    """os-ken's manager, listening there, with these applications and options; its log."""
    (tmp_path / "os_ken.conf").write_text(f"[neighbour]\nheard = {tmp_path}/heard\n", encoding="utf-8")
    log = tmp_path / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [
                *(sys.executable, str(HERE / "manager.py"), "--config-file", str(tmp_path / "os_ken.conf")),
                *("--ofp-listen-host", "127.0.0.1", "--ofp-tcp-listen-port", str(listens), *words),
            ],
            stdout=file,
            stderr=file,
            cwd=REPO,
            env={**os.environ, "PYTHONPATH": str(REPO), "CLEARWAY_STATE": str(tmp_path / "state")},
        )
    try:
        yield log
    finally:
        process.terminate()
        process.wait(10)


def project_in(tmp_path: Path, ovs: OvsSandbox, openflow: int, role: str) -> Path:
    """A project with the bridge, and one intent."""
    project = tmp_path / "project"
    (project / "intents").mkdir(parents=True)
    campus = CAMPUS.format(port=openflow, ovsdb=ovs.ovsdb, role=role)
    (project / "campus.yaml").write_text(campus, encoding="utf-8")
    (project / "intents" / "talk.yaml").write_text(INTENT, encoding="utf-8")
    return project


@pytest.fixture
def shared(tmp_path: Path, ovs: OvsSandbox) -> Iterator[Shared]:
    """Both applications in one process."""
    openflow, api = free_port(), free_port()
    project = project_in(tmp_path, ovs, openflow, "master")
    options = ("--clearway-project", str(project), "--clearway-listen", f"127.0.0.1:{api}")
    with manager(tmp_path, free_port(), *options, "controller.openflow_app", str(HERE / "lldp_app.py")) as log:
        ovs.dial("127.0.0.1", openflow)
        with grpc.insecure_channel(f"127.0.0.1:{api}") as channel:
            soon(lambda: serves(channel), log)
            found = Shared(ovs, tmp_path / "heard", log, intents_pb2_grpc.IntentServiceStub(channel))
            soon(lambda: flows(ovs, THEIRS), log)
            yield found


def test_each_has_its_entries_after_a_change_and_after_a_repair(shared: Shared) -> None:
    theirs = flows(shared.ovs, THEIRS)
    said = pb.Intent(name="answer", say="Station may reach pump")
    done = shared.api.ApplyIntent(pb.ApplyIntentRequest(intent=said), timeout=60)
    assert all(status.holds for status in done.statuses)
    ours = flows(shared.ovs, "cookie=0xc1ea")
    assert len(ours) > 5
    assert {line.partition("table=")[2].partition(",")[0] for line in ours} == {"", "10", "11"}  # "": table 0
    assert flows(shared.ovs, THEIRS) == theirs
    shared.ovs.ofctl("del-flows", "table=11")
    assert flows(shared.ovs, "cookie=0xc1ea") != ours
    shared.api.ApplyIntent(pb.ApplyIntentRequest(intent=said), timeout=60)
    assert flows(shared.ovs, "cookie=0xc1ea") == ours
    assert flows(shared.ovs, THEIRS) == theirs
    assert "Traceback" not in shared.log.read_text(encoding="utf-8")


def test_the_other_gets_its_events_and_answers_by_the_same_session(shared: Shared) -> None:
    soon(lambda: "flows 1" in shared.said(), shared.log)
    assert "features 0xc1ea07" in shared.said()
    shared.ovs.run("ovs-appctl", "netdev-dummy/receive", "p1", "01" * 6 + "02" * 6 + "88cc" + "00" * 46)
    soon(lambda: "packet from 1 cookie 0x5eed" in shared.said(), shared.log)


def test_each_has_its_entries_with_a_connection_of_its_own(tmp_path: Path, ovs: OvsSandbox) -> None:
    """The other application in a process of its own, and Clearway as commands that come and go."""
    theirs_at, ours_at = free_port(), free_port()
    project = str(project_in(tmp_path, ovs, ours_at, "equal"))
    with manager(tmp_path, theirs_at, str(HERE / "lldp_app.py")) as log:
        ovs.vsctl("set-controller", "br0", f"tcp:127.0.0.1:{theirs_at}", f"tcp:127.0.0.1:{ours_at}")
        soon(lambda: flows(ovs, THEIRS), log)
        theirs = flows(ovs, THEIRS)
        done = clearway("apply", project)
        assert done.code == 0, done.err
        ours = flows(ovs, "cookie=0xc1ea")
        assert len(ours) > 5
        ovs.ofctl("del-flows", "table=11")
        assert clearway("apply", project, "--repair").code == 0
        assert flows(ovs, "cookie=0xc1ea") == ours
        assert flows(ovs, THEIRS) == theirs


def test_a_project_that_is_wrong_is_told_in_words_and_costs_the_other_nothing(tmp_path: Path, ovs: OvsSandbox) -> None:
    theirs_at = free_port()
    words = ("--clearway-project", str(tmp_path / "nowhere"), "controller.openflow_app", str(HERE / "lldp_app.py"))
    with manager(tmp_path, theirs_at, *words) as log:
        ovs.dial("127.0.0.1", theirs_at)
        soon(lambda: flows(ovs, THEIRS), log)
        said = log.read_text(encoding="utf-8")
        assert f"{tmp_path}/nowhere is not a folder [no-folder]" in said
        assert "Traceback" not in said
