"""The journal is whole after kill -9 at any moment, for any process, and says what it cannot read."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from controller.journal import FILE, Journal, Phase
from intents.model.diagnostic import ClearwayError
from intents.model.state import Difference
from intents.model.switch import Meter
from tests.conftest import REPO

METER = Meter(meter_id=7, rate_kbps=4_000)
DIFFERENCES = {"s1": (Difference(METER.key, None, METER),), "s2": ()}

# Writes changes without end, and says each step once the journal has it.
WRITER = """
import sys
from itertools import count
from pathlib import Path
from controller.journal import Journal, Phase
journal = Journal(Path(sys.argv[1]))
for number in count():
    token = f"t{number:06}"
    journal.begin(token, {"s1": ()}, {"by": "test"})
    print(token, "planned", flush=True)
    for phase in (Phase.PREPARE, Phase.COMMIT, Phase.CHECK, Phase.CONFIRM, Phase.DONE):
        journal.reach(token, phase)
        print(token, phase, flush=True)
"""


def test_what_was_begun_is_read_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert (journal.unfinished(), journal.last()) == ((), None)
    assert not (tmp_path / FILE).exists()
    journal.begin("t1", DIFFERENCES, {"by": "ann"})
    journal.reach("t1", Phase.PREPARE)
    (found,) = Journal(tmp_path).unfinished()
    assert (found.token, found.phase, found.differences) == ("t1", Phase.PREPARE, DIFFERENCES)
    journal.reach("t1", Phase.DONE)
    assert not journal.unfinished()
    assert journal.last() == {"token": "t1", "phase": "done", "by": "ann"}


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
    journal = Journal(tmp_path)
    last = journal.last()
    assert last is not None
    phases = list(Phase)
    assert (last["token"], phases.index(last["phase"])) >= (token, phases.index(Phase(phase)))
    assert len(journal.unfinished()) <= 1
    journal.begin("u", DIFFERENCES, {})  # and it can be written on


def test_many_threads_write_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: journal.begin(f"t{n:02}", DIFFERENCES, {}), range(24)))
    assert [u.token for u in journal.unfinished()] == [f"t{n:02}" for n in range(24)]


@pytest.mark.parametrize("keep", [0, 100, 5_000])
def test_a_damaged_file_is_said_and_not_touched(tmp_path: Path, keep: int) -> None:
    journal = Journal(tmp_path)
    journal.begin("t1", DIFFERENCES, {})
    damaged = journal.path.read_bytes()[:keep] + b"\xff" * 20_000
    journal.path.write_bytes(damaged)
    for job in (journal.unfinished, journal.last, lambda: journal.reach("t1", Phase.DONE)):
        with pytest.raises(ClearwayError, match="is damaged"):
            job()
    assert journal.path.read_bytes() == damaged


def test_a_file_of_another_version_is_not_guessed_at(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin("t1", DIFFERENCES, {})
    database = sqlite3.connect(journal.path)
    database.execute("PRAGMA user_version = 9")
    database.close()
    for job in (journal.unfinished, lambda: journal.begin("t2", DIFFERENCES, {})):
        with pytest.raises(ClearwayError, match="another version"):
            job()
