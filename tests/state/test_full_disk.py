"""Fault 20: the disk is full. What cannot be written down is not begun; what is there can be read."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from controller.state.journal import Phase
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError
from intents.model.state import Difference
from intents.model.switch import Meter

METER = Meter(meter_id=7, rate_kbps=4_000)
DIFFERENCES = {"s1": (Difference(METER.key, None, METER),)}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of one MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "clearway-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(words, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted here (not root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Until nothing goes in any more."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return filler


def test_a_change_is_refused_on_a_full_disk_and_what_is_there_is_read(small: Path) -> None:
    store = Store(small)
    store.journal.begin("t1", DIFFERENCES, {"by": "ann"})
    store.journal.reach("t1", Phase.COMMIT)
    store.records.put("kind", "a", {"n": 1})
    filler = fill(small)
    for job in (
        lambda: store.journal.begin("t2", DIFFERENCES, {}),
        lambda: store.journal.reach("t1", Phase.CHECK),
        lambda: store.records.put("kind", "b", {}),
    ):
        with pytest.raises(ClearwayError) as error:
            job()
        assert error.value.diagnostics[0].code == "journal-write"
    (unfinished,) = store.journal.unfinished()
    assert (unfinished.token, unfinished.phase) == ("t1", Phase.COMMIT)
    assert [r.name for r in store.records.all("kind")] == ["a"]
    filler.unlink()
    store.journal.reach("t1", Phase.REVERTED)
    store.journal.begin("t2", DIFFERENCES, {})
    assert [u.token for u in store.journal.unfinished()] == ["t2"]
