"""A folder of sites: each all or nothing, the roll-out to be gone on with, and the bench that times it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.bench.twin import metro
from labs.campus import Size
from labs.olt.control import ask
from labs.runner import sites
from tests.conftest import REPO

SMALL = Size(sites=2, onus=8, places=20, intents=6)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    sites.write(SMALL, tmp_path / "metro", metro.free_ports(SMALL.sites))
    sites.up(tmp_path / "metro")
    yield tmp_path / "metro"
    sites.down(tmp_path / "metro")


def begin(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "controller", "rollout", str(folder), "--json", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPO)


def rollout(folder: Path, *words: str) -> dict[str, Any]:
    said, errors = begin(folder, *words).communicate(timeout=120)
    assert said, errors
    found: dict[str, Any] = json.loads(said)
    return found


def test_every_site_is_made_and_what_is_so_already_is_left_out(folder: Path) -> None:
    first = rollout(folder)
    assert first["ok"]
    assert [(s["site"], s["onus"], s["intents"]) for s in first["sites"]] == [("site-01", 8, 6), ("site-02", 8, 6)]
    assert all(s["changes"] > 8 for s in first["sites"])
    second = rollout(folder)
    assert (second["ok"], second["sites"], second["leftOut"]) == (True, [], 2)
    (folder / "site-02" / "intents" / "more.yaml").write_text("# nothing is asked for\n")
    third = rollout(folder)
    assert [(s["site"], s["changes"]) for s in third["sites"]] == [("site-02", 0)]


def test_a_site_that_is_refused_leaves_the_others_alone_and_comes_along_when_it_is_mended(folder: Path) -> None:
    fault = folder / "site-01" / "intents" / "fault.yaml"
    head = "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: a}\n"
    fault.write_text(f"{head}spec: {{from: nobody, to: nowhere}}\n")
    first = rollout(folder)
    assert not first["ok"]
    assert {s["site"]: s["ok"] for s in first["sites"]} == {"site-01": False, "site-02": True}
    assert "site-01" in first["errors"][0]["file"]
    fault.unlink()
    second = rollout(folder)
    assert second["ok"]
    assert [s["site"] for s in second["sites"]] == ["site-01"]


@pytest.mark.slow
def test_a_roll_out_that_is_killed_goes_on_where_it_was(folder: Path) -> None:
    control = folder / "site-02" / ".lab" / "gateway.control"
    ask(control, cmd="misbehave", fault="hang", on="bundle-commit")
    slow = begin(folder, "--jobs", "1")
    deadline = time.monotonic() + 60
    while not (folder / ".clearway" / "sites.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    slow.send_signal(signal.SIGKILL)
    slow.communicate()
    ask(control, cmd="behave")
    found = rollout(folder)
    assert found["ok"]
    assert [s["site"] for s in found["sites"]] == ["site-02"]
    assert found["leftOut"] == 1


def test_a_folder_without_sites_is_said_to_be_one(tmp_path: Path) -> None:
    found = rollout(tmp_path)
    assert not found["ok"]
    assert found["errors"][0]["code"] == "no-sites"


@pytest.mark.slow
def test_the_bench_times_what_was_proven_and_changes_what_it_says() -> None:
    said: list[str] = []
    found = metro.measure(said.append, (1, 2), Size(sites=2, onus=32, places=80, intents=12))
    assert found["onus_per_s"] > 0
    assert found["2_sites_s"] == found["s"]
    assert 0 < found["rss_gib"] < 4
    assert found["intents"] == 24
    assert found["changes"] >= 2
