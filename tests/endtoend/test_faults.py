"""What may go wrong between the command line and devices does, on loopback: it is named, and nothing is half done."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from controller.state.store import Store
from labs.runner import lab
from labs.runner.processes import alive
from labs.runner.workspace import Workspace
from tests.commandline import clearway
from tests.endtoend.site import Site, site_in

HEAD = "apiVersion: clearway.dev/v1\nkind: Intent\n"
FEW = f"""\
{HEAD}metadata: {{name: ct-study}}
spec:
  from: ct-room
  to: pacs
  class: imaging
  deliver: {{images: 1000, size: 512 KiB, within: 1 s}}
---
{HEAD}metadata: {{name: diagnosis-fetch}}
spec: {{say: "1,000 images of 512 KiB from PACS to the diagnosis room within 1 second"}}
---
{HEAD}metadata: {{name: cameras}}
spec: {{say: Cameras to video recorder gets video priority}}
"""
MORE = f"""\
{HEAD}metadata: {{name: phones}}
spec: {{say: "Phone 1 to phone exchange gets voice priority, is guaranteed 1 Mbit/s"}}
"""
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
GEM = "urn:bbf:yang:bbf-xpongemtcont"


@pytest.fixture(scope="module")
def lit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lab that is up on loopback, nothing applied."""
    with site_in(tmp_path_factory.mktemp("site")) as site:
        for path in (site.folder / "intents").iterdir():
            path.unlink()
        lab.up(site.folder, lambda _: None, without_packets=True)
        yield site


def as_written(site: Site) -> None:
    site.restore()
    for path in (site.folder / "intents").iterdir():
        path.unlink()
    site.write("intents/few.yaml", FEW)


@pytest.fixture
def site(lit: Site) -> Site:
    """The lab with three intents applied."""
    as_written(lit)
    if lit.run("plan", "--detailed-exitcode").code != 0:
        assert lit.run("apply").code == 0
    return lit


@pytest.fixture
def due(site: Site) -> Site:
    """The same, and an intent more in the folder that is still to be applied."""
    site.write("intents/more.yaml", MORE)
    return site


def first_error(done: dict[str, object]) -> dict[str, object]:
    """The first error, which has all that an error has."""
    errors = done["errors"]
    assert isinstance(errors, list) and errors
    assert errors[0].keys() >= {"file", "line", "column", "code", "message", "hint"}
    found: dict[str, object] = errors[0]
    return found


def test_an_onu_that_the_olt_does_not_see_undoes_the_first_change_once_its_pon_is_lit(lit: Site) -> None:
    """Before the first change no PON is lit, so who is absent is known only after the commit."""
    as_written(lit)
    lit.edit("small.clab.yml", "CWLB00000001", "CWLB99999999")
    with lit.untouched():
        said = lit.json("apply")
        error = first_error(said)
        assert (said["code"], error["code"]) == (1, "unknown-onu")
        assert "CWLB99999999" in str(error["message"])
        assert "CWLB00000001" in f"{error['message']} {error['hint']}"
        text = lit.topology.read_text().splitlines()
        line, column = error["line"], error["column"]
        assert isinstance(line, int) and isinstance(column, int)
        assert text[line - 1][column - 1 :] == "onu-ct:"
    last = Store(lit.folder / ".clearway").journal.last()
    assert last is not None and last["phase"] == "reverted"


def test_an_onu_that_is_absent_on_a_lit_pon_is_said_by_plan_already(site: Site) -> None:
    site.edit("small.clab.yml", "CWLB00000001", "CWLB99999999")
    said = site.json("plan")
    assert (said["code"], first_error(said)["code"]) == (1, "unknown-onu")
    done = site.run("apply")
    assert done.code == 1
    assert re.search(r"small\.clab\.yml:\d+:\d+: error: olt-1 does not see onu-ct", done.err)


