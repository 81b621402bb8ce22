"""What the commands say and how they end, where no device is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.commandline import clearway

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are those that a reader of the documentation would write."""
    monkeypatch.chdir(REPO)


def project(folder: Path, **intents: str) -> Path:
    (folder / "intents").mkdir()
    (folder / "small.clab.yml").write_text((REPO / "labs/small/small.clab.yml").read_text())
    for name, spec in intents.items():
        head = f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: {name}}}\n"
        (folder / "intents" / f"{name}.yaml").write_text(f"{head}spec: {spec}\n")
    return folder


def test_the_exit_code_is_that_of_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "controller", "check", "/nowhere"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not a folder" in done.stderr


def test_a_good_project_is_checked_without_a_device() -> None:
    done = clearway("check", "labs/small")
    assert (done.code, done.out.strip()) == (0, "ok: 17 intents for 58 places on 8 ONUs")


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
    assert done.code == 1, done.out + done.err
    assert says in done.err


@pytest.mark.parametrize(
    "words", [("plan", "--nonsense"), ("frobnicate",), ("explain", "labs/small"), ("plan", "a", "b")]
)
def test_wrong_usage_ends_with_3(words: tuple[str, ...]) -> None:
    assert clearway(*words).code == 3


def test_what_cannot_be_promised_is_refused_before_any_device_is_asked(tmp_path: Path) -> None:
    folder = project(tmp_path, much='{say: "1,000 images of 512 KiB from archive to ward-2-visit within 1 second"}')
    done = clearway("apply", str(folder))
    assert done.code == 1
    assert "need 4.55 Gbit/s; onu-ward-2:2 is a 1 Gbit/s port: 4.5 s at best" in done.err
    assert "much.yaml:4:" in done.err


def test_two_intents_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    folder = project(
        tmp_path, one="{from: ct-room, to: pacs, class: imaging}", two="{from: pacs, to: ct-room, deny: true}"
    )
    done = clearway("check", str(folder))
    assert done.code == 1
    assert "one.yaml:" in done.err
    assert "two.yaml:" in done.err


def test_errors_for_machines_have_place_code_and_hint(tmp_path: Path) -> None:
    folder = project(tmp_path, bad="{from: ct-rom, to: pacs}")
    done = clearway("check", str(folder), "--json")
    said = json.loads(done.out)
    assert (done.code, said["schemaVersion"], said["ok"]) == (1, 1, False)
    (error,) = said["errors"]
    assert error.keys() >= {"file", "line", "column", "code", "message", "hint", "severity"}
    assert (error["line"], error["column"], error["code"]) == (4, 14, "unknown-place")
    assert error["hint"] == "did you mean 'ct-room'?"


@pytest.mark.skipif(not entry_points(group="clearway.commands"), reason="the project is not installed here")
def test_the_labs_commands_say_what_is_missing(tmp_path: Path) -> None:
    assert "holds 0 topologies" in clearway("lab", "up", str(tmp_path)).err
    done = clearway("lab", "status", str(project(tmp_path)))
    assert done.code == 1
    assert "is not up" in done.err


def test_a_plan_without_devices_is_all_that_would_be_configured() -> None:
    done = clearway("plan", "labs/small", "--offline", "--json")
    said = json.loads(done.out)
    assert (done.code, said["ok"]) == (0, True)
    assert {c["device"] for c in said["changes"]} == {"core-1", "olt-1"}
    assert {c["op"] for c in said["changes"]} == {"add"}
    assert not any(c["disruptive"] for c in said["changes"])
    asked = [c for c in said["changes"] if any(i["name"] == "ct-study" for i in c["intents"])]
    assert asked
    assert {i["file"] for c in asked for i in c["intents"] if i["name"] == "ct-study"} == {
        "labs/small/intents/imaging.yaml"
    }


def test_everything_that_can_fail_is_tried_one_at_a_time() -> None:
    said = json.loads(clearway("plan", "labs/small", "--what-if", "fail=any", "--json").out)["survey"]
    assert said["intents"]["ct-to-pacs"]["onu"] == {"whole": 7, "of": 8}
    assert len(said["failures"]) == 12
    shown = clearway("plan", "labs/small", "--what-if", "fail=any")
    assert shown.code == 0
    assert "7 of 8" in next(line for line in shown.out.splitlines() if "ct-to-pacs" in line)
    assert "  core-1: " in shown.out


def test_what_would_be_if_something_failed_is_said_without_a_device() -> None:
    said = json.loads(clearway("plan", "labs/small", "--what-if", "fail=onu-ct", "--json").out)["whatIf"]
    assert said["failed"] == ["onu-ct"]
    assert said["cutOff"] == ["camera-1", "ct-console", "ct-prep", "ct-room"]
    states = {i["name"]: i["state"] for i in said["intents"]}
    assert (states["ct-study"], states["cameras"], states["monitors"]) == ("lost", "partly", "holds")
    done = clearway("plan", "labs/small", "--what-if", "fail=onu-ct")
    assert "4 places are cut off: camera-1, ct-console, ct-prep, ct-room" in done.out


def test_what_has_failed_is_planned_around_with_a_warning() -> None:
    done = clearway("plan", "labs/small", "--offline", "--failed", "onu-ct", "--json")
    said = json.loads(done.out)
    assert [w["code"] for w in said["warnings"]] == ["cut-off"]
    assert not any("ct-room" in c["places"] for c in said["changes"])


@pytest.mark.skipif(not entry_points(group="clearway.commands"), reason="the project is not installed here")
def test_the_version_is_said() -> None:
    assert clearway("--version").out.startswith("clearway ")
