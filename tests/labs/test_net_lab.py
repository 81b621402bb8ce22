"""A lab's network on this machine: it forwards, it shapes, and nothing is left of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from labs.net.hosts import HostLink, add_hosts
from labs.net.htb import NOWHERE, ROOT, HtbClass, HtbTree, Shaper
from labs.net.netns import entered
from labs.net.ovs import Bridge, OvsInstance, Port
from labs.net.record import Record, _command
from labs.net.stretch import DOWN, UP, Stretch, add_stretch
from tests.labs.lab_net import lab, needs_a_lab

pytestmark = needs_a_lab

VID = 7


def build(record: Record, folder: Path) -> tuple[OvsInstance, Stretch]:
    """Near -- bridge -- stretch -- bridge -- far, frames tagged with VID on the stretch."""
    names = record.names
    ovs = OvsInstance(folder / "ovs", names.netns("ovs"))
    ovs.start(record)
    stretch = add_stretch(record, "s", 3000, ovs.netns)
    ends = {"near": "10.99.0.1", "far": "10.99.0.2"}
    add_hosts(
        record,
        [
            HostLink(
                netns=names.netns(end),
                outside=end,
                mac=f"02:00:00:00:00:0{n}",
                address=f"{address}/24",
                mtu=3000,
            )
            for n, (end, address) in enumerate(ends.items())
        ],
        ovs.netns,
    )
    bridges = {end: f"b-{end}" for end in ends}
    cable = {"near": stretch.near, "far": stretch.far}
    ports = [Port(bridge=bridges[e], name=e, number=1) for e in ends]
    ports += [Port(bridge=bridges[e], name=cable[e], number=2) for e in ends]
    ovs.add([Bridge(name=b, datapath_id=n + 1) for n, b in enumerate(bridges.values())], ports)
    for bridge in bridges.values():
        tag = f"push_vlan:0x8100,set_field:{4096 + VID}->vlan_vid,output:2"
        flows = [f"in_port=1,actions={tag}", f"in_port=2,dl_vlan={VID},actions=pop_vlan,output:1"]
        ovs.ofctl("add-flows", bridge, "-", text="\n".join(flows))
    return ovs, stretch


def tree(rate_bps: int) -> HtbTree:
    leaf = HtbClass(minor=0x10, parent=ROOT, rate_bps=0, ceil_bps=rate_bps, quantum_bytes=3000, limit_bytes=150_000)
    return HtbTree(capacity_bps=rate_bps, frame_bytes=3022, classes=(leaf,), rules=((VID, 0x10),))


def goodput_bps(record: Record, size: int) -> float:
    with entered(record.names.netns("far")):
        listener = socket.create_server(("10.99.0.2", 0))

    def take() -> None:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(1 << 16):
                pass
            connection.send(b"!")

    thread = threading.Thread(target=take)
    thread.start()
    with entered(record.names.netns("near")):
        sender = socket.create_connection(listener.getsockname(), timeout=20)
    started = time.monotonic()
    with sender:
        sender.sendall(bytes(size))
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(1) == b"!"
    thread.join()
    listener.close()
    return size * 8 / (time.monotonic() - started)


def test_a_stretch_carries_what_its_shaper_lets_through_and_can_be_changed_in_flight(tmp_path: Path) -> None:
    with lab(tmp_path) as record:
        ovs, stretch = build(record, tmp_path)
        down, up = Shaper(stretch.netns, DOWN), Shaper(stretch.netns, UP)
        for shaper in (down, up):
            shaper.prepare(tree(20_000_000))
            shaper.finish()
        assert 17e6 < goodput_bps(record, 4_000_000) < 20.5e6
        down.prepare(tree(60_000_000))
        down.finish()
        assert 48e6 < goodput_bps(record, 8_000_000) < 61e6
        counted = down.counters()
        assert counted[0x10].sent_bytes > 12_000_000
        assert counted[NOWHERE].sent_packets < 10
        assert ovs.lost() == {}


def test_what_no_rule_knows_does_not_get_through(tmp_path: Path) -> None:
    with lab(tmp_path) as record:
        _, stretch = build(record, tmp_path)
        down = Shaper(stretch.netns, DOWN)
        unknown = tree(20_000_000)
        down.prepare(HtbTree(capacity_bps=20_000_000, frame_bytes=3022, classes=unknown.classes, rules=()))
        down.finish()
        with entered(record.names.netns("near")):
            sender = socket.socket()
        sender.settimeout(2.5)
        with sender, pytest.raises(OSError, match=r"timed out|No route"):
            sender.connect(("10.99.0.2", 9))


def test_nothing_is_left_after_kill_9_and_an_undo(tmp_path: Path) -> None:
    code = (
        "import sys,time; from pathlib import Path; from tests.labs.test_net_lab import build\n"
        "from labs.net.record import Record, _command; from labs.net.names import Names\n"
        "folder=Path(sys.argv[1]); build(Record(Names.of(str(folder)), folder=folder/'records'), folder)\n"
        "print('up', flush=True); time.sleep(60)"
    )
    before = _left()
    with lab(tmp_path) as record:
        with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as builder:
            assert builder.stdout is not None
            assert builder.stdout.readline() == b"up\n"
            daemon = int((tmp_path / "ovs" / "ovs-vswitchd.pid").read_text())
            os.kill(builder.pid, signal.SIGKILL)
        assert record.open
    assert _command(daemon) == b""
    assert _left() == before


def test_a_lab_half_made_is_undone_too(tmp_path: Path) -> None:
    before = _left()
    with lab(tmp_path) as record:
        record.note("netns", name=record.names.netns("never-made"))
        record.note("folder", path=str(tmp_path / "ovs"))
    assert _left() == before


def test_two_labs_live_side_by_side(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    before = _left()
    with lab(one) as first:
        build(first, one)
        with lab(two) as second:
            # Records of both in one folder, as in life: settings are given back by the last.
            second.folder = first.folder
            second._path = first.folder / f"{second.names.prefix}.jsonl"
            build(second, two)
            assert goodput_bps(second, 100_000) > 0
        assert int(Path("/proc/sys/net/core/wmem_default").read_text()) > 100 << 20
        assert goodput_bps(first, 100_000) > 0
    assert _left() == before


def test_a_switch_finds_its_controller_outside_the_namespace(tmp_path: Path) -> None:
    with lab(tmp_path) as record, socket.create_server(("127.0.0.1", 0)) as controller:
        controller.settimeout(10)
        ovs = OvsInstance(tmp_path / "ovs", record.names.netns("ovs"))
        ovs.start(record)
        address = f"tcp:127.0.0.1:{controller.getsockname()[1]}"
        ovs.add([Bridge(name="core-1", datapath_id=0x1A, controller=address)], [])
        with controller.accept()[0] as connection:
            connection.settimeout(10)
            assert connection.recv(8)[:2] == b"\x05\x00"  # OFPT_HELLO of OpenFlow 1.4, the highest that it speaks
    assert not ovs.running


def _left() -> dict[str, object]:
    def names(*command: str) -> list[str]:
        done = subprocess.run(["ip", "-j", *command], capture_output=True, text=True, check=True)
        return sorted(item.get("ifname") or item["name"] for item in json.loads(done.stdout or "[]"))

    settings = {n: Path(f"/proc/sys/net/core/{n}").read_text() for n in ("rmem_default", "wmem_default")}
    return {"links": names("link", "show"), "namespaces": names("netns", "list"), **settings}
