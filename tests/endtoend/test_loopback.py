"""From a folder of YAML to devices and back, on loopback: every door of the command line, and what may go wrong."""

from __future__ import annotations

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lxml import etree

from labs.runner import lab
from labs.runner.processes import alive as is_running
from labs.runner.workspace import Workspace
from southbound.netconf.session import Access, Session
from tests.endtoend.site import Site, eventually, site_in


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lab that is up on loopback, nothing applied."""
    with site_in(tmp_path_factory.mktemp("site")) as site:
        lab.up(site.folder, lambda _: None, without_packets=True)
        yield site


@pytest.fixture
def site(up: Site) -> Site:
    """The lab with its own intents applied."""
    up.restore()
    done = up.run("apply", "--allow-mass-delete")
    assert done.code == 0, done.err
    return up


@contextmanager
def olt_session(site: Site) -> Iterator[Session]:
    """Another manager's session with the OLT."""
    folder = Workspace(site.topology).folder
    access = Access(
        host="127.0.0.1",
        port=int(site.environment["CLEARWAY_LAB_NETCONF_PORT"]),
        username="clearway",
        private_key=(folder / "client_key").read_text(),
        host_key=(folder / "olt-1.host_key.pub").read_text(),
    )
    session = Session("olt-1", access)
    try:
        yield session
    finally:
        session.close()


def edit_olt(site: Site, config: str) -> None:
    """Change the OLT's running configuration behind Clearway's back."""
    with olt_session(site) as session:
        session.edit_candidate(etree.fromstring(config))
        session.commit_confirmed("behind", 60)
        session.confirm("behind")


def test_the_whole_way(up: Site) -> None:
    up.restore()
    applied = up.json("apply")
    assert len(applied["changes"]) > 300
    assert {i["holds"] for i in applied["intents"]} == {True}
    assert up.run("plan").out.strip() == "nothing to change: the network is as intended"
    verified = up.json("verify")
    assert len(verified["intents"]) == 17
    assert all(e["statement"] for i in verified["intents"] for e in i["evidence"])
    assert "all intents hold" in up.run("verify").out
    status = up.json("status")
    assert status["ok"]
    assert "onu-ct" in up.run("status").out


def test_an_intent_is_explained_by_its_sentence_its_way_and_what_carries_it(site: Site) -> None:
    told = site.run("explain", "ct-study").out
    assert "ct-room to pacs gets imaging priority, delivers 1,000 images of 512 KiB within 1 s" in told
    assert "T-CONT cw.onu-ct.1.tc3" in told
    assert "at most 999.98 ms" in told


def test_a_device_is_rendered_in_its_own_words(site: Site) -> None:
    assert ">cw.onu-ct.1.tc3<" in site.run("render", "--device", "olt-1").out
    assert "set_queue" in site.run("render", "--device", "core-1").out


def test_an_intent_that_is_deleted_takes_only_its_own_along(site: Site) -> None:
    site.edit("intents/clinical.yaml", "metadata: {name: pump-limit}", "metadata: {name: pump-limit, labels: {a: b}}")
    assert site.run("plan").out.strip() == "nothing to change: the network is as intended"
    text = (site.folder / "intents/building.yaml").read_text()
    site.write("intents/building.yaml", text[: text.rindex("---")])
    planned = site.json("plan")
    assert "remove" in {c["op"] for c in planned["changes"]}
    assert all("pacs" not in c["places"] for c in planned["changes"])
    assert site.json("apply")["ok"]
    assert not site.json("plan")["changes"]


def test_a_saved_plan_is_what_is_applied_and_a_stale_one_is_refused(site: Site, tmp_path: Path) -> None:
    text = (site.folder / "intents/building.yaml").read_text()
    site.write("intents/building.yaml", text[: text.rindex("---")])
    plan = tmp_path / "plan.json"
    assert site.run("plan", "--out", str(plan), "--detailed-exitcode").code == 2
    site.write(
        "intents/clinical.yaml", (site.folder / "intents/clinical.yaml").read_text().replace("5 Mbit/s", "6 Mbit/s")
    )
    assert site.run("apply").code == 0
    process = site.start("apply", str(plan), "--json")
    said = json.loads(process.communicate(timeout=60)[0])
    assert process.returncode == 1
    assert said["errors"][0]["code"] == "stale-plan"


