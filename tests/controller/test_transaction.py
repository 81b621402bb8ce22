"""A change is made on every device or on none, whatever fails and whenever the process dies."""

from __future__ import annotations

import sqlite3
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from controller.events import Cause, Event, Stopped
from controller.fleet import Fleet
from controller.recovery import recover
from controller.state.journal import Phase
from controller.state.store import Store
from controller.transaction import Change, carry_out
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.plan import Round
from intents.model.state import DeviceState, Difference, Operational
from intents.model.switch import FlowEntry, Meter
from southbound.driver import DeviceUnreachable
from tests.fakes import MemoryDriver, changes

CAMPUS = Campus(
    name="test", segments={}, switches={}, olts={}, onus={}, links=(), places={}, groups={}, classes={}, services={}
)
BEFORE = {
    "s1": DeviceState.of("s1", [FlowEntry(table=0, priority=1, match=())]),
    "s2": DeviceState.of("s2", [Meter(meter_id=1, rate_kbps=10)]),
}
AFTER = {
    "s1": DeviceState.of("s1", [FlowEntry(table=0, priority=2, match=())]),
    "s2": DeviceState.of("s2", [Meter(meter_id=1, rate_kbps=20), Meter(meter_id=2, rate_kbps=5)]),
}
DIFFERENCES = {d: changes(BEFORE[d], AFTER[d]) for d in BEFORE}


def parted(*ops: str) -> Round:
    """Of the change, what is added, modified, removed."""
    found = {device: tuple(d for d in differences if d.op in ops) for device, differences in DIFFERENCES.items()}
    return {device: differences for device, differences in found.items() if differences}


# The same change in one round, device by device, and in rounds in which a device takes its turn twice.
ROUNDS: tuple[tuple[Round, ...], ...] = (
    (DIFFERENCES,),
    ({"s2": DIFFERENCES["s2"]}, {"s1": DIFFERENCES["s1"]}),
    (parted("add"), parted("modify"), parted("remove")),
)


class Bench:
    """Two devices, a journal and the change from BEFORE to AFTER."""

    def __init__(self, folder: Path) -> None:
        self.s1 = MemoryDriver("s1", frozenset({"flow"}), BEFORE["s1"])
        self.s2 = MemoryDriver("s2", frozenset({"meter"}), BEFORE["s2"])
        self.fleet = Fleet(CAMPUS, {"s1": [self.s1], "s2": [self.s2]})
        self.journal = Store(folder).journal
        self.change = Change(token="t1", rounds=ROUNDS[1], askers={}, about={"by": "test"})

    def run(self, *faults: Diagnostic) -> Operational:
        return carry_out(self.fleet, self.journal, self.change, self.fleet.observe(), lambda _: faults)

    def held(self) -> dict[str, DeviceState]:
        return {"s1": self.s1.state, "s2": self.s2.state}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("controller.transaction.SETTLE_S", 0.0)
    return Bench(tmp_path)


def same(a: dict[str, DeviceState], b: dict[str, DeviceState]) -> bool:
    return all(dict(a[d].objects) == dict(b[d].objects) for d in a)


def test_a_good_change_holds_everywhere_and_is_confirmed(bench: Bench) -> None:
    after = bench.run()
    assert same(bench.held(), AFTER)
    assert not bench.s1.unconfirmed and not bench.s2.unconfirmed
    assert not bench.journal.unfinished()
    assert set(after.devices) == {"s1", "s2"}


@pytest.mark.parametrize("device", ["s1", "s2"])
@pytest.mark.parametrize("step", ["prepare", "commit", "lose-reply"])
def test_a_device_that_fails_at_any_step_leaves_every_device_as_it_was(bench: Bench, device: str, step: str) -> None:
    getattr(bench, device).fails.add(step)
    with pytest.raises(ClearwayError):
        bench.run()
    assert same(bench.held(), BEFORE)
    assert not bench.journal.unfinished()


def test_a_device_that_says_yes_and_does_nothing_is_found_out(bench: Bench) -> None:
    bench.s2.lies = True
    with pytest.raises(ClearwayError) as error:
        bench.run()
    assert {d.code for d in error.value.diagnostics} == {"not-as-sent"}
    assert same(bench.held(), BEFORE)


