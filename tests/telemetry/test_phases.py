"""The events of a change, folded into stretches of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from controller.events import Cause, Event
from controller.state.journal import Phase
from controller.telemetry.phases import Phases, Stretch

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def told(phases: Phases, events: list[Event]) -> list[tuple[str, str, float, float, bool]]:
    return [_short(s) for event in events for s in phases.hear(event)]


def _short(s: Stretch) -> tuple[str, str, float, float, bool]:
    begin, end = ((t - START).total_seconds() for t in (s.begin, s.end))
    return s.name, s.device, begin, end, s.through


def event(phase: Phase, seconds: float, device: str = "", done: int = 0, **more: object) -> Event:
    return Event(token="t", phase=phase, at=at(seconds), device=device, devices=("a", "b"), done=done, total=2, **more)  # type: ignore[arg-type]


def test_a_change_that_goes_well() -> None:
    phases = Phases(START)
    found = told(
        phases,
        [
            event(Phase.PREPARE, 3),
            event(Phase.PREPARE, 3.5, "b", 1),
            event(Phase.PREPARE, 4, "a", 2),
            event(Phase.COMMIT, 4, round=1),
            event(Phase.COMMIT, 4.5, "a", 1),
            event(Phase.COMMIT, 5, round=2),
            event(Phase.COMMIT, 6, "b", 2),
            event(Phase.CHECK, 6),
            event(Phase.CHECK, 6.5, "a", 1),
            event(Phase.CHECK, 7, "b", 2),
            event(Phase.CONFIRM, 8),
            event(Phase.CONFIRM, 8.1, "a", 1),
            event(Phase.CONFIRM, 8.2, "b", 2),
            event(Phase.DONE, 8.5),
        ],
    )
    assert found == [
        ("plan", "", 0, 3, True),
        ("prepare", "a", 3, 4, True),
        ("prepare", "b", 3, 3.5, True),
        ("prepare", "", 3, 4, True),
        ("commit", "a", 4, 4.5, True),
        ("commit", "b", 4, 5, False),
        ("commit", "", 4, 5, False),
        ("commit", "a", 5, 6, False),
        ("commit", "b", 5, 6, True),
        ("commit", "", 5, 6, False),
        ("check", "a", 6, 6.5, True),
        ("check", "b", 6, 7, True),
        ("check", "", 6, 7, True),
        ("verify", "", 7, 8, True),
        ("confirm", "a", 8, 8.1, True),
        ("confirm", "b", 8, 8.2, True),
        ("confirm", "", 8, 8.5, True),
    ]
    assert phases.end(at(9)) == ()


def test_a_refusal_shows_the_device_that_did_not_come_through_and_the_way_back() -> None:
    phases = Phases(START)
    found = told(
        phases,
        [
            event(Phase.PREPARE, 1),
            event(Phase.PREPARE, 2, "a", 1),
            event(Phase.REVERT, 4, cause=Cause.FAULT),
            event(Phase.REVERTED, 5),
        ],
    )
    assert ("prepare", "a", 1, 2, True) in found
    assert ("prepare", "b", 1, 4, False) in found
    assert ("revert", "", 4, 5, False) in found


def test_what_is_refused_before_any_device_was_only_planned() -> None:
    phases = Phases(START)
    assert [_short(s) for s in phases.end(at(2))] == [("plan", "", 0, 2, True)]
    assert phases.end(at(3)) == ()
    assert Phases(START, planned=True).end(at(1)) == ()
