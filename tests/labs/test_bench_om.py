"""The twelve tasks: how lines are counted, that they are done and undone, and that mistakes are caught."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from labs.bench.om import bench, oltcli, wing
from labs.bench.om.bench import Outcome, figures
from labs.bench.om.tasks import questions, tasks
from labs.bench.om.typed import Texts, Typed, on_command_line, typed
from labs.bench.om.wing import Doors
from tests.conftest import REPO

BENCH = (sys.executable, "-c", "from labs.cli import bench; bench()")
DOORS = Doors(netconf=(1, 2), ovsdb=3, openflow=4, keys="keys")


def test_a_line_that_is_changed_is_one_line() -> None:
    before = {"a": "one\ntwo\nthree\n"}
    assert typed(before, {"a": "one\n2\nthree\n"}, []).lines == ("+ 2",)
    assert typed(before, {"a": "one\n2\n2b\nthree\n"}, []).lines == ("+ 2", "+ 2b")
    assert typed(before, {"a": "one\nthree\n"}, []).lines == ("- two",)
    assert typed(before, {"a": "1\nthree\n"}, []).lines == ("+ 1", "- two")
    assert typed(before, {**before, "b": "new\n"}, [("clearway", "apply", "wing")]).count == 2


def test_words_are_counted_alike_on_both_sides() -> None:
    yaml = typed({"a": ""}, {"a": 'bed-7: {port: "onu-7:1", segment: clinical}\n'}, [])
    assert yaml.words == 6  # bed-7 port onu-7 1 segment clinical
    assert on_command_line(["vlan 200 smart"]).words == 3
    assert Typed(lines=("- gone for good",)).words == 0


def test_what_is_listed_takes_no_more_than_public_notes_have() -> None:
    for task in tasks(32, DOORS):
        listed, known = len(task.cli), oltcli.published(task.name, 32)
        assert known is not None
        assert listed > 0
        assert listed <= known, task.name
        found = _outcome(task.name, task.cli)
        assert (found.cli_lines, found.cli_at_best) == (known, listed)
    names = [t.name for t in tasks(32, DOORS)] + [q.name for q in questions(32)]
    assert len(set(names)) == 12


def _outcome(name: str, cli: object, **given: object) -> Outcome:
    assert isinstance(cli, list)
    about = {
        "name": name,
        "title": name,
        "cli": on_command_line(cli),
        "ours": Typed(lines=("$ a",)),
        "cli_undo": Typed(),
        "ours_undo": Typed(),
        "published": oltcli.published(name, 32),
        "published_undo": None,
        "verified": True,
        "undone": True,
        "mistake": "",
        "caught": True,
        "seconds": 1.0,
        "undo_seconds": 1.0,
    }
    return Outcome(**{**about, **given})  # type: ignore[arg-type]


def test_one_task_that_is_worse_one_mistake_that_passes_one_result_that_is_not_there_show() -> None:
    good = _outcome("audit", ["display a"] * 10)
    bad = _outcome("own", ["a", "b"], ours=Typed(lines=("$ a", "$ b", "$ c")), caught=False, undone=False)
    found = figures([good, bad])
    assert found["worst_task_reduction_pct"] == -50
    assert found["mistakes_caught_pct"] == found["tasks_verified_pct"] == 50
    assert found["lines_reduction_pct"] == 66.7
    assert found["lines_reduction_without_audit_pct"] == -50


def test_the_wing_is_what_the_fibres_carry() -> None:
    before, plant = wing.campus(3, DOORS), wing.plant(3, DOORS)
    assert "olt-2" not in before.replace("olt-2.host", "")
    assert all(line in plant for line in before.splitlines())


def test_each_task_edits_something() -> None:
    texts = {"campus.yaml": wing.campus(3, DOORS), "intents/owed.yaml": wing.INTENTS}
    for task in tasks(3, DOORS):
        after: Texts = texts
        for edit in task.steps:
            after = edit(after)
        assert typed(texts, after, []).count > 0


def test_tasks_are_done_seen_undone_and_their_mistakes_caught_on_devices_that_run() -> None:
    report = bench.run(lambda _: None, rooms=3, only=("type-b", "locate", "audit"))
    for o in report.outcomes:
        assert (o.verified, o.undone, o.caught) == (True, True, True), o.name
    assert [o.ours.count for o in report.outcomes] == [2, 1, 1]


@pytest.mark.slow
def test_all_twelve_on_a_small_wing() -> None:
    command = [*BENCH, "om", "--rooms", "4", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPO)
    said = json.loads(done.stdout)
    assert len(said["tasks"]) == 12
    assert [t["name"] for t in said["tasks"] if not (t["verified"] and t["undone"] and t["caught"])] == []
    assert said["figures"]["worst_task_reduction_pct"] >= 0
