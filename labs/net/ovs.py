"""An Open vSwitch of the lab's own: database, daemon, folder and network namespace; the system's is left alone.

The user-space datapath has one fixed interface name, so two instances need two namespaces. The database is reached
from outside by TCP, since only the daemon is in the namespace, and a controller through a relay (relay.py).

A node that is a container is such a namespace already, and what it may not set others set: netns None.

Three settings make it fit to be measured (labs/notes/0001, 3, 4 and 10): the daemon keeps its memory, its sockets get
large buffers, and it has a processor to itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from labs.net.command import batch, run
from labs.net.netns import add_netns, inside
from labs.net.record import Record
from labs.net.steering import keep_on_its_cpu, steer_away
from labs.runner.errors import LabError

SCHEMA: Final = Path("/usr/share/openvswitch/vswitch.ovsschema")
RMEM_BYTES: Final = 32 << 20
WMEM_BYTES: Final = 256 << 20
_KEEP_MEMORY: Final = {
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(64 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
}
_REFUSED: Final = "error sending Ethernet packet"
_READY_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A bridge. controller: `tcp:HOST:PORT`, None for a bridge that the lab programs itself."""

    name: str
    datapath_id: int
    controller: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port by its interface and OpenFlow number. peer: the other end, for a patch port."""

    bridge: str
    name: str
    number: int
    peer: str | None = None


def raise_buffers(record: Record) -> None:
    """Give sockets of switches made from now on large buffers, until the last lab that asked is gone."""
    for name, value in (("net.core.rmem_default", RMEM_BYTES), ("net.core.wmem_default", WMEM_BYTES)):
        record.raise_setting(name, value)


class OvsInstance:
    """One database and one daemon, in a folder and a network namespace; None: the one that this runs in."""

    def __init__(self, folder: Path, netns: str | None) -> None:
        self.folder = folder
        self.netns = netns
        self._database = f"unix:{folder / 'db.sock'}"
        self._environment = {"OVS_RUNDIR": str(folder), "OVS_LOGDIR": str(folder), "OVS_DBDIR": str(folder)}

    def start(self, record: Record, remotes: Sequence[str] = ()) -> None:
        """Start it empty. remotes: more ways to the database, such as `ptcp:6640:127.0.0.1`. Raises LabError."""
        record.note("folder", path=str(self.folder))
        if self.netns is not None:
            raise_buffers(record)
            record.note("netns", name=self.netns)
            add_netns(self.netns)
        batch("ip", ["link set dev lo up"], netns=self.netns)
        self.folder.mkdir(mode=0o700, parents=True)
        run(["ovsdb-tool", "create", str(self.folder / "conf.db"), str(SCHEMA)])
        listen = [f"--remote=p{self._database}", *(f"--remote={remote}" for remote in remotes)]
        self._daemon([], "ovsdb-server", str(self.folder / "conf.db"), *listen)
        # Two tags are parsed: the GEM port's and the customer's.
        self.vsctl("--no-wait", "init", "--", "set", "Open_vSwitch", ".", "other_config:vlan-limit=2")
        self._daemon(inside(self.netns), "ovs-vswitchd", self._database)
        if self.netns is not None:
            keep_on_its_cpu(self.pid)

    def _daemon(self, prefix: Sequence[str], program: str, *arguments: str) -> None:
        common = [f"--pidfile={self.folder / program}.pid", f"--log-file={self.folder / program}.log"]
        control = [f"--unixctl={self.folder / program}.ctl", "--detach", "--no-chdir"]
        run(
            [*prefix, program, *arguments, *common, *control, "-vconsole:off", "-vpoll_loop:off"],
            environment=self._environment | _KEEP_MEMORY,
        )

    @property
    def pid(self) -> int:
        """Of the daemon. Raises OSError, ValueError where there is none."""
        return int((self.folder / "ovs-vswitchd.pid").read_text(encoding="utf-8"))

    @property
    def running(self) -> bool:
        """Whether the daemon is there."""
        try:
            os.kill(self.pid, 0)
        except (OSError, ValueError):
            return False
        return True

    def vsctl(self, *arguments: str) -> str:
        """ovs-vsctl. Raises LabError."""
        return run(["ovs-vsctl", f"--db={self._database}", "--timeout=20", *arguments])

    def appctl(self, *arguments: str) -> str:
        """ovs-appctl to the daemon. Raises LabError."""
        return run(["ovs-appctl", f"--target={self.folder / 'ovs-vswitchd'}.ctl", *arguments])

    def ofctl(self, *arguments: str, text: str | None = None) -> str:
        """ovs-ofctl in OpenFlow 1.4, which has bundles. Bridges by name. Raises LabError."""
        return run(["ovs-ofctl", "-O", "OpenFlow14", *arguments], text=text, environment=self._environment)

    def add(self, bridges: Sequence[Bridge], ports: Sequence[Port]) -> None:
        """Add bridges and ports in one transaction, and wait until they are there. Interfaces that are not patch
        ports have to be in this instance's namespace. Raises LabError."""
        controllers = sorted({b.controller for b in bridges if b.controller is not None})
        relays = {c: c if self.netns is None else self._relay(c) for c in controllers}
        words: list[str] = []
        for bridge in bridges:
            words += ["--", "add-br", bridge.name, "--", "set", "bridge", bridge.name, "datapath_type=netdev"]
            words += ["fail_mode=secure", "protocols=OpenFlow13,OpenFlow14"]
            words += [f"other_config:datapath-id={bridge.datapath_id:016x}"]
            if bridge.controller is not None:
                # Out of band: no hidden flows, whoever the controller is.
                words += ["--", "set-controller", bridge.name, relays[bridge.controller]]
                words += ["--", "set", "controller", bridge.name, "connection_mode=out-of-band", "max_backoff=1000"]
        for port in ports:
            words += ["--", "add-port", port.bridge, port.name, "--", "set", "interface", port.name]
            words += [f"ofport_request={port.number}"]
            if port.peer is not None:
                words += ["type=patch", f"options:peer={port.peer}"]
        if words:
            self.vsctl(*words[1:])
        if self.netns is not None:
            steer_away([self.netns])

    def _relay(self, controller: str) -> str:
        kind, _, remote = controller.partition(":")
        if kind != "tcp":
            raise LabError(f"the lab's switches cannot reach {controller}", "write tcp:HOST:PORT")
        listen = self.folder / f"controller-{remote.replace(':', '-')}.sock"
        if not listen.exists():
            with (self.folder / "relay.log").open("ab") as log:
                subprocess.Popen(
                    [sys.executable, "-m", "labs.net.relay", str(listen), remote],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    cwd=Path(__file__).resolve().parents[2],
                )
            deadline = time.monotonic() + _READY_S
            while not listen.with_suffix(".pid").exists():
                if time.monotonic() > deadline:
                    raise LabError("the relay to the controller does not start", f"see {self.folder / 'relay.log'}")
                time.sleep(0.02)
        return f"unix:{listen}"

    def lost(self) -> Counter[str]:
        """Packets that were lost outside the shapers since the instance began, by where. Figures measured while any is
        lost mean nothing."""
        log = (self.folder / "ovs-vswitchd.log").read_text(errors="replace")
        found = Counter({"on the way out of Open vSwitch, whose send buffer was full (or more)": log.count(_REFUSED)})
        for line in run([*inside(self.netns), "ss", "-0", "-m"]).splitlines():
            drops = line.rpartition(",d")[2].partition(")")[0]
            if drops.isdigit():
                port = next((w.removeprefix("*:") for w in line.split() if w.startswith("*:")), "a port")
                found[f"on the way into Open vSwitch at {port}"] += int(drops)
        return +found
