"""A lab ends what it started, also after kill -9 of its runner, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from labs.runner.processes import alive
from labs.runner.workspace import Workspace


@pytest.fixture(params=["/proc", "/nowhere"], ids=["proc", "ps"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """On a system that has /proc, and on one that only has `ps`."""
    monkeypatch.setattr("labs.runner.processes.PROC", Path(request.param))
    topology = tmp_path / "small.clab.yml"
    topology.write_text("name: small\n")
    found = Workspace(topology)
    found.prepare()
    return found


SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_what_was_started_is_known_and_ended(workspace: Workspace) -> None:
    pid = workspace.spawn("sleeper", SLEEPER)
    assert workspace.processes() == {"sleeper": pid}
    workspace.stop_all()
    assert not alive(pid)
    assert workspace.processes() == {}


def test_a_process_whose_record_was_lost_is_found_by_its_mark(workspace: Workspace) -> None:
    pid = workspace.spawn("sleeper", SLEEPER)
    (workspace.folder / "process-sleeper.json").unlink()
    _wait_for_environment(pid)
    workspace.stop_all()
    assert not alive(pid)


def test_processes_of_others_are_left_alone(workspace: Workspace) -> None:
    with subprocess.Popen(SLEEPER) as other:
        # A record from before a reboot may name a pid that now belongs to somebody else.
        workspace.note("process-old", {"pid": other.pid, "started": "1"})
        workspace.stop_all()
        assert other.poll() is None
        other.kill()


def test_a_process_that_ignores_sigterm_is_killed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labs.runner.workspace._STOP_S", 0.3)
    code = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    pid = workspace.spawn("stubborn", [sys.executable, "-c", code])
    deadline = time.monotonic() + 5
    while "up" not in workspace.log_tail("stubborn") and time.monotonic() < deadline:
        time.sleep(0.01)
    workspace.stop_all()
    assert not alive(pid)


def test_the_folder_is_for_its_owner_only(workspace: Workspace) -> None:
    assert workspace.folder.stat().st_mode & 0o077 == 0


def _wait_for_environment(pid: int) -> None:
    deadline = time.monotonic() + 5
    while b"CLEARWAY_LAB" not in Path(f"/proc/{pid}/environ").read_bytes() and time.monotonic() < deadline:
        time.sleep(0.01)
