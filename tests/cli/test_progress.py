"""How a change is told: a bar on a terminal, a line a phase elsewhere, a JSON object an event for machines."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.cli.progress import telling
from controller.events import Cause, Event
from controller.state.journal import Phase
from intents.model.diagnostic import ClearwayError

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
COMMIT = Event(token="t1", phase=Phase.COMMIT, devices=("core-1", "olt-1"), total=4, round=1, rounds=2, at=AT)
THROUGH = Event(
    token="t1", phase=Phase.COMMIT, device="olt-1", devices=COMMIT.devices, done=1, total=4, round=1, rounds=2, at=AT
)
REVERT = Event(token="t1", phase=Phase.REVERT, devices=COMMIT.devices, total=4, cause=Cause.STOPPED, at=AT)
END = Event(token="t1", phase=Phase.REVERTED, at=AT)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def tell(*told: Event, as_json: bool = False, events: str | None = None) -> None:
    with telling(as_json=as_json, events=events) as progress:
        for event in told:
            progress(event)


def test_a_line_a_phase_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    tell(COMMIT, THROUGH, REVERT, END)
    assert capsys.readouterr().err.splitlines() == [
        "  committing, round 1 of 2, to be undone unless confirmed ...",
        "  stopped: reverting every device ...",
    ]


def test_a_bar_on_a_terminal_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    tell(COMMIT, THROUGH, END)
    drawn = terminal.getvalue().split("\r\x1b[K")
    assert drawn == [
        "",
        "  [....................] 0/4  committing, round 1 of 2, to be undone unless confirmed",
        "  [#####...............] 1/4  committing, round 1 of 2, to be undone unless confirmed (olt-1)",
        "",
    ]


def test_a_json_object_an_event_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "events"
    tell(THROUGH, REVERT, as_json=True, events=str(path))
    first, second = map(json.loads, path.read_text().splitlines())
    assert first == {
        "schemaVersion": 1,
        "time": "2026-01-02T03:04:05.678+00:00",
        "token": "t1",
        "phase": "commit",
        "device": "olt-1",
        "devices": ["core-1", "olt-1"],
        "done": 1,
        "total": 4,
        "round": 1,
        "rounds": 2,
    }
    assert (second["device"], second["cause"]) == (None, "stopped")
    assert capsys.readouterr().err == ""


def test_events_on_stderr_take_the_place_of_words(capsys: pytest.CaptureFixture[str]) -> None:
    tell(COMMIT, events="-")
    assert json.loads(capsys.readouterr().err)["phase"] == "commit"


def test_a_file_that_cannot_be_written_is_named_before_anything_begins(tmp_path: Path) -> None:
    with pytest.raises(ClearwayError, match="cannot be written"):
        tell(events=str(tmp_path / "nowhere" / "events"))


def test_a_full_disk_ends_the_telling_and_not_the_change() -> None:
    tell(COMMIT, THROUGH, as_json=True, events="/dev/full")
