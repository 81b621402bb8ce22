"""Faults by the hundred, drawn by seed, at every step of a change and of its recovery, on virtual time.

Each seed makes up what goes wrong: a device refuses, loses the reply, hangs, says yes and does nothing, restarts empty,
or is down for a while; the process is killed (kill -9) before or after a step is in the journal, or in the middle of a
call. Afterwards the devices are well, time passes until no timer runs, and the next start recovers: then every device
holds the old state, or every device the new one.

CLEARWAY_SEEDS=20000 tries more.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from controller.fleet import Fleet
from controller.recovery import recover
from controller.state.journal import Journal, Phase
from controller.state.sqlite import SqliteDatabase
from controller.transaction import Change, carry_out
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.state import DeviceState, Difference, Observation, patch
from southbound.driver import DeviceUnreachable, OutcomeUnknown
from tests.controller.test_transaction import AFTER, BEFORE, CAMPUS, ROUNDS, same
from tests.fakes import MemoryDriver, refusal

SEEDS = int(os.environ.get("CLEARWAY_SEEDS", "1000"))
HANG_S = 40.0
FAULTS = {
    "observe": ("lose", "hang", "down"),
    "prepare": ("refuse", "lose", "hang", "reboot", "down"),
    "commit": ("refuse", "lose", "lose-reply", "hang", "lie", "reboot", "down"),
    "confirm": ("lose", "lose-reply", "hang", "down"),
    "revert": ("lose", "lose-reply", "hang", "down"),
}


class Killed(BaseException):
    """The process is gone: nothing may catch it."""


@dataclass
class Clock:
    """The time that all devices share."""

    now_s: float = 0.0


@dataclass
class Chance:
    """What goes wrong with one device or with the process: its own draws, so that a seed is the same story again
    however threads take turns."""

    random: Random
    left: int  # how often something may still go wrong
    history: list[str] = field(default_factory=list)

    def fault(self, step: str) -> str:
        """What goes wrong with a call, or nothing."""
        if self.left and self.random.random() < 0.25:
            self.left -= 1
            chosen = self.random.choice((*FAULTS[step], "kill"))
            self.history.append(f"{step}: {chosen}")
            return chosen
        return ""

    def may_kill(self, where: str) -> None:
        """Perhaps this was the process's last step."""
        if self.left and self.random.random() < 0.1:
            self.left -= 1
            self.history.append(f"killed {where}")
            raise Killed(where)


class FaultyDriver(MemoryDriver):
    """A device with faults by chance. With a timer it undoes by itself what is not confirmed in time."""

    def __init__(self, clock: Clock, chance: Chance, device: str, kind: str, *, timer: bool) -> None:
        super().__init__(device, frozenset({kind}), BEFORE[device])
        self.clock, self.chance, self.timer = clock, chance, timer
        self.due_s: dict[str, float] = {}
        self.down_calls = 0

    def expire(self) -> None:
        """Undo what was not confirmed in time."""
        for token, due in sorted(self.due_s.items()):
            if self.clock.now_s > due:
                super().revert(token)
                del self.due_s[token]

    def call(self, step: str, job: Callable[[], None]) -> None:
        """Do the job, or what goes wrong instead."""
        self.clock.now_s += 0.01
        self.expire()
        if self.down_calls:
            self.down_calls -= 1
            raise self.unreachable()
        fault = self.chance.fault(step)
        even = fault in ("kill", "hang") and self.chance.random.random() < 0.5  # it may have been done before that
        if even or fault in ("lose-reply", ""):
            job()
        if fault == "kill":
            raise Killed(step)
        if fault == "hang":
            self.clock.now_s += HANG_S
        if fault == "refuse":
            raise refusal(self.device, step)
        if fault == "reboot":
            self.reboot()
        if fault == "down":
            self.down_calls = 2
        if fault in ("lose", "lose-reply", "hang", "reboot", "down"):
            raise self.unknown() if step == "commit" else self.unreachable()

    def reboot(self) -> None:
        """Comes up with what was confirmed (a timer's device keeps that), or with nothing (a switch)."""
        self.staged = ()
        if self.timer:
            for token in list(self.due_s):
                super().revert(token)
            self.due_s.clear()
        else:
            self.state = DeviceState(device=self.device)
            self.unconfirmed.clear()

    def unreachable(self) -> DeviceUnreachable:
        return DeviceUnreachable(Diagnostic(code="down", message=f"{self.device} does not answer"))

    def unknown(self) -> OutcomeUnknown:
        return OutcomeUnknown(Diagnostic(code="lost", message=f"{self.device}: the reply was lost"))

    def observe(self) -> Observation:
        self.call("observe", lambda: None)
        return super().observe()

    def prepare(self, differences: Sequence[Difference]) -> None:
        self.call("prepare", lambda: MemoryDriver.prepare(self, differences))

    def commit(self, token: str, timeout_s: int) -> None:
        def job() -> None:
            if self.due_s and token not in self.due_s:  # RFC 6241, 8.4: only who knows the persist-id may commit now
                raise refusal(self.device, "commit while another commit waits to be confirmed")
            before, self.state = self.state, patch(self.state, self.staged)
            self.unconfirmed.setdefault(token, before)
            self.staged = ()
            if self.timer:
                self.due_s[token] = self.clock.now_s + timeout_s

        self.call("commit", job)

    def confirm(self, token: str) -> None:
        self.call("confirm", lambda: self._kept(token))

    def _kept(self, token: str) -> None:
        if self.timer and token not in self.due_s:
            raise refusal(self.device, "confirm what does not wait")
        self.due_s.pop(token, None)
        self.unconfirmed.pop(token, None)

    def revert(self, token: str) -> None:
        def job() -> None:
            self.due_s.pop(token, None)
            MemoryDriver.revert(self, token)

        self.call("revert", job)