def test_a_change_that_verification_rejects_is_undone(bench: Bench) -> None:
    with pytest.raises(ClearwayError, match="would not hold"):
        bench.run(Diagnostic(code="intent-does-not-hold", message="x would not hold"))
    assert same(bench.held(), BEFORE)


def test_a_device_that_settles_late_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.transaction.SETTLE_S", 5.0)
    monkeypatch.setattr("controller.transaction.SETTLE_STEP_S", 0.0)
    answers = iter([(Diagnostic(code="onu-down", message="not yet"),)] * 3)
    carry_out(bench.fleet, bench.journal, bench.change, bench.fleet.observe(), lambda _: next(answers, ()))
    assert same(bench.held(), AFTER)


def test_round_follows_round_and_is_undone_the_other_way_round(bench: Bench) -> None:
    order: list[str] = []

    def tell(driver: MemoryDriver, step: str) -> None:
        real = getattr(driver, step)

        def told(*args: Any) -> None:
            order.append(f"{driver.device} {step}")
            real(*args)

        setattr(driver, step, told)

    for driver in (bench.s1, bench.s2):
        for step in ("commit", "revert"):
            tell(driver, step)
    with pytest.raises(ClearwayError):
        bench.run(Diagnostic(code="intent-does-not-hold", message="x would not hold"))
    assert order == ["s2 commit", "s1 commit", "s1 revert", "s2 revert"]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_device_whose_turn_comes_twice_is_confirmed_or_undone_as_one(bench: Bench, rounds: tuple[Round, ...]) -> None:
    bench.change = replace(bench.change, rounds=rounds)
    assert {d: set(found) for d, found in bench.change.differences.items()} == {
        d: set(found) for d, found in DIFFERENCES.items()
    }
    with pytest.raises(ClearwayError):
        bench.run(Diagnostic(code="intent-does-not-hold", message="x would not hold"))
    assert same(bench.held(), BEFORE)
    bench.change = replace(bench.change, token="t2")
    bench.run()
    assert same(bench.held(), AFTER)
    assert not bench.s1.unconfirmed and not bench.s2.unconfirmed


def test_what_every_device_does_first_all_have_checked_before_any_does_it(bench: Bench) -> None:
    bench.change = replace(bench.change, rounds=ROUNDS[2])
    bench.s1.fails.add("prepare")
    with pytest.raises(ClearwayError):
        bench.run()
    assert "commit" not in bench.s2.calls


def test_what_is_there_only_between_two_rounds_is_in_the_journal_and_taken_back(bench: Bench) -> None:
    passing = Meter(meter_id=9, rate_kbps=1)
    there = Difference(key=passing.key, before=None, after=passing)
    gone = Difference(key=passing.key, before=passing, after=None)
    bench.change = replace(bench.change, rounds=({"s2": (there,)}, {"s2": (gone, *DIFFERENCES["s2"])}))
    bench.journal.begin("t1", bench.change.differences, {})
    bench.journal.reach("t1", Phase.COMMIT)
    bench.s2.prepare((there,))
    bench.s2.commit("t1", 120)
    bench.s2.unconfirmed.clear()  # no timer
    (unfinished,) = bench.journal.unfinished()
    assert recover(bench.fleet, bench.journal, unfinished) == "reverted"
    assert same(bench.held(), BEFORE)


@pytest.mark.parametrize("phase", [Phase.PLANNED, Phase.PREPARE, Phase.COMMIT, Phase.CHECK, Phase.REVERT])
@pytest.mark.parametrize("committed", [(), ("s1",), ("s1", "s2")])
@pytest.mark.parametrize("timer", [True, False])
def test_after_kill_nine_before_confirm_the_next_start_reverts(
    bench: Bench, phase: Phase, committed: tuple[str, ...], timer: bool
) -> None:
    _die_at(bench, phase, committed, timer=timer)
    (unfinished,) = bench.journal.unfinished()
    assert recover(bench.fleet, bench.journal, unfinished) == "reverted"
    assert same(bench.held(), BEFORE)
    assert not bench.journal.unfinished()


def test_after_kill_nine_while_confirming_the_next_start_finishes(bench: Bench) -> None:
    _die_at(bench, Phase.CONFIRM, ("s1", "s2"), timer=True)
    (unfinished,) = bench.journal.unfinished()
    assert recover(bench.fleet, bench.journal, unfinished) == "finished"
    assert same(bench.held(), AFTER)
    assert not bench.s1.unconfirmed


