"""Projects that are wrong, and word for word what each command says of them. CLEARWAY_GOLDEN=write renews the page."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.state.store import Store
from tests.commandline import clearway

REPO = Path(__file__).resolve().parents[2]
PAGE = Path(__file__).parent / "messages.txt"
# A place whose name reads as two others.
AMBIGUOUS = """
    stretcher: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.1}}
    lift: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.2}}
    stretcher-and-lift: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.3}}
  links:
    - endpoints: [core-1:eth30, stretcher:eth0]
    - endpoints: [core-1:eth31, lift:eth0]
    - endpoints: [core-1:eth32, stretcher-and-lift:eth0]
"""
HEAD = "apiVersion: clearway.dev/v1\nkind: Intent\n"


def _lab(folder: Path) -> None:
    (folder / "intents").mkdir(parents=True)
    shutil.copy(REPO / "labs/small/small.clab.yml", folder)


def _intent(folder: Path, text: str) -> None:
    _lab(folder)
    (folder / "intents" / "a.yaml").write_text(f"{HEAD}{text}", encoding="utf-8")


def _empty(folder: Path) -> None:
    folder.mkdir()


def _two_topologies(folder: Path) -> None:
    _lab(folder)
    shutil.copy(folder / "small.clab.yml", folder / "old.clab.yml")


def _not_closed(folder: Path) -> None:
    _intent(folder, "metadata: {name: a}\nspec: {say: [x\n")


def _tabs(folder: Path) -> None:
    _intent(folder, "metadata:\n\tname: a\n")


def _not_utf8(folder: Path) -> None:
    _lab(folder)
    (folder / "intents" / "a.yaml").write_bytes(b"say: caf\xe9\n")


def _no_such_place(folder: Path) -> None:
    _intent(folder, "metadata: {name: a}\nspec: {from: ct-rom, to: pacs}\n")


def _no_unit(folder: Path) -> None:
    _intent(folder, "metadata: {name: a}\nspec: {from: ct-room, to: pacs, guarantee: 100}\n")


def _two_readings(folder: Path) -> None:
    _intent(folder, "metadata: {name: a}\nspec: {say: Stretcher and lift to PACS gets priority}\n")
    topology = folder / "small.clab.yml"
    topology.write_text(topology.read_text().replace("\n  links:\n", AMBIGUOUS, 1))


def _template(folder: Path) -> None:
    folder.mkdir()
    (folder / "lab.clab.yml.gotmpl").write_text("name: {{ .name }}\n", encoding="utf-8")


def _too_much(folder: Path) -> None:
    _intent(folder, "metadata: {name: a}\nspec: {from: ct-console, to: pacs, guarantee: 2 Gbit/s}\n")


def _no_key(folder: Path) -> None:
    _intent(folder, "metadata: {name: a}\nspec: {from: ct-room, to: pacs}\n")


OFFLINE: dict[str, Callable[[Path], None]] = {
    "empty": _empty,
    "no-such-place": _no_such_place,
    "no-unit": _no_unit,
    "not-closed": _not_closed,
    "not-utf-8": _not_utf8,
    "nowhere": lambda _: None,
    "tabs": _tabs,
    "too-much": _too_much,
    "two-readings": _two_readings,
    "two-topologies": _two_topologies,
}
# What each command is given after the folder. What cannot be promised is no fault of `verify`: it judges what is there.
COMMANDS: dict[str, tuple[str, ...]] = {
    "capacity": (),
    "check": (),
    "plan": (),
    "apply": (),
    "verify": (),
    "status": (),
    "explain": ("a",),
    "render": ("--device", "olt-1"),
}
ASKS_DEVICES = ("verify", "status", "explain")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of projects that commands are called beside, so that paths are short."""
    monkeypatch.chdir(tmp_path)
    for name, make in {**OFFLINE, "no-key": _no_key, "template": _template}.items():
        make(tmp_path / name)
    return tmp_path


def test_what_is_said_of_a_wrong_project_is_as_on_the_page(here: Path) -> None:
    calls: list[tuple[str, ...]] = [("plan", name) for name in (*OFFLINE, "no-key")]
    calls += [
        ("plan", "no-key", "--intents", "nowhere"),
        ("explain", "no-key", "ct-studi"),
        ("explain", "no-key", "b"),
        ("render", "no-key", "--device", "olt-2"),
        ("apply", "no-key/intents/nothing.json"),
        ("serve", "no-key", "--git", "no-key"),
        ("check", "template/lab.clab.yml.gotmpl"),
        ("plan", "no-key", "--what-if", "fail=onu-cx"),
        ("plan", "no-key", "--what-if", "onu-ct"),
        ("plan", "--nonsense"),
        ("frobnicate",),
    ]
    page = ""
    for words in calls:
        done = clearway(*words)
        assert done.out == ""
        page += f"$ clearway {' '.join(words)}\n{done.err}[{done.code}]\n\n"
    if os.environ.get("CLEARWAY_GOLDEN") == "write":
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_the_same_of_a_wrong_project(here: Path, command: str) -> None:
    for name in OFFLINE:
        if name == "too-much" and command in ASKS_DEVICES:
            continue
        done = clearway(command, name, *COMMANDS[command])
        assert (done.code, done.out) == (1, ""), f"{command} {name}"
        assert done.err == clearway("plan", name).err, f"{command} {name}"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_errors_to_machines_in_one_form(here: Path, command: str) -> None:
    names = [n for n in OFFLINE if n != "too-much" or command not in ASKS_DEVICES]
    for name in names if command in ("capacity", "check", "render") else [*names, "no-key"]:
        done = clearway(command, name, *COMMANDS[command], "--json")
        said = json.loads(done.out)
        assert (done.code, done.err, said["schemaVersion"], said["ok"]) == (1, "", 1, False), f"{command} {name}"
        assert said["errors"]
        for error in said["errors"]:
            assert set(error) == {"file", "line", "column", "severity", "code", "message", "hint", "related"}
            assert error["severity"] == "error"
            assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", error["code"])
            assert error["message"] and error["hint"]
            assert error["file"] != "<none>"
            assert isinstance(error["line"], int) and isinstance(error["column"], int)


def test_the_one_that_is_meant_of_two_topologies_can_be_named(here: Path) -> None:
    assert clearway("check", "two-topologies/old.clab.yml").code == 0


def test_a_folder_without_intents_is_a_network_that_owes_nothing(here: Path) -> None:
    shutil.rmtree(here / "no-key" / "intents")
    assert clearway("check", "no-key").out == "ok: 0 intents for 58 places on 8 ONUs\n"


def test_a_state_folder_that_cannot_be_written_stops_a_change_before_it_begins(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "file").write_text("")
    monkeypatch.setenv("CLEARWAY_STATE", str(here / "file" / "state"))
    done = clearway("apply", "no-key")
    assert done.code == 1
    assert "cannot be written" in done.err and "CLEARWAY_STATE" in done.err


def test_a_change_that_another_version_left_is_not_guessed_at(here: Path) -> None:
    keys = here / "no-key" / ".lab"
    keys.mkdir()
    for name in ("client_key", "olt-1.host_key.pub"):
        (keys / name).write_text("a key that is longer than a name may be " * 10)
    store = Store(here / "no-key" / ".clearway")
    store.journal.begin("0", {"olt-1": ()}, {})
    with sqlite3.connect(store.database.place) as database:
        database.execute("UPDATE difference SET listed = ?", ('{"$": "Unheard"}',))
    database.close()
    done = clearway("apply", "no-key")
    assert done.code == 1
    assert "another version of Clearway began" in done.err