class MortalJournal(Journal):
    """A journal whose process may be killed before or after any step."""

    def __init__(self, folder: Path, chance: Chance) -> None:
        super().__init__(SqliteDatabase(folder))
        self.chance = chance

    def reach(self, token: str, phase: Phase, sessions: Mapping[str, str] | None = None) -> None:
        self.chance.may_kill(f"before {phase}")
        super().reach(token, phase, sessions)
        self.chance.may_kill(f"after {phase}")


@contextmanager
def process(drivers: dict[str, FaultyDriver]) -> Iterator[Fleet]:
    """One process of Clearway. What its drivers only remember (a switch's way back) dies with it."""
    fleet = Fleet(CAMPUS, {name: [driver] for name, driver in drivers.items()})
    try:
        yield fleet
    finally:
        fleet.close()
        for driver in drivers.values():
            driver.staged = ()
            if not driver.timer:
                driver.unconfirmed.clear()


@dataclass
class Story:
    """One schedule: its devices and its journal."""

    seed: int
    folder: Path

    def __post_init__(self) -> None:
        self.clock = Clock()
        chance = {who: Random(f"{self.seed}/{who}") for who in ("s1", "s2", "process")}  # noqa: S311 - to be repeated
        self.chances = {who: Chance(random, random.randrange(4)) for who, random in chance.items()}
        self.drivers = {
            name: FaultyDriver(self.clock, self.chances[name], name, kind, timer=timer)
            for name, kind, timer in (("s1", "flow", False), ("s2", "meter", True))
        }
        self.journal = MortalJournal(self.folder, self.chances["process"])

    def tell(self) -> None:
        """The change, starts that may fail in their turn, and a start on devices that are well."""
        with suppress(ClearwayError, Killed), process(self.drivers) as fleet:
            change = Change(token="t1", rounds=ROUNDS[self.seed % len(ROUNDS)], askers={}, about={"by": "test"})
            carry_out(fleet, self.journal, change, fleet.observe(), lambda _: ())
        for _ in range(2):
            with suppress(ClearwayError, Killed):
                self.start()
        self.all_well()
        self.start()

    def start(self) -> None:
        """What every start does first."""
        with process(self.drivers) as fleet:
            for unfinished in self.journal.unfinished():
                recover(fleet, self.journal, unfinished)

    def all_well(self) -> None:
        """Nothing goes wrong any more, and every timer has run out."""
        for chance in self.chances.values():
            chance.left = 0
        self.clock.now_s += 1_000
        for driver in self.drivers.values():
            driver.down_calls = 0
            driver.expire()

    def __str__(self) -> str:
        return f"seed {self.seed}: { ({who: chance.history for who, chance in self.chances.items()}) }"


@pytest.mark.parametrize("block", range(10))
def test_every_device_holds_the_old_state_or_every_device_the_new(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.transaction.SETTLE_S", 0.0)
    before = set(threading.enumerate())
    ends = set()
    for seed in range(block, SEEDS, 10):
        story = Story(seed, tmp_path / str(seed))
        story.tell()
        last = story.journal.last()
        ended = last["phase"] if last is not None else "never begun"
        assert ended in ("done", "reverted", "never begun"), str(story)
        held = {name: driver.state for name, driver in story.drivers.items()}
        assert same(held, AFTER if ended == "done" else BEFORE), f"{story}, {ended}"
        ends.add(ended)
    assert ends >= {"done", "reverted"}
    for thread in set(threading.enumerate()) - before:  # a closed fleet does not wait for those that end by themselves
        thread.join(5)
        assert not thread.is_alive(), thread.name
