"""The bench of twins, small: what it times is a whole change on real devices, and its parts make up the whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from labs.bench.twin import hospital
from labs.campus import HOSPITAL, Size

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def event(second: float, phase: str, device: str | None = None, done: int = 0, total: int = 2) -> dict[str, Any]:
    time = (BEGAN + timedelta(seconds=second)).isoformat()
    return {"time": time, "phase": phase, "device": device, "done": done, "total": total}


def test_parts_of_a_change_are_timed_one_after_the_other() -> None:
    told = [
        event(2, "prepare"),
        event(5, "commit"),
        event(6, "commit", "olt", 1),
        event(7, "commit"),  # the second round
        event(9, "check"),
        event(10, "check", "olt", 1),
        event(12, "check", "core", 2),
        event(20, "check"),  # an ONU was not up yet: judged once more
        event(21, "check", "core", 2),
        event(23, "confirm"),
        event(24, "done"),
    ]
    found = hospital.phases(told, BEGAN, BEGAN + timedelta(seconds=26))
    assert found == {"plan": 2, "prepare": 3, "commit": 4, "read_back": 4, "proof": 10, "confirm": 1, "told": 2}


def test_a_small_hospital_is_brought_up_applied_and_proven() -> None:
    said: list[str] = []
    found = hospital.measure(said.append, Size(sites=1, onus=16, places=40, intents=12), loopback=True)
    assert found["intents"] == 12
    assert found["objects"] > 16
    parts = [found[f"{name}_s"] for name in ("plan", "prepare", "commit", "read_back", "proof", "confirm", "told")]
    assert abs(sum(parts) - found["s"]) < 0.1
    assert found["devices_processor_s"] > 0
    assert 0 < found["controller_processor_s"] < 2 * found["s"]


@pytest.mark.slow
def test_the_whole_hospital_is_applied_and_proven() -> None:
    found = hospital.measure([].append, loopback=True)
    assert found["intents"] == HOSPITAL.intents
    assert found["objects"] > 40_000


@pytest.mark.lab
@pytest.mark.slow
def test_on_the_pon_that_carries_packets_a_day_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hospital, "HOUR_S", 0.25)
    said: list[str] = []
    found = hospital.measure(said.append, Size(sites=1, onus=32, places=120, intents=100))
    assert found["intents"] == 100
    assert found["day_services"] > 2
    assert any("desks: hospital information system" in line for line in said)
