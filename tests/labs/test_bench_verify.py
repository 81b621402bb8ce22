"""The bench of the verifier, small: archives are read as they are published, and what it measures is right."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from intents.verify.engine.pipeline import Pipeline
from intents.verify.engine.watch import Watch
from labs.bench import verify_updates
from labs.bench.report import Report
from labs.bench.verify_entries import made_up
from labs.bench.verify_public import ARCHIVES, Routes
from labs.runner.errors import LabError

QUIET = lambda _: None  # noqa: E731

STANFORD = {
    "updates": """\
+ fwd a_rtr 167772160 8 p1 8
+ acl b_rtr_in access-list in permit 0 255 any null null null any null null null 10
+ fwd b_rtr 167772160 8 vlan5 8
+ acl b_rtr_in access-list in deny 6 6 any null null null 10.0.0.0 0.255.255.255 22 null 20
- fwd a_rtr 167772160 8 p1 8
- acl b_rtr_in access-list in permit 0 255 any null null null any null null null 10
""",
    # the way back has another port, for a switch does not send a packet back by the port that it came by
    "topo.txt": "a_rtr p1 b_rtr_in_q1_in inport\nb_rtr_in_q1_in permit b_rtr q1\nb_rtr q2 a_rtr p2\n",
    "vlan.txt": "b_rtr vlan5 q2\n",
}
ROUTERS = {
    "topology": "a a1 b b1",
    "rule/a": "fw 0 0 drop\nfw 167772160 8 a1.10\n",
    "rule/b": "fw 167772160 8 b1\nfw 167772160 8 edge\n",
    "rule_incremental/a": "fw 167772160 8 a1\n",
    "rule_incremental/b": "",
    "rule_incremental/incremental_sequence": """\
b insert 167772160 8 b1
b modify 167772160 8 b1 edge
a delete 167772160 8 a1
""",
}


def packed(folder: Path, archive: str, under: str, files: dict[str, str]) -> None:
    with tarfile.open(folder / archive, "w:xz") as made:
        for name, text in files.items():
            about = tarfile.TarInfo(under + name)
            about.size = len(text.encode())
            made.addfile(about, io.BytesIO(text.encode()))


def test_stanford_is_read_and_its_loop_goes_through_the_access_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed(tmp_path, ARCHIVES[0], "stanford/", STANFORD)
    monkeypatch.setattr(verify_updates, "SAMPLES", 6)  # after each update
    figures = verify_updates.stanford(QUIET, tmp_path, runs=1)
    assert figures["stanford_loops"] == 1
    assert figures["incremental_ratio"] >= 0  # of six updates it is a matter of chance


def test_ways_of_equal_cost_come_and_go_one_by_one(tmp_path: Path) -> None:
    packed(tmp_path, ARCHIVES[1], "config/i2/", ROUTERS)
    data = Routes(tmp_path, "i2")
    fabric = data.fabric()
    assert sorted(len(ports) for ports in data.tables(fabric, "rule").values()) == [0, 1, 2]
    router = verify_updates.Router(fabric, data.tables(fabric, "rule_incremental"))
    loops = [len(router.take(move)) for move in data.moves(fabric)]
    assert loops == [1, 0, 0]
    assert verify_updates.at_once(QUIET, tmp_path, "i2", runs=1)["i2_loops"] == 1


def test_a_folder_without_the_archives_is_said(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"apkeep-stanford\.tar\.xz cannot be read") as refused:
        verify_updates.stanford(QUIET, tmp_path, runs=1)
    assert "--data" in refused.value.hint


def test_an_archive_that_lacks_a_file_is_said(tmp_path: Path) -> None:
    packed(tmp_path, ARCHIVES[0], "stanford/", {"updates": ""})
    with pytest.raises(LabError, match=r"topo\.txt"):
        verify_updates.stanford(QUIET, tmp_path, runs=1)


def test_a_target_may_be_a_least() -> None:
    report = Report(bench="b", figures={"low": 1, "high": 99}, limits={"low": ("<=", 2), "high": (">=", 98)})
    assert report.as_json()["ok"]
    assert not Report(bench="b", figures={"high": 97}, limits={"high": (">=", 98)}).as_json()["ok"]


def test_the_made_up_campus_keeps_some_of_its_promises_by_delivering_and_some_by_not() -> None:
    made = made_up()
    watch = Watch({name: Pipeline(entries) for name, entries in made.entries.items()}, made.cables)
    some = made.promises[:60]
    assert {promise.allowed for promise in some} == {True, False}
    assert [watch.add(promise) for promise in some] == [()] * len(some)
    allowed = next(promise for promise in some if promise.allowed)
    home = allowed.target[0]
    for entry in list(made.entries[home]):
        if entry.table == 2 and any(
            f.name == "ipv4_dst" and (*f[:2], 0xFFFFFFFF) in allowed.parts for f in entry.match
        ):
            assert allowed.name in watch.remove(home, entry)
    assert watch.problems[allowed.name]
