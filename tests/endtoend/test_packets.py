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
from labs.runner.workspace import Workspace
from tests.endtoend.site import Site, site_in
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
    done = site.run("apply", "--allow-mass-delete")
    assert done.code == 0, done.err
    return site


def pings(site: Site, place: str, address: str) -> bool:
    netns = packets.namespace_of(Workspace(site.topology), place)
    command = ["ip", "netns", "exec", netns, "ping", "-c", "2", "-i", "0.2", "-W", "1", address]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_what_is_not_configured_does_not_forward(site: Site) -> None:
    assert not pings(site, "ct-room", PACS)


def test_who_may_talk_talks_and_nobody_else(applied: Site) -> None:
    assert pings(applied, "ct-room", PACS)
    assert pings(applied, "nurse-station", HIS)
    assert not pings(applied, "guest-wifi-1", PACS)
    assert not pings(applied, "guest-wifi-1", "10.10.0.11")
    assert not pings(applied, "ct-room", HIS)


def test_a_flow_deleted_at_the_switch_is_found_with_a_packet_that_shows_it_and_put_back(applied: Site) -> None:
    packets.ovs_of(Workspace(applied.topology)).ofctl("del-flows", "core-1", f"ip,nw_src=10.10.0.11,nw_dst={PACS}")
    assert not pings(applied, "ct-room", PACS)
    said = applied.json("verify")
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
    names = Names.of(str(workspace.folder))
    vswitchd = int((workspace.folder / "ovs" / "ovs-vswitchd.pid").read_text())
    for pid in (*workspace.processes().values(), vswitchd):
        os.kill(pid, 9)
    lab.down(site.folder)
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in left.split() if names.owns(line)]
    assert not Record(names).open
    assert not workspace.folder.exists()
    assert not is_running(vswitchd)
    lab.up(site.folder, lambda _: None)
    assert site.run("apply").code == 0
    assert pings(site, "ct-room", PACS)
