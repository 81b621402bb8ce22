"""What the commands say and how they end, where no device is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


def clearway(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "controller", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPO,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def project(folder: Path, **intents: str) -> Path:
    (folder / "intents").mkdir()
    (folder / "small.clab.yml").write_text((REPO / "labs/small/small.clab.yml").read_text())
    for name, spec in intents.items():
        head = f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: {name}}}\n"
        (folder / "intents" / f"{name}.yaml").write_text(f"{head}spec: {spec}\n")
    return folder


def test_a_good_project_is_checked_without_a_device() -> None:
    done = clearway("check", "labs/small")
    assert (done.returncode, done.stdout.strip()) == (0, "ok: 17 intents for 58 places on 8 ONUs")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "/nowhere"), "is not a folder"),
        (("check", "docs"), "no file describes the network"),
        (("plan", "/nowhere"), "is not a folder"),
        (("apply", "/nowhere"), "is not a folder"),
        (("verify", "/nowhere"), "is not a folder"),
        (("status", "/nowhere"), "is not a folder"),
        (("explain", "labs/small", "ct-studi"), "did you mean"),
        (("render", "labs/small", "--device", "olt-2"), "there is no OLT or switch 'olt-2'"),
        (("apply", "README.md"), "plan"),
        (("serve", "/nowhere"), "is not a folder"),
        (("serve", "--git", "docs"), "is not a git repository"),
    ],
    ids=lambda w: " ".join(w) if isinstance(w, tuple) else "",
)
def test_a_fault_is_said_and_ends_with_1(words: tuple[str, ...], says: str) -> None:
    done = clearway(*words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert says in done.stderr


@pytest.mark.parametrize(
    "words", [("plan", "--nonsense"), ("frobnicate",), ("explain", "labs/small"), ("plan", "a", "b")]
)
def test_wrong_usage_ends_with_3(words: tuple[str, ...]) -> None:
    assert clearway(*words).returncode == 3


def test_what_cannot_be_promised_is_refused_before_any_device_is_asked(tmp_path: Path) -> None:
    folder = project(tmp_path, much='{say: "1,000 images of 512 KiB from archive to ward-2-visit within 1 second"}')
    done = clearway("apply", str(folder))
    assert done.returncode == 1
    assert "need 4.55 Gbit/s; onu-ward-2:2 is a 1 Gbit/s port: 4.5 s at best" in done.stderr
    assert "much.yaml:4:" in done.stderr


def test_two_intents_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    folder = project(
        tmp_path, one="{from: ct-room, to: pacs, class: imaging}", two="{from: pacs, to: ct-room, deny: true}"
    )
    done = clearway("check", str(folder))
    assert done.returncode == 1
    assert "one.yaml:" in done.stderr
    assert "two.yaml:" in done.stderr


def test_errors_for_machines_have_place_code_and_hint(tmp_path: Path) -> None:
    folder = project(tmp_path, bad="{from: ct-rom, to: pacs}")
    done = clearway("check", str(folder), "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["schemaVersion"], said["ok"]) == (1, 1, False)
    (error,) = said["errors"]
    assert error.keys() >= {"file", "line", "column", "code", "message", "hint", "severity"}
    assert (error["line"], error["column"], error["code"]) == (4, 14, "unknown-place")
    assert error["hint"] == "did you mean 'ct-room'?"


@pytest.mark.skipif(not entry_points(group="clearway.commands"), reason="the project is not installed here")
def test_the_labs_commands_say_what_is_missing(tmp_path: Path) -> None:
    assert "holds 0 topologies" in clearway("lab", "up", str(tmp_path)).stderr
    done = clearway("lab", "status", str(project(tmp_path)))
    assert done.returncode == 1
    assert "is not up" in done.stderr
