"""The journal is whole after kill -9 at any moment, for any process, and says what it cannot read."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from controller.codec import encode
from controller.state.journal import Phase
from controller.state.schema import steps
from controller.state.sqlite import FILE
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError
from intents.model.state import DeviceState, Difference
from intents.model.switch import Meter
from tests.conftest import REPO

METER = Meter(meter_id=7, rate_kbps=4_000)
DIFFERENCES = {"s1": (Difference(METER.key, None, METER),), "s2": ()}

# Writes changes without end, and says each step once the journal has it.
WRITER = """
import sys
from itertools import count
from pathlib import Path
from controller.state.journal import Phase
from controller.state.store import Store
journal = Store(Path(sys.argv[1])).journal
for number in count():
    token = f"t{number:06}"
    journal.begin(token, {"s1": ()}, {"by": "test"})
    print(token, "planned", flush=True)
    for phase in (Phase.PREPARE, Phase.COMMIT, Phase.CHECK, Phase.CONFIRM, Phase.DONE):
        journal.reach(token, phase)
        print(token, phase, flush=True)
"""


@pytest.mark.parametrize("after_s", [0.05, 0.11, 0.17, 0.23])
def test_each_step_that_was_told_is_there_after_kill_9(tmp_path: Path, after_s: float) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPO)},
    )
    assert writer.stdout is not None
    first = writer.stdout.readline()
    time.sleep(after_s)  # the moment is what is tried, not waited for
    writer.send_signal(signal.SIGKILL)
    told = (first + writer.stdout.read()).splitlines()
    writer.wait()
    token, phase = [line.split() for line in told if line.count(" ") == 1][-1]
    journal = Store(tmp_path).journal
    last = journal.last()
    assert last is not None
    phases = list(Phase)
    assert (last["token"], phases.index(last["phase"])) >= (token, phases.index(Phase(phase)))
    assert len(journal.unfinished()) <= 1
    journal.begin("u", DIFFERENCES, {})  # and it can be written on


@pytest.mark.parametrize("keep", [0, 100, 5_000])
def test_a_damaged_file_is_said_and_not_touched(tmp_path: Path, keep: int) -> None:
    journal = Store(tmp_path).journal
    journal.begin("t1", DIFFERENCES, {})
    path = tmp_path / FILE
    damaged = path.read_bytes()[:keep] + b"\xff" * 20_000
    path.write_bytes(damaged)
    for job in (journal.unfinished, journal.last, lambda: journal.reach("t1", Phase.DONE)):
        with pytest.raises(ClearwayError, match="is damaged"):
            job()
    assert path.read_bytes() == damaged


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    assert (store.journal.unfinished(), store.journal.last(), store.load_applied()) == ((), None, None)
    assert not (tmp_path / "state").exists()


def test_a_file_of_a_newer_version_is_not_guessed_at(tmp_path: Path) -> None:
    journal = Store(tmp_path).journal
    journal.begin("t1", DIFFERENCES, {})
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA user_version = 99")
    before = (tmp_path / FILE).read_bytes()
    for job in (journal.unfinished, lambda: journal.begin("t2", DIFFERENCES, {})):
        with pytest.raises(ClearwayError, match="newer version of Clearway"):
            job()
    assert (tmp_path / FILE).read_bytes() == before


def test_what_the_first_release_left_is_read_on(tmp_path: Path) -> None:
    """Its journal had no records; what was applied was a file beside it."""
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        for statement in steps(0, "INTEGER PRIMARY KEY")[:4]:
            database.execute(statement)
        database.execute("PRAGMA user_version = 1")
        database.execute("INSERT INTO change VALUES ('t1', '{}')")
        database.execute("INSERT INTO step (token, phase, at) VALUES ('t1', 'commit', '2026-01-02')")
        database.commit()
    applied = {"schemaVersion": 1, "devices": {"s1": [encode(METER)]}}
    (tmp_path / "applied.json").write_text(json.dumps(applied))
    store = Store(tmp_path)
    assert [u.token for u in store.journal.unfinished()] == ["t1"]
    held = store.load_applied()
    assert held == {"s1": DeviceState.of("s1", [METER])}
    store.save_applied(held)
    assert not (tmp_path / "applied.json").exists()
    assert Store(tmp_path).load_applied() == held


def test_the_log_is_synced_with_every_transaction(tmp_path: Path) -> None:
    """Write-ahead log with synchronous FULL: what a power cut must not take is on the disk before the call returns."""
    store = Store(tmp_path)
    with store.database.writing() as transaction:
        assert transaction.run("PRAGMA journal_mode") == [("wal",)]
        assert transaction.run("PRAGMA synchronous") == [(2,)]
    store.journal.begin("t1", DIFFERENCES, {})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["journal.gate", FILE]
