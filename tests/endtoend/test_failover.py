"""Two cables between two switches, one fails: Open vSwitch goes over to the other by itself, with nobody to tell it."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.fleet import Fleet
from controller.openflow_listener import OpenFlowController
from intents.compile import compile_intended, make_plan
from intents.model.campus import Campus, Switch
from intents.model.evidence import Property
from intents.model.intent import ResolvedIntent
from intents.verify import verify
from labs.net.command import batch
from labs.net.fabric import HEADER_BYTES, MTU, Fabric, build
from labs.net.htb import ROOT, counters
from labs.net.names import interface
from labs.net.netns import entered
from labs.net.stretch import DOWN, UP
from labs.net.trunks import Agent, Trunk, write_config
from labs.runner.blueprint import blueprint
from southbound.driver import Driver
from southbound.openflow.driver import OpenFlowDriver
from southbound.ovsdb.driver import OvsdbDriver
from tests.compile.campuses import SEGMENTS, G, M, campus_of, intent, place
from tests.endtoend.site import eventually
from tests.labs.lab_net import lab, needs_a_lab

pytestmark = needs_a_lab

SCALE = 20
IMAGING, CLINICAL = 0x10 + 3, 0x10 + 2  # classes of HTB: a queue's number is its class's priority
SWITCHES = ("acc-1", "core-1")
CABLES = {"in use": 8, "beside": 9}
PACS, HIS, GATEWAY_OF_SERVERS = "10.20.0.5", "10.20.0.6", "10.20.0.1"
PACKETS, STEP_S = 600, 0.002


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def campus(controller: tuple[str, int]) -> Campus:
    """An access switch and the gateway, with two cables between them."""
    remote = "tcp:{}:{}".format(*controller)
    ovsdb = f"tcp:127.0.0.1:{free_port()}"
    ports = {1: 1 * G, 2: 1 * G, 8: 1 * G, 9: 1 * G}
    switches = {
        name: Switch(name=name, datapath_id=number, ports=ports, gateway=name == "core-1", openflow=remote, ovsdb=ovsdb)
        for number, name in enumerate(SWITCHES, start=1)
    }
    places = [
        place("ct-room", "acc-1:1", "imaging", 11, "02:00:00:00:00:11"),
        place("ward-1", "acc-1:2", "clinical", 31, None),
        place("pacs", "core-1:1", "servers", 5, "02:00:00:00:00:05"),
        place("his", "core-1:2", "servers", 6, None),
    ]
    return campus_of(places, switches=switches, links=[("acc-1:8", "core-1:8"), ("acc-1:9", "core-1:9")])


def asked(network: Campus) -> list[ResolvedIntent]:
    return [
        intent(network, "ct", "ct-room", "pacs", service_class="imaging", guarantee_bps=100 * M, survive="acc-1:8"),
        intent(network, "ward", "ward-1", "his", service_class="clinical", line=2),
    ]


@dataclass
class Site:
    """The two switches, configured by the product, and without a controller since."""

    fabric: Fabric

    def sent(self, switch: str, cable: str) -> Counter[int]:
        """Packets that a switch sent onto a cable, by class of HTB."""
        stretch, is_near = self.fabric.trunks[switch, CABLES[cable]]
        found = counters(stretch.netns, DOWN if is_near else UP)
        return Counter({minor: c.sent_packets for minor, c in found.items() if minor != ROOT})

    def turn(self, cable: str, state: str) -> None:
        """Both ends of a cable `up` or `down`."""
        stretch, _ = self.fabric.trunks["acc-1", CABLES[cable]]
        batch("ip", [f"link set dev {end} {state}" for end in (stretch.near, stretch.far)], netns=self.fabric.ovs.netns)

    def pings(self, place: str, address: str) -> bool:
        words = ["ip", "netns", "exec", self.fabric.hosts[place], "ping", "-c", "3", "-i", "0.1", "-W", "1", address]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    @contextmanager
    def counting(self, cable: str) -> Iterator[dict[str, Counter[int]]]:
        """What each switch sends onto a cable meanwhile, by class, when it is over."""
        before = {name: self.sent(name, cable) for name in SWITCHES}
        more: dict[str, Counter[int]] = {}
        yield more
        more.update({name: self.sent(name, cable) - before[name] for name in SWITCHES})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("failover")
    with lab(folder) as record:
        with OpenFlowController("127.0.0.1", 0, dict(enumerate(SWITCHES, start=1))) as controller:
            network = campus(controller.address)
            fabric = build(record, folder / "ovs", blueprint(network), scale=SCALE)
            configure(network, controller)
        shape(folder, fabric)
        site = Site(fabric)
        for name in ("ward-1", "his"):  # their MAC addresses are not written: the gateway learns them
            site.pings(name, str(SEGMENTS[network.places[name].segment].gateway))
        yield site


@pytest.fixture
def site(built: Site) -> Iterator[Site]:
    """With both cables up, then and afterwards."""
    yield built
    for cable in CABLES:
        built.turn(cable, "up")


def configure(network: Campus, controller: OpenFlowController) -> None:
    """As the product does it: plan against what is held, commit, read back, prove."""
    drivers: dict[str, list[Driver]] = {
        name: [
            OpenFlowDriver(name, switch.datapath_id, controller),
            OvsdbDriver(name, switch.ovsdb or "", switch.datapath_id),
        ]
        for name, switch in network.switches.items()
    }
    with Fleet(network, drivers) as fleet:
        held = fleet.observe()
        compiled = compile_intended(network, asked(network), held)
        assert compiled.intended is not None, compiled.diagnostics
        changes = make_plan(compiled.intended, network, held).changes
        for name, each in drivers.items():
            for driver in each:
                driver.prepare(
                    [c.difference for c in changes if c.device == name and c.difference.key[0] in driver.kinds]
                )
                driver.commit("t1", 10)
                driver.confirm("t1")
        verdict = verify(network, asked(network), fleet.observe())
    assert verdict.holds, verdict
    assert [f.property for i in verdict.intents for f in i.findings if f.property is Property.SURVIVAL] == ["survival"]


def shape(folder: Path, fabric: Fabric) -> None:
    """Make the queues of the cables real, once."""
    trunks = [
        Trunk(
            bridge=interface(switch),
            interface=stretch.near if is_near else stretch.far,
            number=number,
            rate_bps=1 * G,
            netns=stretch.netns,
            device=DOWN if is_near else UP,
        )
        for (switch, number), (stretch, is_near) in sorted(fabric.trunks.items())
    ]
    config = folder / "trunks.json"
    write_config(config, fabric.ovs, trunks, SCALE, MTU + HEADER_BYTES)
    assert Agent(json.loads(config.read_text(encoding="utf-8"))).turn()


def test_both_cables_up_the_first_is_used_and_the_other_is_not(site: Site) -> None:
    with site.counting("in use") as used, site.counting("beside") as idle:
        assert site.pings("ct-room", PACS)
        assert site.pings("ward-1", HIS)
    assert {name: set(used[name]) for name in SWITCHES} == {name: {IMAGING, CLINICAL} for name in SWITCHES}
    assert idle == {"acc-1": {}, "core-1": {}}


def test_when_it_fails_everything_goes_by_the_other_in_the_same_classes(site: Site) -> None:
    site.turn("in use", "down")
    with site.counting("beside") as used:
        assert site.pings("ct-room", PACS)
        assert site.pings("ward-1", HIS)
    assert {name: set(used[name]) for name in SWITCHES} == {name: {IMAGING, CLINICAL} for name in SWITCHES}


def test_a_neighbour_is_learnt_by_the_other_cable_too(site: Site) -> None:
    site.turn("in use", "down")
    site.fabric.ovs.ofctl("del-flows", "core-1", "table=2")

    def each_speaks_and_is_known() -> bool:
        site.pings("his", GATEWAY_OF_SERVERS)  # is not answered, and heard
        return site.pings("ward-1", HIS)

    assert eventually(each_speaks_and_is_known)


def test_who_may_not_talk_may_not_by_the_other_cable_either(site: Site) -> None:
    site.turn("in use", "down")
    assert not site.pings("ward-1", PACS)


def test_when_it_comes_back_it_is_used_again(site: Site) -> None:
    site.turn("in use", "down")
    assert site.pings("ct-room", PACS)
    site.turn("in use", "up")

    def only_it_is_used() -> bool:
        with site.counting("in use") as used, site.counting("beside") as idle:
            assert site.pings("ct-room", PACS)
        return all(set(used[name]) == {IMAGING} and not idle[name] for name in SWITCHES)

    assert eventually(only_it_is_used)


def test_a_stream_is_interrupted_for_less_than_a_tenth_of_a_second(site: Site) -> None:
    """A packet each 2 ms; the cable fails in the midst."""
    assert site.pings("ct-room", PACS)
    with entered(site.fabric.hosts["pacs"]):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind((PACS, 5000))
    with entered(site.fabric.hosts["ct-room"]):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.settimeout(1.0)
    failing = threading.Timer(0.5, site.turn, ("in use", "down"))
    failing.start()
    for number in range(PACKETS):
        sender.sendto(struct.pack("!I", number), (PACS, 5000))
        time.sleep(STEP_S)
    failing.join()
    got: list[int] = []
    with sender, receiver, suppress(TimeoutError):
        while not got or got[-1] < PACKETS - 1:
            got.append(struct.unpack("!I", receiver.recv(64))[0])
    lost = PACKETS - len(got)
    assert got[-1] == PACKETS - 1
    assert got == sorted(got)
    assert lost * STEP_S < 0.1, f"{lost} packets of {PACKETS} lost"
