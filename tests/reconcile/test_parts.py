"""The parts of the reconciler that need no device: its clock, its patience, and when it gives up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from controller.service.reconcile.backoff import Backoff
from controller.service.reconcile.clock import LASTS_S, Clock
from controller.service.reconcile.guard import Guard
from controller.service.reconcile.retries import Retries
from intents.model.evidence import Drift, DriftKind

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Time:
    """Two clocks that a test turns."""

    def __init__(self) -> None:
        self.wall, self.steady = NOON, 0.0

    def passes(self, seconds: float, *, wall: float | None = None) -> None:
        self.steady += seconds
        self.wall += timedelta(seconds=seconds if wall is None else wall)


def made(time: Time) -> Clock:
    return Clock(lambda: time.wall, lambda: time.steady)


def test_the_clock_goes_with_the_wall_and_its_small_corrections() -> None:
    time = Time()
    clock = made(time)
    for _ in range(100):
        time.passes(60, wall=61)
        assert clock.now() == time.wall
    assert clock.jump is None


def test_a_jump_is_not_followed_until_it_has_lasted() -> None:
    time = Time()
    clock = made(time)
    time.passes(1, wall=10 * 3600)
    assert clock.now() == NOON + timedelta(seconds=1)
    assert clock.jump is not None and clock.jump > timedelta(hours=9)
    time.passes(LASTS_S - 2)
    assert clock.now() == NOON + timedelta(seconds=LASTS_S - 1)
    time.passes(2)
    assert clock.now() == time.wall
    assert clock.jump is None


def test_a_jump_that_is_taken_back_was_none() -> None:
    time = Time()
    clock = made(time)
    time.passes(1, wall=-86400)
    assert clock.now() == NOON + timedelta(seconds=1)
    time.passes(1, wall=86402)
    assert clock.now() == time.wall
    assert clock.jump is None


@given(st.integers(0, 40), st.integers())
def test_waits_grow_to_the_most_and_are_never_the_same_for_two(failures: int, seed: int) -> None:
    one, other = (Backoff(0.5, 30, Random(s)) for s in (seed, seed + 1))  # noqa: S311 - jitter
    waits = [(one.failed(), other.failed()) for _ in range(failures + 1)]
    longest = min(30, 0.5 * 2**failures)
    assert all(longest / 2 <= wait <= longest for wait in waits[-1])
    assert waits[-1][0] != waits[-1][1]
    one.worked()
    assert one.failed() <= 0.5


def drift(name: str) -> Drift:
    return Drift(device="core-1", key=("flow", name), name=name, kind=DriftKind.CHANGED)


def test_what_is_fought_over_is_left_until_it_is_gone() -> None:
    guard = Guard(3, 600)
    a, b = drift("a"), drift("b")
    for now in (0.0, 1.0, 2.0):
        assert guard.left("core-1", [a, b], now) == ()
        guard.repaired("core-1", [a], now)
    assert guard.left("core-1", [a, b], 3) == (a,)
    assert guard.left("core-1", [a], 10_000) == (a,), "also when the times are long ago"
    assert guard.left("core-1", [], 10_001) == ()
    assert guard.left("core-1", [a], 10_002) == ()


def test_repairs_far_apart_are_no_fight() -> None:
    guard = Guard(3, 600)
    for hour in range(50):
        assert guard.left("core-1", [drift("a")], hour * 3600.0) == ()
        guard.repaired("core-1", [drift("a")], hour * 3600.0)


def test_each_thing_that_failed_waits_for_itself() -> None:
    time = Time()
    retries = Retries(1, 60, Random(0), lambda: time.steady)  # noqa: S311 - jitter
    retries.failed("a")
    assert (retries.due("a"), retries.due("b")) == (False, True)
    time.passes(1)
    assert retries.due("a")
    retries.worked("a")
    assert not retries.is_second("a")
    assert [retries.once("x", 10), retries.once("x", 10)] == [True, False]