def test_emptying_the_folder_is_refused(site: Site) -> None:
    for path in (site.folder / "intents").iterdir():
        path.unlink()
    said = site.json("apply")
    assert (said["code"], said["errors"][0]["code"]) == (1, "mass-delete")
    assert site.run("verify").code == 0


def test_a_queue_moved_behind_its_back_is_found_and_put_back(site: Site) -> None:
    edit_olt(
        site,
        '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">'
        '<xpongemtcont xmlns="urn:bbf:yang:bbf-xpongemtcont"><traffic-descriptor-profiles>'
        "<traffic-descriptor-profile><name>cw.tdp.f0.a4546.m8667.p4.w91</name>"
        "<assured-bandwidth>1000000000</assured-bandwidth></traffic-descriptor-profile>"
        "</traffic-descriptor-profiles></xpongemtcont></config>",
    )
    said = site.json("verify")
    assert said["code"] == 1
    failing = {i["name"]: e for i in said["intents"] for e in i["evidence"] if not e["holds"]}
    assert failing.keys() == {"ct-study"}
    example = failing["ct-study"]["counterexample"]
    assert example["blame"]["device"] == "olt-1"
    assert "cw.onu-ct.1.tc3" in example["blame"]["object"]
    assert example["packet"]["ipv4_src"] == "10.10.0.11"
    assert said["drift"]
    assert site.json("apply")["ok"]
    assert not site.json("verify")["drift"]


def test_an_onu_with_another_serial_is_named_and_nothing_stays(site: Site) -> None:
    site.edit("small.clab.yml", "CWLB00000001", "CWLB99999999")
    done = site.run("apply")
    assert done.code == 1
    assert "small.clab.yml:" in done.err
    assert "olt-1 does not see onu-ct (serial number CWLB99999999)" in done.err
    assert "CWLB00000001" in done.err
    site.restore()
    assert site.run("plan").out.strip() == "nothing to change: the network is as intended"


def test_a_device_that_is_down_is_named_and_nothing_is_touched(site: Site) -> None:
    text = (site.folder / "intents/building.yaml").read_text()
    site.write("intents/building.yaml", text[: text.rindex("---")])
    pid = Workspace(site.topology).processes()["olt-1"]
    os.kill(pid, signal.SIGKILL)
    done = site.run("apply")
    assert done.code == 1
    assert "olt-1 does not answer at 127.0.0.1" in done.err
    assert "small.clab.yml:" in done.err
    lab.up(site.folder, lambda _: None, without_packets=True)


def test_an_olt_that_somebody_else_holds_is_named_and_nothing_is_touched(site: Site) -> None:
    text = (site.folder / "intents/building.yaml").read_text()
    site.write("intents/building.yaml", text[: text.rindex("---")])
    with olt_session(site) as session:
        session.lock()
        said = site.json("apply")
    assert (said["code"], said["errors"][0]["code"]) == (1, "olt-busy")
    assert site.run("plan", "--detailed-exitcode").code == 2
    assert site.run("apply").code == 0


def test_a_change_that_is_killed_is_finished_or_undone_by_the_next(site: Site) -> None:
    text = (site.folder / "intents/building.yaml").read_text()
    site.write("intents/building.yaml", text[: text.rindex("---")])
    journal = site.folder / ".clearway" / "journal"
    known = set(journal.iterdir())

    def committing() -> bool:
        new = set(journal.iterdir()) - known
        return any('"commit"' in path.read_text() for path in new)

    process = site.start("apply", str(site.folder))
    assert eventually(committing)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = site.run("apply")
    assert done.code == 0, done.err
    assert "an earlier change was left unfinished" in done.err
    assert site.run("plan").out.strip() == "nothing to change: the network is as intended"
    assert site.run("verify").code == 0


def test_two_changes_at_once_are_refused(site: Site) -> None:
    with (site.folder / ".clearway" / "lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        said = site.json("apply")
    assert said["errors"][0]["code"] == "change-under-way"


def test_what_the_lab_started_is_gone_after_down_also_after_kill_9(site: Site) -> None:
    workspace = Workspace(site.topology)
    pids = list(workspace.processes().values())
    os.kill(pids[0], signal.SIGKILL)
    lab.down(site.folder)
    assert not workspace.folder.exists()
    assert not any(is_running(pid) for pid in pids)
    lab.up(site.folder, lambda _: None, without_packets=True)