def test_a_device_that_timed_out_while_confirming_takes_all_back(bench: Bench) -> None:
    _die_at(bench, Phase.CONFIRM, ("s1",), timer=False)
    (unfinished,) = bench.journal.unfinished()
    assert recover(bench.fleet, bench.journal, unfinished) == "reverted"
    assert same(bench.held(), BEFORE)


def test_a_confirmation_that_is_lost_once_is_given_again(bench: Bench) -> None:
    real, said = bench.s2.confirm, iter(["lost"])

    def confirm(token: str) -> None:
        if next(said, None):
            raise DeviceUnreachable(Diagnostic(code="down", message="s2 does not answer"))
        real(token)

    bench.s2.confirm = confirm  # type: ignore[method-assign]
    bench.run()
    assert same(bench.held(), AFTER)
    assert not bench.s2.unconfirmed
    assert not bench.journal.unfinished()


def test_a_device_that_went_down_before_it_was_told_to_keep_the_change_keeps_the_journal_open(bench: Bench) -> None:
    def confirm(token: str) -> None:
        bench.s2.down = True
        raise DeviceUnreachable(Diagnostic(code="down", message="s2 does not answer"))

    real, bench.s2.confirm = bench.s2.confirm, confirm  # type: ignore[method-assign]
    with pytest.raises(ClearwayError) as error:
        bench.run()
    assert "confirm-incomplete" in {d.code for d in error.value.diagnostics}
    (unfinished,) = bench.journal.unfinished()
    bench.s2.down, bench.s2.confirm = False, real  # type: ignore[method-assign]
    bench.s2.revert("t1")  # its time was up
    assert recover(bench.fleet, bench.journal, unfinished) == "reverted"
    assert same(bench.held(), BEFORE)


@pytest.mark.parametrize("word", ["INSERT INTO step", "COMMIT"])
@pytest.mark.parametrize("writes", range(5))
def test_a_disk_that_is_full_stops_the_change_and_undoes_what_was_begun(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, writes: int, word: str
) -> None:
    left = iter(range(writes))

    class Full(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            if sql.startswith(word) and next(left, None) is None:
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *parameters)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Full))
    with pytest.raises(ClearwayError, match="disk is full"):
        bench.run()
    assert same(bench.held(), BEFORE)
    monkeypatch.undo()
    for unfinished in bench.journal.unfinished():
        assert recover(bench.fleet, bench.journal, unfinished) == "reverted"
    assert same(bench.held(), BEFORE)


def test_a_device_that_is_down_during_revert_keeps_the_journal_open(bench: Bench) -> None:
    bench.s2.fails.add("lose-reply")
    real = bench.s1.revert

    def revert(token: str) -> None:
        bench.s1.down = True
        real(token)

    bench.s1.revert = revert  # type: ignore[method-assign]
    with pytest.raises(ClearwayError) as error:
        bench.run()
    assert "revert-incomplete" in {d.code for d in error.value.diagnostics}
    bench.s1.down = False
    (unfinished,) = bench.journal.unfinished()
    bench.s1.revert = real  # type: ignore[method-assign]
    assert recover(bench.fleet, bench.journal, unfinished) == "reverted"
    assert same(bench.held(), BEFORE)


def test_a_change_on_a_device_that_the_campus_no_longer_names_is_not_forgotten(bench: Bench) -> None:
    _die_at(bench, Phase.COMMIT, ("s1", "s2"), timer=False)
    (unfinished,) = bench.journal.unfinished()
    with pytest.raises(ClearwayError, match="s2"):
        recover(Fleet(CAMPUS, {"s1": [bench.s1]}), bench.journal, unfinished)
    assert recover(bench.fleet, bench.journal, unfinished) == "reverted"
    assert same(bench.held(), BEFORE)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, Stopped])
