"""Verifier and reference against Open vSwitch itself: the same entries and groups, the same packets, the same copies.

Entries, groups and meters go in by our own driver; packets are whole frames, handed to `ofproto/trace`, and what the
datapath's actions make of them is what leaves. Left out, since a switch refuses it or a trace does not tell: entries
without prerequisites, more than two tags, groups and meters that are not there, and `select` by the datapath's hash.
"""

from __future__ import annotations

import json
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from controller.openflow_listener import OpenFlowController
from intents.model.state import Difference
from intents.model.switch import FlowEntry, LearnNeighbour, PortQueue, SwitchObject
from intents.verify.reference.packet import Packet
from intents.verify.reference.switch import Outcome
from labs.net import sandbox
from labs.net.sandbox import OvsSandbox
from southbound.openflow.driver import OpenFlowDriver
from tests.verify.frames import Sent, carried_out, datapath_actions, frame
from tests.verify.random_switches import PORTS, Maker
from tests.verify.test_reference import Case, case_of, exact, outcomes

pytestmark = pytest.mark.lab
DATAPATH = 0xC1EA02


@dataclass
class Ovs:
    """An Open vSwitch with one bridge, our driver of it, and its control socket."""

    sandbox: OvsSandbox
    driver: OpenFlowDriver

    def __post_init__(self) -> None:
        (path,) = self.sandbox.directory.glob("ovs-vswitchd.*.ctl")
        self._control = socket.socket(socket.AF_UNIX)
        self._control.connect(str(path))

    def close(self) -> None:
        self._control.close()

    def ask(self, method: str, *words: str) -> str:
        """ovs-appctl, without a process for each question."""
        self._control.sendall(json.dumps({"method": method, "params": words, "id": 0}).encode())
        got = b""
        while True:
            got += self._control.recv(1 << 20)
            try:
                told = json.loads(got)
            except ValueError:
                continue
            assert told["error"] is None, told["error"]
            return str(told["result"])

    def load(self, objects: Sequence[SwitchObject]) -> None:
        """Hold these, and nothing else."""
        order = ["flow", "group", "meter"]  # an entry goes before the group that it uses, and comes after it
        gone = sorted(self.read(), key=lambda o: order.index(str(o.key[0])))
        self.change([Difference(key=o.key, before=o, after=None) for o in gone])
        come = sorted((o for o in objects if str(o.key[0]) in order), key=lambda o: -order.index(str(o.key[0])))
        self.change([Difference(key=o.key, before=None, after=o) for o in come])

    def read(self) -> list[SwitchObject]:
        """What it holds, with what it has learnt."""
        return [o for o in self.driver.observe().state.objects.values() if isinstance(o, SwitchObject)]

    def change(self, differences: Sequence[Difference]) -> None:
        self.driver.prepare(differences)
        self.driver.commit("t", 10)
        self.driver.confirm("t")

    def set_up(self, up: frozenset[int]) -> None:
        """Ports up and down, as the switch itself says it of them."""
        for port in PORTS:
            self.ask("netdev-dummy/set-admin-state", f"p{port}", "up" if port in up else "down")
        end = time.monotonic() + 10
        while getattr(self.driver.observe().facts, "up", None) != up:
            assert time.monotonic() < end
            time.sleep(0.01)

    def sent(self, port: int, packet: Packet) -> list[Sent]:
        """What leaves."""
        trace = self.ask("ofproto/trace", "br0", f"in_port={port}", frame(packet).hex())
        return carried_out(packet, datapath_actions(trace))


@pytest.fixture(scope="module")
def ovs() -> Iterator[Ovs]:
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    with (
        OpenFlowController("127.0.0.1", 0, {DATAPATH: "s"}) as controller,
        tempfile.TemporaryDirectory(prefix="cw-of-") as directory,
        OvsSandbox(Path(directory), DATAPATH, ports=PORTS) as box,
    ):
        box.vsctl("set", "Open_vSwitch", ".", "other_config:vlan-limit=2")
        box.dial(*controller.address)
        found = Ovs(box, OpenFlowDriver("s", DATAPATH, controller))
        yield found
        found.close()


def by_port(sent: list[Sent]) -> list[Sent]:
    return sorted(sent, key=repr)


def expected(outcome: Outcome) -> list[Sent]:
    return by_port([Sent(o.port, o.queue or 0, len(o.meters), o.packet) for o in outcome.outs])


def differences(ovs: Ovs, at: Case, port: int, packet: Packet) -> Iterator[str]:
    """Where Open vSwitch, reference and verifier are not of one mind on a packet."""
    found = by_port(ovs.sent(port, packet))
    ways = outcomes(at, port, packet, at.up)
    if any(way.doubt for way in ways):
        yield f"the reference does not say: {ways}"
    elif found not in [expected(way) for way in ways]:
        yield f"{packet} by {port}: Open vSwitch sends {found}, the reference {[expected(w) for w in ways]}: {ways}"
    yield from exact(at, port, packet)


def compare(ovs: Ovs, seed: int, switches: int, packets: int) -> list[str]:
    wrong: list[str] = []
    for number in range(switches):
        maker = Maker(Random(f"ovs {seed}/{number}"), strict=True)  # noqa: S311 - not for secrets
        objects = maker.switch()
        up = frozenset(PORTS) if number % 4 else frozenset(p for p in PORTS if maker.chance(0.5))
        ovs.load(objects)
        ovs.set_up(up)
        learns = any(isinstance(a, LearnNeighbour) for o in objects if isinstance(o, FlowEntry) for a in o.actions)
        at = case_of(objects, up)
        for _ in range(packets):
            if learns:  # a traced packet is learnt from
                at = case_of([*ovs.read(), *(o for o in objects if isinstance(o, PortQueue))], up)
            packet, port = maker.packet(at.entries, most_tags=1), maker.random.choice(PORTS)
            wrong += [f"switch {seed}/{number}: {text}" for text in differences(ovs, at, port, packet)]
    return wrong


def test_of_thousands_of_packets_all_three_say_the_same(ovs: Ovs) -> None:
    assert compare(ovs, 1, 100, 40) == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_of_tens_of_thousands_of_packets_all_three_say_the_same(ovs: Ovs) -> None:
    assert compare(ovs, 2, 1_000, 40) == []
