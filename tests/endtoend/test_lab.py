"""A lab on loopback runs for anybody and leaves nothing, also when it was killed while it came up."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from labs.cli import lab as commands
from labs.runner import lab
from labs.runner.errors import LabError
from labs.runner.processes import marked
from labs.runner.workspace import MARK, Workspace
from tests.endtoend.site import LAB, REPO, Site, eventually, site_in


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A copy of the small lab, not up."""
    with site_in(tmp_path) as made:
        yield made


def start(site: Site, *words: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*before, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=REPO,
        env={**os.environ, **site.environment},
    )


def said(site: Site, *words: str, before: Sequence[str] = ()) -> str:
    process = start(site, *words, before=before)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    return out


def left(site: Site) -> set[int]:
    return marked(MARK, str(Workspace(site.topology).folder))


NOBODY = ("unshare", "--user", "--map-user=12345", "env", "-u", "USER", "-u", "LOGNAME", "-u", "HOME")


def can_be_nobody() -> bool:
    """Whether this machine lets us be a user who has neither rights nor a name."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*NOBODY, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_be_nobody(), reason="no user namespaces here")
def test_a_user_without_rights_name_or_home_has_a_lab_and_applies_to_it(site: Site) -> None:
    for path in (site.folder / "intents").iterdir():
        path.write_text(path.read_text().partition("\n---")[0])
    assert "not root" in said(site, *LAB, "up", str(site.folder), before=NOBODY)
    words = (sys.executable, "-m", "controller", "apply", str(site.folder))
    assert "all intents hold" in said(site, *words, before=NOBODY)
    assert left(site)
    said(site, *LAB, "down", str(site.folder), before=NOBODY)
    assert not left(site)
    assert not Workspace(site.topology).folder.exists()


@pytest.mark.parametrize("device", ["olt-1", "core-1"])
def test_a_lab_killed_while_it_comes_up_is_cleaned_by_the_next_up_and_by_down(site: Site, device: str) -> None:
    record = Workspace(site.topology).folder / f"{device}.log"
    coming = start(site, *LAB, "up", "--loopback", str(site.folder))
    assert eventually(record.exists)
    coming.send_signal(signal.SIGKILL)
    coming.communicate()
    if device == "core-1":
        lab.up(site.folder, lambda _: None, without_packets=True)
        assert len(left(site)) == 2
    lab.down(site.folder)
    assert not left(site)
    assert not Workspace(site.topology).folder.exists()


def test_a_port_that_is_taken_is_named_with_what_to_do_and_nothing_is_left(site: Site) -> None:
    port = int(site.environment["CLEARWAY_LAB_OVSDB_PORT"])
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(LabError, match="something else does") as fault,
    ):
        lab.up(site.folder, lambda _: None, without_packets=True)
    assert "CLEARWAY_LAB_OVSDB_PORT" in fault.value.hint
    assert not left(site)
    assert not Workspace(site.topology).folder.exists()


def test_what_the_lab_cannot_do_is_said_in_two_lines(site: Site, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    shutil.copytree(site.folder, tmp_path / "two")
    shutil.copy(site.topology, tmp_path / "two" / "other.clab.yml")
    cases = [
        ([command, str(tmp_path / folder)], says)
        for folder, says in (("empty", "0 topologies"), ("nowhere", "0 topologies"), ("two", "2 topologies"))
        for command in ("up", "down", "status")
    ]
    cases += [([*words], "is not up") for words in (("status", str(site.folder)), ("exec", str(site.folder), "x", "y"))]
    for words, says in cases:
        done = CliRunner().invoke(commands, words)
        assert (done.exit_code, says in done.output) == (1, True), done.output
        assert isinstance(done.exception, SystemExit)
        assert [line[:4] for line in done.output.splitlines()] == ["erro", "    "]


def test_two_copies_run_side_by_side_on_ports_of_their_own(site: Site, tmp_path: Path) -> None:
    lab.up(site.folder, lambda _: None, without_packets=True)
    (tmp_path / "second").mkdir()
    with site_in(tmp_path / "second") as second:
        lab.up(second.folder, lambda _: None, without_packets=True)
        lab.down(second.folder)
        assert not left(second)
    assert len(left(site)) == 2
