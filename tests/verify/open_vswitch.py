"""An Open vSwitch that tests load by our own driver, and ask where a frame goes."""

from __future__ import annotations

import json
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.openflow_listener import OpenFlowController
from intents.model.state import Difference
from intents.model.switch import SwitchObject
from intents.verify.reference.packet import Packet
from labs.net.sandbox import OvsSandbox
from southbound.openflow.driver import OpenFlowDriver
from tests.verify.frames import Sent, carried_out, datapath_actions, frame
from tests.verify.random_switches import PORTS

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


@contextmanager
def running() -> Iterator[Ovs]:
    """One with the ports of the random switches, which reads two tags."""
    with (
        OpenFlowController("127.0.0.1", 0, {DATAPATH: "s"}) as controller,
        tempfile.TemporaryDirectory(prefix="cw-of-") as directory,
        OvsSandbox(Path(directory), DATAPATH, ports=PORTS) as box,
    ):
        box.vsctl("set", "Open_vSwitch", ".", "other_config:vlan-limit=2")
        box.dial(*controller.address)
        with closing(Ovs(box, OpenFlowDriver("s", DATAPATH, controller))) as found:
            yield found
