"""A backup made while others write is of one moment, and what is put back is that and nothing else."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from controller.audit import files
from controller.audit.check import check
from controller.backup import archive, tables
from controller.backup.make import backup
from controller.backup.restore import next_start, restore
from controller.state.held import serving
from controller.state.journal import Phase
from controller.state.schema import VERSION
from controller.state.sqlite import FILE, SqliteDatabase
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError
from tests.backup.states import DIFFERENCES, held, state, tables_of
from tests.commandline import clearway


def refused(code: str, *arguments: object) -> None:
    with pytest.raises(ClearwayError) as error:
        restore(*arguments, "tester")  # type: ignore[arg-type]
    assert {d.code for d in error.value.diagnostics} == {code}


def repacked(source: Path, target: Path, **changed: bytes | None) -> Path:
    """The same backup with parts changed or left out, hashes and all."""
    folder = target.with_suffix(".parts")
    folder.mkdir()
    manifest = archive.unpack(source, folder)
    for name, content in changed.items():
        path = folder / {"state": archive.STATE}[name]
        path.unlink() if content is None else path.write_bytes(content)
    archive.write(target, folder, manifest.about)
    return target


def test_what_is_put_back_is_what_was_saved(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-1", "t-2")
    before = held(store)
    manifest = backup(store, tmp_path / "one.tar.gz")
    assert (tmp_path / "one.tar.gz").stat().st_mode & 0o777 == 0o600
    assert manifest.about["stateSchema"] == VERSION
    assert set(manifest.parts) == {"state.sqlite", "audit/audit.jsonl"}
    state(tmp_path / "state", "t-3")
    store.records.remove("device", "t-1")
    assert held(store) != before
    done = restore(store, tmp_path / "one.tar.gz", "tester")
    assert held(store) == before
    assert done.unfinished == ()
    assert store.journal.last() == {"token": "t-2", "phase": "done", "by": "Nurse", "from": "test"}


def test_the_audit_log_only_grows_and_comes_back_where_there_is_none(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-1")
    backup(store, tmp_path / "one.tar.gz")
    state(tmp_path / "state", "t-2")
    assert not restore(store, tmp_path / "one.tar.gz", "Nurse").audit
    log = files.every(tmp_path / "state" / "audit")
    assert check(log).sound
    assert "t-2" in log[-1].read_text()
    assert json.loads(log[-1].read_text().splitlines()[-1])["kind"] == "restored"

    new = Store(tmp_path / "new machine")
    assert restore(new, tmp_path / "one.tar.gz", "Nurse").audit
    log = files.every(tmp_path / "new machine" / "audit")
    assert check(log).sound
    assert "t-1" in log[-1].read_text()
    assert "t-2" not in log[-1].read_text()
    assert held(new) == held(store)


def test_a_backup_made_while_others_write_is_of_one_moment(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-0")
    ended = threading.Event()

    def work() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            state(tmp_path / "state", f"w-{number}")

    writer = threading.Thread(target=work)
    writer.start()
    try:
        for number in range(5):
            file = tmp_path / f"{number}.tar.gz"
            backup(store, file)
            copy = Store(tmp_path / f"copy-{number}")
            restore(copy, file, "tester")
            rows = held(copy)
            tokens = {row[0] for row in rows["change"]}
            assert {row[0] for row in rows["difference"]} == tokens  # a change is whole, or not there
            assert tokens == {row[0] for row in rows["step"]}
            assert check(files.every(copy.folder / "audit")).sound
    finally:
        ended.set()
        writer.join()


def test_what_was_unfinished_is_said(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-1", end=Phase.CONFIRM)
    store.journal.begin("t-2", DIFFERENCES, {})
    backup(store, tmp_path / "one.tar.gz")
    (tmp_path / "state").rename(tmp_path / "lost")
    done = restore(Store(tmp_path / "state"), tmp_path / "one.tar.gz", "tester")
    assert [next_start(u) for u in done.unfinished] == [
        "t-1 is finished on core-1 where each still holds it, else undone",
        "t-2 is undone on core-1: each gets back what it held before that change",
    ]


def test_a_backup_that_is_not_whole_changes_nothing(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-1")
    saved = backup(store, tmp_path / "one.tar.gz").parts
    state(tmp_path / "state", "t-2")
    before, whole = held(store), (tmp_path / "one.tar.gz").read_bytes()
    bad = tmp_path / "bad.tar.gz"
    for junk in (b"", b"not gzip", b"\x1f\x8b\x08\x00junk", whole[: len(whole) // 2], whole[:200] + whole[300:]):
        bad.write_bytes(junk)
        refused("backup-damaged", store, bad)
    refused("cannot-read", store, tmp_path / "nowhere.tar.gz")
    assert held(store) == before
    assert [p.name for p in store.folder.iterdir() if p.name.startswith(".")] == []
    draw = random.Random(6)  # noqa: S311 - bits to turn
    noticed = 0
    for number in range(200):
        damaged = bytearray(whole)
        damaged[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        bad.write_bytes(damaged)
        folder = tmp_path / f"unpacked-{number}"
        folder.mkdir()
        try:
            found = archive.unpack(bad, folder).parts
        except ClearwayError as error:
            noticed += error.diagnostics[0].code in ("backup-damaged", "backup-newer")
        else:  # in a header's time, or behind the last part
            assert found == saved
    assert noticed > 150


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/tmp/outside",  # noqa: S108
        "state.sqlite/../../outside",
        "audit/../../x.jsonl",
        "x",
    ],
)
def test_a_part_under_another_name_is_never_written(tmp_path: Path, name: str) -> None:
    parts = [{"name": n, "bytes": 0, "sha256": "0"} for n in ("state.sqlite", name)]
    evil = tmp_path / "evil.tar.gz"
    text = tmp_path / "manifest.json"
    text.write_text(json.dumps({"kind": "clearway-backup", "form": 1, "parts": parts}))
    with tarfile.open(evil, "w:gz") as tar:
        tar.add(text, "manifest.json")
        link = tarfile.TarInfo("state.sqlite")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    refused("backup-damaged", Store(tmp_path / "state"), evil)
    parts.pop()
    text.write_text(json.dumps({"kind": "clearway-backup", "form": 1, "parts": parts}))
    with tarfile.open(evil, "w:gz") as tar:
        tar.add(text, "manifest.json")
        tar.addfile(link)
    refused("backup-damaged", Store(tmp_path / "state"), evil)
    assert not (tmp_path / "outside").exists()


def test_an_older_state_is_brought_forward_and_a_newer_one_refused(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-1")
    backup(store, tmp_path / "one.tar.gz")
    old = tmp_path / "old.sqlite"
    with sqlite3.connect(old) as connection:
        connection.executescript(
            """
            CREATE TABLE change (token TEXT PRIMARY KEY, about TEXT NOT NULL) STRICT;
            CREATE TABLE difference (token TEXT NOT NULL REFERENCES change, device TEXT NOT NULL, listed TEXT NOT NULL,
                PRIMARY KEY (token, device)) STRICT;
            CREATE TABLE step (number INTEGER PRIMARY KEY, token TEXT NOT NULL REFERENCES change, phase TEXT NOT NULL,
                at TEXT NOT NULL) STRICT;
            CREATE INDEX step_of_change ON step (token, number);
            INSERT INTO change VALUES ('old', '{"by": "Nurse"}');
            INSERT INTO step VALUES (1, 'old', 'done', '2026-01-01');
            PRAGMA user_version = 1;
            """
        )
    restore(store, repacked(tmp_path / "one.tar.gz", tmp_path / "old.tar.gz", state=old.read_bytes()), "tester")
    assert store.journal.last() == {"token": "old", "phase": "done", "by": "Nurse"}
    before = held(store)
    with sqlite3.connect(old) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    refused("state-newer", store, repacked(tmp_path / "one.tar.gz", tmp_path / "new.tar.gz", state=old.read_bytes()))
    assert held(store) == before


def test_a_record_never_has_a_version_again(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-1")
    backup(store, tmp_path / "one.tar.gz")
    last = [store.records.put("device", "t-1", {"seen": n}).version for n in range(5)][-1]
    late = store.records.put("lease", "x", {}).version
    restore(store, tmp_path / "one.tar.gz", "tester")
    found = store.records.get("device", "t-1")
    assert found is not None
    assert (found.version, found.body) == (last + 1, {"seen": "t-1"})
    assert store.records.get("lease", "x") is None
    assert store.records.put("lease", "x", {}).version > late + 1


def test_every_table_and_column_is_copied(tmp_path: Path) -> None:
    with SqliteDatabase(tmp_path / "copied").writing() as transaction:
        copied = tables.columns(transaction)
    there = tables_of(tmp_path / "there")
    assert set(copied) == set(there)
    assert {t: sorted(set(there[t]) - set(copied[t])) for t in there} == {
        t: ["number"] if t == "step" else [] for t in there
    }


def test_killed_anywhere_it_is_the_old_state_or_the_new(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-1", "t-2")
    backup(store, tmp_path / "one.tar.gz")
    new = held(store)
    state(tmp_path / "state", "t-3")
    old = held(store)
    seen = []
    for last in range(4, 40, 3):
        done = subprocess.run(
            [sys.executable, "-m", "tests.backup.killed", str(store.folder), str(tmp_path / "one.tar.gz"), str(last)],
            capture_output=True,
            text=True,
            check=False,
        )
        seen.append(held(store) == new)
        assert seen[-1] or held(store) == old
        if "done" in done.stdout:
            break
    assert seen[0] is False
    assert seen[-1] is True
    assert check(files.every(store.folder / "audit")).sound


def test_nothing_is_restored_under_a_running_service_or_change(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-1")
    backup(store, tmp_path / "one.tar.gz")
    with serving(store.folder):
        refused("service-runs", Store(store.folder), tmp_path / "one.tar.gz")
        backup(store, tmp_path / "two.tar.gz")
    with store.lock():
        refused("change-under-way", Store(store.folder), tmp_path / "one.tar.gz")


def test_the_commands_say_what_was_done_and_what_comes_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARWAY_STATE", str(tmp_path / "state"))
    file, settings = tmp_path / "one.tar.gz", tmp_path / "service.yaml"
    done = clearway("backup", str(file), str(tmp_path))
    assert (done.code, "nothing-to-back-up" in done.err) == (1, True)
    state(tmp_path / "state", "t-1", end=Phase.REVERT)
    settings.write_text("apiVersion: clearway.dev/v1\nkind: Service\nspec: {}\n")
    assert clearway("backup", str(file), "--config", str(settings)).out.startswith(f"{file}: 3 parts, ")
    done = clearway("backup", str(file))
    assert (done.code, "file-exists" in done.err) == (1, True)
    done = clearway("restore", str(file))
    assert done.code == 0
    assert "t-1 is undone on core-1" in done.out
    assert (tmp_path / "state" / "service.yaml.restored").read_text() == settings.read_text()
    found = json.loads(clearway("restore", str(file), "--json").out)
    assert (found["ok"], found["auditRestored"]) == (True, False)
    assert found["nextStart"][0] == "every device is read"


def test_a_disk_that_is_full_leaves_no_half_file(tmp_path: Path) -> None:
    store = state(tmp_path / "state", "t-1")
    target = Path("/dev/full/one.tar.gz")
    with pytest.raises(ClearwayError, match="is not a folder"):
        backup(store, target)
    assert (store.folder / FILE).exists()
