"""The proof by two processes says what the proof by one does, whatever becomes of the second."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from controller import proving
from controller.proving import prove
from intents.model.state import Operational
from intents.verify import Task, second, verify
from intents.verify.beside import OfAnybody, Own
from tests.compile.campuses import observed
from tests.verify.faults import faults
from tests.verify.test_mutations import CAMPUS, INTENTS, STATES

CORRECT = observed(STATES, CAMPUS)


def with_fault(seed: int) -> Task:
    """The network with a fault that some intent does not survive, or none does."""
    (fault,) = islice(faults(STATES, Random(seed)), 1)  # noqa: S311 - no secrets
    seen = observed({fault.state.device: fault.state}, CAMPUS).devices
    return Task(CAMPUS, INTENTS, Operational(devices={**CORRECT.devices, **seen}), STATES)


class Done:
    """A second prover that has done all of its work already."""

    def __init__(self, task: Task) -> None:
        pieces = list(second(task))
        self.owns = {piece.name: piece.own for piece in pieces if piece.own is not None}
        self.of_anybody = next((piece.anybody for piece in pieces if piece.anybody is not None), None)

    def own(self, name: str) -> Own | None:
        return self.owns.get(name)

    def anybody(self) -> Mapping[str, OfAnybody] | None:
        return self.of_anybody


def test_what_the_second_process_finds_is_taken_over() -> None:
    task = Task(CAMPUS, INTENTS, CORRECT, STATES)
    assert Done(task).owns
    assert prove(task, large=0) == verify(*task)
    assert verify(*task).holds


def test_whatever_is_wrong_both_ways_say_the_same() -> None:
    failing = 0
    for seed in range(5):
        task = with_fault(seed)
        alone = verify(*task)
        assert verify(*task, beside=Done(task)) == alone
        failing += not alone.holds
    assert failing


def test_counterexamples_come_from_the_second_process_whole() -> None:
    task = next(task for task in map(with_fault, range(12)) if not verify(*task).holds)
    assert prove(task, large=0) == verify(*task)


def test_ways_that_are_to_be_shown_are() -> None:
    task = Task(CAMPUS, INTENTS, CORRECT, STATES)
    shown = tuple(resolved.name for resolved in INTENTS)
    found = prove(task, shown, large=0)
    assert found == verify(*task, shown=shown)
    assert any(intent.paths for intent in found.intents)


@pytest.mark.parametrize("program", ["/bin/false", "/bin/cat", "/nowhere"])
def test_a_second_process_that_is_none_is_done_without(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path(program).exists() and program != "/nowhere":
        pytest.skip(f"no {program} here")
    monkeypatch.setattr(sys, "executable", program)
    task = Task(CAMPUS, INTENTS, CORRECT, STATES)
    assert prove(task, large=0) == verify(*task)


def test_a_second_process_that_says_nothing_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(silent))
    monkeypatch.setattr(proving, "PATIENCE_S", 0.1)
    task = Task(CAMPUS, INTENTS, CORRECT, STATES)
    assert prove(task, large=0) == verify(*task)


def test_who_proves_beside_others_takes_no_processor_from_them() -> None:
    task, before = Task(CAMPUS, INTENTS, CORRECT, STATES), proving.has_spare()
    with proving.alone():
        assert not proving.has_spare()
        assert prove(task, large=0) == verify(*task)
    assert proving.has_spare() is before
