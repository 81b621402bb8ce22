"""The support bundle holds what a developer asks for, and no secret, wherever one stands."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from controller.state.store import Store
from controller.support.redact import MARK, Redactor
from tests.backup.states import state
from tests.commandline import clearway
from tests.conftest import REPO

CANARY = "canary-7f3a91c2e4"
KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}AAAA\n{CANARY}BBBB\n-----END OPENSSH PRIVATE KEY-----\n"


def members(file: Path) -> dict[str, str]:
    with tarfile.open(file) as tar:
        return {m.name.removeprefix("clearway-support/"): (tar.extractfile(m) or _none()).read().decode() for m in tar}


def _none() -> Path:
    raise AssertionError


def lab_in(folder: Path) -> Path:
    """The small lab's texts, with a client's key that has the canary in it."""
    shutil.copytree(REPO / "labs" / "small", folder, ignore=shutil.ignore_patterns(".*"))
    (folder / ".lab").mkdir()
    (folder / ".lab" / "client_key").write_text(KEY)
    return folder


def test_it_holds_what_is_asked_for_and_no_canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARWAY_STATE", str(tmp_path / "state"))
    store: Store = state(tmp_path / "state", "t-1", "t-2")
    site = lab_in(tmp_path / "site")
    log = tmp_path / "service.log"
    log.write_text(
        f"key {CANARY}AAAA was refused\n{KEY}\npassword={CANARY}\n"
        f"postgresql://clearway:{CANARY}@db/x\n" + '{"api_key": "' + CANARY + '"}\ntoken=20260102T030405-1a2b3c\n'
    )
    file = tmp_path / "bundle.tar.gz"
    done = clearway("support-bundle", str(file), str(site), "--log", str(log), "--no-devices")
    assert done.code == 0, done.err
    found = members(file)
    assert {"about.json", "changes.json", "texts/small.clab.yml", "files/service.log"} <= set(found)
    assert [c["token"] for c in json.loads(found["changes.json"])] == ["t-1", "t-2"]
    assert "clearway" in json.loads(found["about.json"])
    assert not [name for name, text in found.items() if CANARY in text]
    assert "token=20260102T030405-1a2b3c" in found["files/service.log"]
    assert found["files/service.log"].count(MARK) == 5
    assert file.stat().st_mode & 0o777 == 0o600
    assert store.folder.exists()
    assert clearway("support-bundle", str(file), str(site), "--no-devices").code == 1  # it is there already


def test_what_cannot_be_had_says_why_in_its_place(tmp_path: Path) -> None:
    site = lab_in(tmp_path / "site")
    file = tmp_path / "bundle.tar.gz"
    done = clearway("support-bundle", str(file), str(site), "--log", str(tmp_path / "nowhere.log"), "--no-devices")
    assert done.code == 0
    assert members(file)["files/nowhere.log"].startswith("could not be had: ")


def test_a_redactor_leaves_ordinary_texts_alone() -> None:
    clean = Redactor(["a-b", "", "long enough"])
    text = "places: a-b\nolt-1: 10.0.0.1:830\nsecret ways lead to Rome\n"
    assert clean(text) == text
    assert clean("it is long enough now") == f"it is {MARK} now"
