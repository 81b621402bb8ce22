"""The small lab with packets: what is said of the network is what packets meet."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from labs.net.names import Names
from labs.net.record import Record
from labs.runner import lab, packets
from labs.runner.processes import alive as is_running
from labs.runner.processes import marked
from labs.runner.workspace import MARK, Workspace
from tests.endtoend.site import LAB, REPO, Site, eventually, site_in
from tests.labs.lab_net import Wire, frame, needs_a_lab

pytestmark = needs_a_lab

PACS, HIS, GATEWAY = "10.20.0.5", "10.20.0.6", "02:c1:ea:00:00:01"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None)
        yield made


@pytest.fixture
def applied(site: Site) -> Site:
    site.restore()
    site.settle()
    return site


def pings(site: Site, place: str, address: str) -> bool:
    return lab_exec(site, place, "ping", "-c", "2", "-i", "0.2", "-W", "1", address).returncode == 0


def lab_exec(site: Site, place: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`clearway lab exec FOLDER PLACE -- WORDS`."""
    return clearway_lab(site, "exec", str(site.folder), place, "--", *words)


def clearway_lab(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LAB, *words], capture_output=True, text=True, check=False, cwd=REPO)


def test_what_is_not_configured_does_not_forward(site: Site) -> None:
    assert not pings(site, "ct-room", PACS)


def test_who_may_talk_talks_and_nobody_else(applied: Site) -> None:
    assert pings(applied, "ct-room", PACS)
    assert pings(applied, "nurse-station", HIS)
    assert not pings(applied, "guest-wifi-1", PACS)
    assert not pings(applied, "guest-wifi-1", "10.10.0.11")
    assert not pings(applied, "ct-room", HIS)


def test_a_flow_deleted_at_the_switch_is_found_with_a_packet_that_shows_it_and_put_back(applied: Site) -> None:
    assert lab_exec(applied, "core-1", "del-flows", f"ip,nw_src=10.10.0.11,nw_dst={PACS}").returncode == 0
    assert not pings(applied, "ct-room", PACS)
    said = applied.json("verify")
    assert said["code"] == 1
    failing = [e for i in said["intents"] if i["name"] == "ct-study" for e in i["evidence"] if not e["holds"]]
    example = failing[0]["counterexample"]
    assert (example["packet"]["ipv4_src"], example["packet"]["ipv4_dst"]) == ("10.10.0.11", PACS)
    assert [h["device"] for h in example["hops"]] == ["onu-ct", "olt-1", "core-1"]
    assert example["blame"]["device"] == "core-1"
    assert applied.json("apply")["ok"]
    assert pings(applied, "ct-room", PACS)


def test_a_guest_who_marks_himself_is_marked_anew(applied: Site) -> None:
    """On the wire between the OLT and the core, a frame that a guest sent with PCP 5 bears the guests' own mark."""
    workspace = Workspace(applied.topology)
    ovs = packets.ovs_of(workspace)
    internet = Wire(packets.namespace_of(workspace, "internet"))
    guest = Wire(packets.namespace_of(workspace, "guest-wifi-1"))
    # The core is made to pass the frame on as it came, so that its mark can be seen.
    ovs.ofctl("add-flow", "core-1", "table=0,priority=65000,in_port=1,dl_vlan=190,actions=output:18")
    guest.send(frame(GATEWAY, "02:00:00:09:00:0b", b"a guest marks himself", 5 << 13))
    seen = internet.hears(b"a guest marks himself")
    assert seen is not None
    tag = int.from_bytes(seen[14:16])
    assert (tag & 0xFFF, tag >> 13) == (190, 1)
    guest.close()
    internet.close()
    ovs.ofctl("--strict", "del-flows", "core-1", "table=0,priority=65000,in_port=1,dl_vlan=190")


def test_an_intent_that_is_removed_lets_nothing_through_any_more(applied: Site) -> None:
    text = (applied.folder / "intents/clinical.yaml").read_text()
    applied.write("intents/clinical.yaml", text[text.index("---\n") + 4 :])
    assert applied.json("apply")["ok"]
    assert not pings(applied, "nurse-station", HIS)
    assert pings(applied, "ct-room", PACS)


def test_nothing_is_left_after_down_also_when_everything_was_killed(site: Site) -> None:
    workspace = Workspace(site.topology)
    vswitchd = int((workspace.folder / "ovs" / "ovs-vswitchd.pid").read_text())
    for pid in (*workspace.processes().values(), vswitchd):
        os.kill(pid, 9)
    assert clearway_lab(site, "down", str(site.folder)).returncode == 0
    assert_nothing_is_left(workspace)
    assert not is_running(vswitchd)


def assert_nothing_is_left(workspace: Workspace) -> None:
    """No namespace, interface, process or record of this lab."""
    names = Names.of(str(workspace.folder))
    for listing in (["ip", "netns", "list"], ["ip", "-o", "link"]):
        left = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
        assert names.prefix not in left
    assert not Record(names).open
    assert not workspace.folder.exists()
    assert not marked(MARK, str(workspace.folder))


@pytest.mark.parametrize("made", ["ovs/conf.db", "olt-1.log"])
def test_a_lab_killed_while_it_comes_up_is_cleaned_by_the_next_up_and_by_down(site: Site, made: str) -> None:
    workspace = Workspace(site.topology)
    lab.down(site.folder)
    coming = subprocess.Popen([*LAB, "up", str(site.folder)], cwd=REPO, stdout=subprocess.DEVNULL)
    assert eventually((workspace.folder / made).exists)
    coming.kill()
    coming.wait()
    if made == "olt-1.log":
        lab.up(site.folder, lambda _: None)
        assert site.run("apply").code == 0
        assert pings(site, "ct-room", PACS)
    lab.down(site.folder)
    assert_nothing_is_left(workspace)
