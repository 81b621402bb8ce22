"""The log as it is written and checked: whatever is done to it shows."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import signal
import threading
from pathlib import Path

import pytest

from controller.audit import files
from controller.audit.chain import BEFORE_FIRST, Head, canonical, read, sealed
from controller.audit.check import Checked, check, records
from controller.audit.log import AuditLog
from intents.model.diagnostic import ClearwayError
from tests.endtoend.site import eventually


def written(state: Path, count: int, **options: int) -> AuditLog:
    log = AuditLog(state, **options)
    for number in range(count):
        log.append("test", {"number": number, "who": "Änne <a@h>"})
    return log


def checked(log: AuditLog, *anchors: Head) -> Checked:
    return check(files.every(log.folder), {"elsewhere": anchors})


def faults(log: AuditLog, *anchors: Head) -> set[str]:
    return {f.fault for f in checked(log, *anchors).found}


def test_a_record_has_one_form() -> None:
    line, head = sealed(BEFORE_FIRST, "2026-01-02T03:04:05.678Z", "test", {"b": [1, None], "a": "é"})
    assert line == (
        b'{"a":"\\u00e9","b":[1,null],"hash":"' + head.hash.encode() + b'","kind":"test","n":1,"prev":"'
        + b"0" * 64 + b'","time":"2026-01-02T03:04:05.678Z"}\n'
    )  # fmt: skip
    found = read(line)
    assert (found.head, found.kind, found.fields) == (head, "test", {"a": "é", "b": [1, None]})
    with pytest.raises(TypeError):
        canonical({"a": [0.5]})
    with pytest.raises(TypeError):
        sealed(BEFORE_FIRST, "", "test", {"prev": "x"})


def test_what_is_written_is_sound_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    written(tmp_path, 3).close()
    log = written(tmp_path, 2)
    found = checked(log, log.head)
    assert found.sound
    assert (found.records, found.head, found.anchored) == (6, log.head, 6)
    kinds = [r.kind for r in records(files.every(log.folder))]
    assert kinds == ["opened", *["test"] * 5]
    assert (log.folder.stat().st_mode & 0o777, log.path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_the_chain_goes_over_files(tmp_path: Path) -> None:
    log = written(tmp_path, 60, rotate_bytes=2000)
    names = [p.name for p in files.every(log.folder)]
    assert names[:2] == ["audit-000001.jsonl", "audit-000002.jsonl"]
    assert names[-1] == "audit.jsonl"
    assert checked(log, log.head).sound
    (log.folder / names[1]).unlink()
    assert faults(log) == {"deleted"}
    log.path.unlink()
    assert faults(log, log.head) == {"deleted", "truncated"}
    assert AuditLog(tmp_path, rotate_bytes=2000).append("test", {}).n > 50  # goes on from the newest that is there


@pytest.mark.parametrize("seed", range(60))
def test_any_single_byte_shows(tmp_path: Path, seed: int) -> None:
    log = written(tmp_path, 5)
    chance = random.Random(seed)  # noqa: S311 - a seed makes a failure come again
    data = bytearray(log.path.read_bytes())
    at = chance.randrange(len(data))
    data[at] ^= 1 << chance.randrange(8)
    log.path.write_bytes(data)
    assert faults(log)


@pytest.mark.parametrize("seed", range(60))
def test_any_line_gone_moved_doubled_or_put_in_shows(tmp_path: Path, seed: int) -> None:
    log = written(tmp_path, 8)
    chance = random.Random(seed)  # noqa: S311 - a seed makes a failure come again
    lines = log.path.read_bytes().splitlines(keepends=True)
    at = chance.randrange(len(lines) - 1)
    match chance.choice(["gone", "moved", "doubled", "put in"]):
        case "gone":
            del lines[at]
        case "moved":
            lines.insert(chance.choice([i for i in range(len(lines)) if i != at]), lines.pop(at))
        case "doubled":
            lines.insert(chance.randrange(len(lines)), lines[at])
        case "put in":
            before = read(lines[at])
            lines.insert(at + 1, sealed(before.head, before.time, "message", {"lie": 1})[0])
    log.path.write_bytes(b"".join(lines))
    assert faults(log)


def test_what_goes_at_the_end_shows_only_against_an_anchor(tmp_path: Path) -> None:
    log = written(tmp_path, 6)
    last = log.head
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[:-2]))
    assert faults(log) == set()
    assert faults(log, last) == {"truncated"}


def test_a_log_written_anew_shows_only_against_an_anchor(tmp_path: Path) -> None:
    log = written(tmp_path, 6)
    last = log.head
    anew, before = [], BEFORE_FIRST
    for line in log.path.read_bytes().splitlines():
        record = read(line)
        fields = {**record.fields, "who": "somebody else"} if record.n == 3 else record.fields
        made, before = sealed(before, record.time, record.kind, fields)
        anew.append(made)
    log.path.write_bytes(b"".join(anew))
    assert faults(log) == set()
    assert faults(log, last) == {"rewritten"}


def test_a_tail_cut_anywhere_is_mended_visibly(tmp_path: Path) -> None:
    log = written(tmp_path / "whole", 2)
    data = log.path.read_bytes()
    last = data.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last + 1, len(data)):
        state = tmp_path / str(cut)
        (state / files.FOLDER).mkdir(parents=True)
        torn = state / files.FOLDER / files.CURRENT
        torn.write_bytes(data[:cut])
        mended = AuditLog(state)
        assert faults(mended) == {"torn"}
        mended.append("test", {})
        found = list(records(files.every(mended.folder)))
        assert checked(mended).sound
        assert found[-2].kind == "tail-mended"
        assert found[-2].fields["bytes"] == cut - last
        assert found[-2].fields["kept"] == (cut == len(data) - 1)  # only the line feed was missing


def test_a_last_record_that_was_altered_is_not_followed(tmp_path: Path) -> None:
    log = written(tmp_path, 2)
    log.close()
    log.path.write_bytes(log.path.read_bytes().replace(b'"number":1', b'"number":2'))
    with pytest.raises(ClearwayError) as refused:
        AuditLog(tmp_path).append("test", {})
    assert refused.value.diagnostics[0].code == "audit-damaged"


def test_many_threads_and_processes_make_one_chain(tmp_path: Path) -> None:
    def write(number: int) -> None:
        log = AuditLog(tmp_path, rotate_bytes=20_000)
        threads = [threading.Thread(target=log.append, args=("test", {"by": number, "i": i})) for i in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    several = multiprocessing.get_context("fork")
    processes = [several.Process(target=write, args=(n,)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    log = AuditLog(tmp_path)
    assert len(files.every(log.folder)) > 2
    found = checked(log)
    assert found.found == ()
    every = [(r.fields["by"], r.fields["i"]) for r in records(files.every(log.folder)) if r.kind == "test"]
    assert sorted(every) == [(n, i) for n in range(4) for i in range(50)]


def test_kill_9_while_it_writes_leaves_what_was_acknowledged(tmp_path: Path) -> None:
    said = tmp_path / "said"

    def write() -> None:
        log = AuditLog(tmp_path)
        with said.open("w") as file:
            for number in range(100_000):
                log.append("test", {"number": number})
                file.write(f"{number}\n")
                file.flush()

    for _ in range(5):
        process = multiprocessing.get_context("fork").Process(target=write)
        process.start()
        assert eventually(lambda: said.exists() and said.read_text().count("\n") > 20)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        acknowledged = said.read_text().count("\n")
        said.unlink()
        log = AuditLog(tmp_path)
        log.append("restart", {})
        assert checked(log).sound
        last = [r for r in records(files.every(log.folder)) if r.kind == "test"][-1]
        assert last.fields["number"] + 1 >= acknowledged


def test_a_full_disk_takes_nothing_and_keeps_the_log_sound(tmp_path: Path) -> None:
    def write() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        log = AuditLog(tmp_path)
        codes = []
        for number in range(40):
            try:
                log.append("test", {"number": number})
            except ClearwayError as error:
                codes.append(error.diagnostics[0].code)
        assert len(codes) > 20
        assert set(codes) == {"audit-write"}

    process = multiprocessing.get_context("fork").Process(target=write)
    process.start()
    process.join()
    assert process.exitcode == 0
    log = AuditLog(tmp_path)
    before = checked(log)
    assert before.sound
    assert log.append("room again", {}).n == before.records + 1
    assert checked(log).sound


def test_hostile_lines_are_told_and_do_not_stop_the_check(tmp_path: Path) -> None:
    log = written(tmp_path, 2)
    hostile = [
        b"\n", b"{}\n", b"[" * 100_000 + b"\n", b"\xff\xfe\n", b'{"n":1e999}\n', b'{"n":1,"n":1}\n',
        json.dumps({"n": True, "time": 1, "kind": [], "prev": {}, "hash": "x"}).encode() + b"\n",
        b"x" * 3_000_000 + b"\n",
    ]  # fmt: skip
    log.path.write_bytes(log.path.read_bytes() + b"".join(hostile))
    found = checked(log)
    assert len(found.found) >= len(hostile)
    assert {f.fault for f in found.found} <= {"altered", "torn"}