def test_a_saved_plan_is_what_is_applied_and_a_stale_one_is_refused(due: Site, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    assert due.run("plan", "--out", str(plan), "--detailed-exitcode").code == 2
    (due.folder / "intents/more.yaml").unlink()  # the file has the texts that were looked at
    done = clearway("apply", str(plan))
    assert done.code == 0, done.err
    assert "phones" in done.out
    said = due.json_of("apply", str(plan))
    assert (said["code"], first_error(said)["code"]) == (1, "stale-plan")


def test_a_plan_file_that_is_none_is_refused(site: Site, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    for text in ("", "{}", '{"kind": "ClearwayPlan", "schemaVersion": 1}', '{"kind": "ClearwayPlan"', "[]"):
        plan.write_text(text)
        said = site.json_of("apply", str(plan))
        assert (said["code"], first_error(said)["code"]) == (1, "plan-file")


def edited_tcont(site: Site) -> str:
    """Make the CT's T-CONT best effort and delete the profile that promised it its rate; returns that profile."""
    name = re.search(r"profile (cw\.tdp\.f0\.a4546[\w.]+)", site.run("explain", "ct-study").out)
    assert name is not None
    site.edit_olt(f"""
        <config xmlns="{NC}" xmlns:nc="{NC}"><xpongemtcont xmlns="{GEM}">
          <traffic-descriptor-profiles>
            <traffic-descriptor-profile nc:operation="delete"><name>{name[1]}</name></traffic-descriptor-profile>
            <traffic-descriptor-profile><name>somebody-elses</name><fixed-bandwidth>0</fixed-bandwidth>
              <assured-bandwidth>0</assured-bandwidth><maximum-bandwidth>8000000000</maximum-bandwidth>
              <priority>1</priority><weight>1</weight>
              <additional-bw-eligibility-indicator>best-effort-sharing</additional-bw-eligibility-indicator>
            </traffic-descriptor-profile>
          </traffic-descriptor-profiles>
          <tconts><tcont><name>cw.onu-ct.1.tc3</name>
            <traffic-descriptor-profile-ref>somebody-elses</traffic-descriptor-profile-ref></tcont></tconts>
        </xpongemtcont></config>""")
    return name[1]


def test_a_tconts_profile_deleted_behind_its_back_is_named_with_intent_and_packet_and_mended(site: Site) -> None:
    profile = edited_tcont(site)
    said = site.json("verify")
    assert said["code"] == 1
    failing = {i["name"]: e for i in said["intents"] for e in i["evidence"] if not e["holds"]}
    assert failing.keys() == {"ct-study"}
    example = failing["ct-study"]["counterexample"]
    assert example["blame"]["device"] == "olt-1"
    assert "cw.onu-ct.1.tc3" in example["blame"]["object"]
    assert example["packet"]["ipv4_src"] == "10.10.0.11"
    drift = {d["object"]: d for d in said["drift"]}
    assert drift[f"traffic-descriptor-profile {profile}"]["drift"] == "missing"
    tcont = drift["tcont cw.onu-ct.1.tc3"]
    assert tcont["differs"] == [{"attribute": "profile", "applied": profile, "found": "somebody-elses"}]
    assert {"ct-room", "ct-study"} <= {a["name"] for a in tcont["askers"]}
    assert "profile: " in site.run("status").out
    done = site.run("verify")
    assert done.code == 1
    assert "cw.onu-ct.1.tc3" in done.out and "1 of 3 intents do not hold" in done.out
    assert site.json("status")["code"] == 1
    assert site.json("apply")["ok"]
    assert not site.json("verify")["drift"]


def test_a_repair_puts_back_what_drifted_and_carries_out_nothing_else(site: Site) -> None:
    edited_tcont(site)
    site.write("intents/more.yaml", MORE)
    mended = site.json("apply", "--repair")
    assert [(c["device"], c["op"]) for c in mended["changes"]] == [("olt-1", "add"), ("olt-1", "modify")]
    assert all(c["intents"] for c in mended["changes"]), "today's texts ask for it as before"
    assert not mended["drift"]
    assert site.json("plan")["changes"], "the new intent still waits"
    done = site.run("apply", "--repair")
    assert done.code == 0
    assert "nothing to change" in done.out and "the texts ask for more since" in done.err


def test_a_repair_needs_to_know_what_was_applied(site: Site) -> None:
    Store(site.folder / ".clearway").records.replace("applied", {})
    said = site.json("apply", "--repair")
    assert (said["code"], first_error(said)["code"]) == (1, "nothing-applied")


def test_a_queue_moved_behind_its_back_is_named_with_intent_and_packet_and_mended(site: Site) -> None:
    """Downstream, images to the diagnosis room now wait behind those who are promised nothing."""
    site.edit_olt(f"""
        <config xmlns="{NC}"><interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces"><interface>
          <name>cw.onu-diag.1</name><tm-root xmlns="urn:bbf:yang:bbf-qos-traffic-mngt"><queue>
          <local-queue-id>3</local-queue-id><priority>0</priority></queue></tm-root>
        </interface></interfaces></config>""")
    said = site.json("verify")
    failing = {i["name"]: e for i in said["intents"] for e in i["evidence"] if not e["holds"]}
    assert "diagnosis-fetch" in failing
    example = failing["diagnosis-fetch"]["counterexample"]
    assert (example["blame"]["device"], "cw.onu-diag.1" in example["blame"]["object"]) == ("olt-1", True)
    assert example["packet"]["ipv4_src"] == "10.20.0.5"
    assert site.json("apply")["ok"]
    assert site.json("verify")["ok"]


def test_a_switch_that_comes_back_empty_is_filled_again(site: Site) -> None:
    site.restart("core-1")
    said = site.json("verify")
    assert {i["name"] for i in said["intents"] if not i["holds"]} == {"ct-study", "diagnosis-fetch", "cameras"}
    assert site.json("apply")["ok"]
    assert site.run("verify").code == 0


def test_an_olt_that_is_down_is_named_by_every_command_and_nothing_is_touched(due: Site) -> None:
    base = due.json("plan")["base"]
    due.kill("olt-1")
    for command in (("plan",), ("apply",), ("verify",), ("explain", "ct-study")):
        said = due.json(*command)
        error = first_error(said)
        assert (said["code"], error["code"]) == (1, "olt-down")
        assert str(error["file"]).endswith("small.clab.yml") and error["line"]
    status = due.json("status")
    assert {d["name"]: d["state"] == "answers" for d in status["devices"]} == {"core-1": True, "olt-1": False}
    assert "olt-1 does not answer at 127.0.0.1" in due.run("status").err
    due.restart("olt-1")
    assert due.json("plan")["base"] == base  # it also keeps what it had over a restart


@pytest.mark.slow  # a switch may take ten seconds to dial in
def test_a_switch_that_is_down_is_named_and_the_olt_is_not_touched(due: Site) -> None:
    base = due.json("plan")["base"]
    due.kill("core-1")
    said = due.json("apply")
    assert said["code"] == 1
    assert {e["code"] for e in said["errors"]} <= {"switch-down", "ovsdb-down"}
    assert all(e["line"] for e in said["errors"])
    due.restart("core-1")
    assert due.json("plan")["base"]["olt-1"] == base["olt-1"]
    as_written(due)
    assert due.json("apply")["ok"]


def test_an_olt_where_clearway_may_only_read_is_named_and_nothing_is_touched(due: Site) -> None:
    due.restart("olt-1", "--read-only-user", "clearway")
    with due.untouched():
        said = due.json("apply")
        error = first_error(said)
        assert (said["code"], error["code"]) == (1, "olt-refused")
        assert "access-denied" in str(error["message"])
        assert str(error["file"]).endswith("small.clab.yml") and error["line"]
    due.restart("olt-1")


def test_a_change_that_is_stopped_by_hand_is_undone_at_once(due: Site) -> None:
    """By SIGTERM: whoever starts the tests in the background has them ignore SIGINT."""
    with due.untouched():
        process = due.start("apply", str(due.folder))
        assert process.stderr is not None
        for line in process.stderr:
            if "committing" in line:
                process.send_signal(signal.SIGTERM)
                break
        said = process.stderr.read()
        assert process.wait(30) == 1, said
        assert "stopped by hand: every device holds what it held before" in said
    last = Store(due.folder / ".clearway").journal.last()
    assert last is not None and last["phase"] == "reverted"


def test_machines_follow_a_change_event_by_event(due: Site, tmp_path: Path) -> None:
    events = tmp_path / "events"
    done = due.json("apply", "--events", str(events))
    told = [json.loads(line) for line in events.read_text().splitlines()]
    assert {e["token"] for e in told} == {done["token"]}
    phases = [e["phase"] for e in told if e["device"] is None]
    assert [p for p, _ in groupby(phases)] == ["prepare", "commit", "check", "confirm", "done"]
    assert {e["device"] for e in told if e["phase"] == "commit"} == {None, "core-1", "olt-1"}


def test_an_olt_that_refuses_the_commit_leaves_the_switch_as_it_was(due: Site) -> None:
    due.restart("olt-1", "--dataplane", "tests.endtoend.hooks:full")
    with due.untouched():
        said = due.json("apply")
        assert (said["code"], first_error(said)["code"]) == (1, "olt-refused")
        assert "no hardware resources left" in str(first_error(said)["message"])
    due.restart("olt-1")
    assert due.json("apply")["ok"]


def test_an_olt_that_says_yes_and_does_nothing_is_found_out(due: Site) -> None:
    due.restart("olt-1", "--dataplane", "tests.endtoend.hooks:liar")
    with due.untouched():
        said = due.json("apply")
        assert said["code"] == 1
        found = [e for e in said["errors"] if e["code"] == "not-as-sent"]
        assert found and all("olt-1" in e["message"] for e in found)
        assert all(e["line"] for e in found)
    due.restart("olt-1")


@pytest.mark.slow  # Clearway waits ten seconds for the other to let go
def test_an_olt_that_somebody_else_holds_is_named_and_nothing_is_touched(due: Site) -> None:
    with due.untouched(), due.olt() as session:
        session.lock()
        said = due.json("apply")
        assert (said["code"], first_error(said)["code"]) == (1, "olt-busy")
    assert due.run("apply").code == 0


EARLY = ("planned", "prepare", "commit", "check")
LATE = ("confirm", "confirmed")


@pytest.mark.parametrize(
    "where", ["flows", "confirm", *(pytest.param(w, marks=pytest.mark.slow) for w in (*EARLY, "confirmed"))]
)
def test_a_change_that_is_killed_is_wholly_undone_or_wholly_finished_by_the_next(due: Site, where: str) -> None:
    died = due.start(where, "apply", str(due.folder), module="tests.endtoend.dies")
    died.communicate(timeout=60)
    assert died.returncode == -signal.SIGKILL
    if where == "flows":
        assert "the next `clearway apply` finishes or undoes it" in due.run("status").err
    if where not in LATE:
        as_written(due)  # what was before the change: now there is nothing to do but to undo it
    said = due.json("apply")
    assert said["ok"], said["errors"]
    assert [r.partition(" ")[2] for r in said["recovered"]] == ["finished" if where in LATE else "reverted"]
    assert said["changes"] == []
    assert due.run("verify").code == 0


@pytest.mark.slow
def test_a_change_that_is_killed_while_it_is_being_undone_is_undone_by_the_next(due: Site) -> None:
    due.restart("olt-1", "--dataplane", "tests.endtoend.hooks:liar")
    died = due.start("revert", "apply", str(due.folder), module="tests.endtoend.dies")
    died.communicate(timeout=60)
    assert died.returncode == -signal.SIGKILL
    due.restart("olt-1")
    as_written(due)
    said = due.json("apply")
    assert said["ok"] and said["changes"] == []


def test_two_changes_at_once_are_refused(due: Site) -> None:
    with (due.folder / ".clearway" / "lock").open("a+") as file, due.untouched():
        fcntl.flock(file, fcntl.LOCK_EX)
        assert first_error(due.json("apply"))["code"] == "change-under-way"


def test_what_the_lab_started_is_gone_after_down_also_after_kill_9(site: Site) -> None:
    workspace = Workspace(site.topology)
    pids = list(workspace.processes().values())
    os.kill(pids[0], signal.SIGKILL)
    lab.down(site.folder)
    assert not workspace.folder.exists()
    assert not (site.folder / ".clearway").exists()
    assert not any(alive(pid) for pid in pids)
    lab.up(site.folder, lambda _: None, without_packets=True)
