"""The recipes do in Open vSwitch what the model says: an ARP reply goes back, a neighbour is learnt and used."""

from __future__ import annotations

import struct
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.openflow_listener import OpenFlowController
from intents.model.state import Difference
from intents.model.switch import (
    LEARNT_COOKIE,
    PORT_IN_PORT,
    VID_PRESENT,
    ArpReply,
    FieldMatch,
    FlowEntry,
    LearnNeighbour,
    Output,
    PopVlan,
    PushVlan,
    Resubmit,
    SetField,
    match,
)
from labs.net import sandbox
from labs.net.sandbox import OvsSandbox
from southbound.openflow.driver import OpenFlowDriver

pytestmark = pytest.mark.lab
DATAPATH = 0xC1EA03
GATEWAY = 0x02C1EA000001
HOST = bytes.fromhex("020000000009")
HOST_ADDRESS, GATEWAY_ADDRESS = bytes([10, 10, 0, 9]), bytes([10, 10, 0, 1])
IMAGING = VID_PRESENT | 100
ACCESS = FlowEntry(
    table=0,
    priority=10,
    match=match(FieldMatch("in_port", 1), FieldMatch("vlan_vid", 0)),
    actions=(PushVlan(), SetField("vlan_vid", IMAGING), SetField("vlan_pcp", 5)),
    goto=1,
)
ANSWER = FlowEntry(
    table=1,
    priority=10,
    match=match(
        FieldMatch("eth_type", 0x0806),
        FieldMatch("vlan_vid", IMAGING),
        FieldMatch("arp_op", 1),
        FieldMatch("arp_tpa", int.from_bytes(GATEWAY_ADDRESS, "big")),
    ),
    actions=(LearnNeighbour(2, 100, arp=True), PopVlan(), ArpReply(GATEWAY)),
)
LEARN_IP = FlowEntry(
    table=1,
    priority=5,
    match=match(FieldMatch("eth_type", 0x0800), FieldMatch("vlan_vid", IMAGING), FieldMatch("in_port", 1)),
    actions=(LearnNeighbour(2, 100, arp=False), Resubmit(2), PopVlan(), Output(PORT_IN_PORT)),
)


@dataclass
class Bench:
    """An Open vSwitch that holds the three entries, and its driver."""

    ovs: OvsSandbox
    driver: OpenFlowDriver


@pytest.fixture
def bench() -> Iterator[Bench]:
    """One for each test: a learnt neighbour would stay."""
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    with (
        tempfile.TemporaryDirectory(prefix="cw-nx-") as directory,
        OvsSandbox(Path(directory), DATAPATH) as ovs,
        OpenFlowController("127.0.0.1", 0, {DATAPATH: "core-1"}) as controller,
    ):
        ovs.dial(*controller.address)
        driver = OpenFlowDriver("core-1", DATAPATH, controller)
        driver.prepare([Difference(key=e.key, before=None, after=e) for e in (ACCESS, ANSWER, LEARN_IP)])
        driver.commit("t1", 10)
        driver.confirm("t1")
        yield Bench(ovs, driver)


def learnt(driver: OpenFlowDriver) -> list[FlowEntry]:
    """Neighbours, as soon as there are any."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        flows = [o for o in driver.observe().state.objects.values() if isinstance(o, FlowEntry)]
        found = [f for f in flows if f.cookie == LEARNT_COOKIE]
        if found:
            return found
    return []


def sends(ovs: OvsSandbox, packet: bytes) -> None:
    """A packet into port 1."""
    ovs.run("ovs-appctl", "netdev-dummy/receive", "p1", packet.hex())


NEIGHBOUR = FlowEntry(
    table=2,
    priority=100,
    match=match(FieldMatch("eth_type", 0x0800), FieldMatch("ipv4_dst", int.from_bytes(HOST_ADDRESS, "big"))),
    actions=(SetField("eth_dst", int.from_bytes(HOST, "big")),),
    cookie=LEARNT_COOKIE,
)


def test_a_neighbour_is_learnt_from_an_arp_request(bench: Bench) -> None:
    request = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + HOST + HOST_ADDRESS + bytes(6) + GATEWAY_ADDRESS
    sends(bench.ovs, b"\xff" * 6 + HOST + b"\x08\x06" + request + bytes(18))
    assert learnt(bench.driver) == [NEIGHBOUR]


def test_a_neighbour_is_learnt_from_ipv4_and_used(bench: Bench) -> None:
    header = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + HOST_ADDRESS + GATEWAY_ADDRESS
    packet = GATEWAY.to_bytes(6, "big") + HOST + b"\x08\x00" + header + struct.pack("!HHHH", 1, 2, 8, 0) + bytes(18)
    sends(bench.ovs, packet)
    assert learnt(bench.driver) == [NEIGHBOUR]
    shown = bench.ovs.trace("in_port=1,udp,vlan_tci=0,nw_dst=10.10.0.9,dl_dst=02:c1:ea:00:00:01")
    assert "Datapath actions: set(eth(dst=02:00:00:00:00:09)),1" in shown


def test_an_arp_request_is_answered_where_it_came_from(bench: Bench) -> None:
    shown = bench.ovs.trace(
        "in_port=1,dl_src=02:00:00:00:00:09,dl_dst=ff:ff:ff:ff:ff:ff,arp,arp_op=1,arp_spa=10.10.0.9,"
        "arp_tpa=10.10.0.1,arp_sha=02:00:00:00:00:09,vlan_tci=0"
    )
    final = next(line for line in shown.splitlines() if line.startswith("Final flow"))
    for part in (
        "dl_src=02:c1:ea:00:00:01,dl_dst=02:00:00:00:00:09",
        "arp_spa=10.10.0.1,arp_tpa=10.10.0.9,arp_op=2,arp_sha=02:c1:ea:00:00:01,arp_tha=02:00:00:00:00:09",
        "vlan_tci=0x0000",
    ):
        assert part in final
    assert "IN_PORT" in shown