@pytest.mark.parametrize(
    ("at", "device", "ends"),
    [
        (phase, device, AFTER if phase is Phase.CONFIRM else BEFORE)
        for phase in (Phase.PREPARE, Phase.COMMIT, Phase.CHECK, Phase.CONFIRM)
        for device in (("",) if phase is Phase.CHECK else ("", "s1", "s2"))
    ],
)
def test_who_stops_a_change_gets_the_old_state_or_where_it_is_too_late_the_new(
    bench: Bench, at: Phase, device: str, ends: dict[str, DeviceState], stop: type[BaseException]
) -> None:
    """Stopped is raised over and over, as by a caller who is gone; Ctrl-C is pressed once."""
    stopped: list[Event] = []

    def listen(event: Event) -> None:
        if (stop is Stopped) if stopped else (event.phase, event.device) == (at, device):
            stopped.append(event)
            raise stop

    before = bench.fleet.observe()
    with nullcontext() if ends is AFTER else pytest.raises(ClearwayError, match="stopped by hand"):
        carry_out(bench.fleet, bench.journal, bench.change, before, lambda _: (), listen)
    assert stopped
    assert same(bench.held(), ends)
    assert not bench.journal.unfinished()


def test_a_change_is_told_phase_by_phase_and_device_by_device(bench: Bench) -> None:
    told: list[Event] = []
    carry_out(bench.fleet, bench.journal, bench.change, bench.fleet.observe(), lambda _: (), told.append)
    assert [e.phase for e in told if not e.device] == [
        Phase.PREPARE,
        Phase.COMMIT,
        Phase.COMMIT,
        Phase.CHECK,
        Phase.CONFIRM,
        Phase.DONE,
    ]
    assert [(e.device, e.round, e.rounds, e.done, e.total) for e in told if e.phase is Phase.COMMIT] == [
        ("", 1, 2, 0, 2),
        ("s2", 1, 2, 1, 2),
        ("", 2, 2, 1, 2),
        ("s1", 2, 2, 2, 2),
    ]
    assert {e.token for e in told} == {"t1"}
    assert all(earlier.at <= later.at for earlier, later in pairwise(told))


def test_an_undoing_is_told_with_its_cause(bench: Bench) -> None:
    told: list[Event] = []
    bench.s1.fails.add("commit")
    with pytest.raises(ClearwayError):
        carry_out(bench.fleet, bench.journal, bench.change, bench.fleet.observe(), lambda _: (), told.append)
    assert [(e.phase, e.device, e.cause) for e in told][-4:] == [
        (Phase.REVERT, "", Cause.FAULT),
        (Phase.REVERT, "s1", Cause.FAULT),
        (Phase.REVERT, "s2", Cause.FAULT),
        (Phase.REVERTED, "", None),
    ]


def test_who_presses_ctrl_c_while_it_is_judged_gets_the_old_state(bench: Bench) -> None:
    def judge(_: Operational) -> tuple[Diagnostic, ...]:
        raise KeyboardInterrupt

    with pytest.raises(ClearwayError, match="stopped by hand"):
        carry_out(bench.fleet, bench.journal, bench.change, bench.fleet.observe(), judge)
    assert same(bench.held(), BEFORE)


def test_what_belongs_to_others_is_left_alone(bench: Bench) -> None:
    foreign = FlowEntry(table=9, priority=9, match=(), cookie=7)
    bench.s1.state = DeviceState.of("s1", [*BEFORE["s1"].objects.values(), foreign])
    bench.run()
    assert bench.s1.state.objects[foreign.key] == foreign


def _die_at(bench: Bench, phase: Phase, committed: tuple[str, ...], *, timer: bool) -> None:
    """The journal and the devices as kill -9 leaves them. Without a timer a device has nothing to cancel."""
    bench.journal.begin("t1", DIFFERENCES, {})
    for reached in (Phase.PREPARE, Phase.COMMIT, Phase.CHECK, Phase.CONFIRM):
        if phase is Phase.PLANNED:
            break
        bench.journal.reach("t1", reached)
        if reached is phase:
            break
    if phase is Phase.REVERT:
        bench.journal.reach("t1", Phase.REVERT)
    for name in committed:
        driver: MemoryDriver = getattr(bench, name)
        driver.prepare(DIFFERENCES[name])
        driver.commit("t1", 120)
        if not timer:
            driver.unconfirmed.clear()


def test_differences_survive_the_journal(bench: Bench) -> None:
    bench.journal.begin("t2", DIFFERENCES, {})
    (unfinished,) = bench.journal.unfinished()
    assert unfinished.differences == DIFFERENCES
    assert all(isinstance(d, Difference) for ds in unfinished.differences.values() for d in ds)
