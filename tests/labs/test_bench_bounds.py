"""What the bench takes out of a verdict, and what it says when a run was slower than was proven."""

from __future__ import annotations

from typing import Any

from labs.bench.ct import ALONE_S, Report, bounds
from labs.bench.stage import Arm


def evidence(source: str, destination: str, completion_us: int | None) -> dict[str, Any]:
    return {"evidence": [{"bound": {"from": source, "to": destination, "completionUs": completion_us}}, {}]}


def test_the_longest_delivery_of_a_way_is_its_bound() -> None:
    said = [evidence("a", "b", 900_000), evidence("a", "b", 950_000), evidence("b", "a", None)]
    assert bounds(said) == {("a", "b"): 0.95}


def test_a_run_slower_than_proven_misses_the_target() -> None:
    report = Report(scale=20, arms={"xgs_intents": Arm(name="xgs_intents", seconds=(0.5, 0.6, 1.2), bound_s=0.9)})
    reached = {target.figure: is_reached for target, _, is_reached in report.targets()}
    assert report.figures["bound_over_measured"] == 1.5
    assert reached["bound_over_measured"]
    assert not reached["bound_over_worst"]
    assert not report.as_json()["ok"]


def test_a_bound_far_above_what_was_measured_misses_the_target() -> None:
    report = Report(scale=20, arms={"up_xgs_intents": Arm(name="xgs_intents", seconds=(0.5,), bound_s=0.9)})
    assert [t.figure for t, _, is_reached in report.targets() if not is_reached] == ["up_bound_over_measured"]


def test_what_an_idle_transfer_takes_beyond_the_network_is_the_machines() -> None:
    slow = Arm(name="xgs_intents", seconds=(0.8, 0.9), bound_s=0.85)
    idle = Arm(name="idle", seconds=(ALONE_S + 0.1,))
    report = Report(scale=20, arms={"xgs_intents": slow, "idle": idle})
    assert report.figures["slack_s"] == 0.1
    assert report.figures["bound_over_worst"] == round(0.85 / 0.8, 2)
    quick = Report(scale=20, arms={"xgs_intents": slow, "idle": Arm(name="idle", seconds=(ALONE_S - 0.1,))})
    assert quick.figures["bound_over_worst"] == round(0.85 / 0.9, 2)
