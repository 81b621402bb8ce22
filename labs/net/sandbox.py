"""A private Open vSwitch for tests and benches: its own database, daemon and folder, dummy ports, no root needed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from labs.net.command import run
from labs.net.ovs import SCHEMA
from labs.runner.errors import LabError

_DAEMONS = ("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl", "ovs-appctl")


def available() -> bool:
    """Whether Open vSwitch is installed."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return SCHEMA.exists() and all(shutil.which(d, path=path) for d in _DAEMONS)


class OvsSandbox:
    """Start with `with`. One bridge br0 in secure mode that dials `controller` each second."""

    def __init__(
        self,
        directory: Path,
        datapath_id: int,
        ports: tuple[int, ...] = (1, 2, 10),
        protocols: str = "OpenFlow13,OpenFlow14",
    ) -> None:
        self.directory = directory
        self.datapath_id = datapath_id
        self.ports = ports
        self.protocols = protocols
        self.environment = {
            **os.environ,
            "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
            **{k: str(directory) for k in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")},
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def ovsdb(self) -> str:
        """The remote of its database."""
        return f"unix:{self.directory}/db.sock"

    def run(self, *command: str) -> str:
        """Run a tool of Open vSwitch against this instance. Raises LabError."""
        return run(command, environment=self.environment)

    def vsctl(self, *words: str) -> str:
        """ovs-vsctl."""
        return self.run("ovs-vsctl", f"--db={self.ovsdb}", *words)

    def ofctl(self, *words: str, options: Sequence[str] = ()) -> str:
        """ovs-ofctl -O OpenFlow14 OPTIONS COMMAND br0 ..."""
        return self.run("ovs-ofctl", "-O", "OpenFlow14", *options, words[0], "br0", *words[1:])

    def trace(self, flow: str) -> str:
        """ofproto/trace br0 FLOW."""
        return self.run("ovs-appctl", "ofproto/trace", "br0", flow)

    def __enter__(self) -> Self:
        database = self.directory / "conf.db"
        self.run("ovsdb-tool", "create", str(database), str(SCHEMA))
        # As Debian starts it: what `ovs-vsctl set-manager` and `set-ssl` write takes effect.
        keys = ("private-key=db:Open_vSwitch,SSL,private_key", "certificate=db:Open_vSwitch,SSL,certificate")
        self._start(
            "ovsdb-server",
            *(str(database), f"--remote=p{self.ovsdb}", "--remote=db:Open_vSwitch,Open_vSwitch,manager_options"),
            *(f"--{key}" for key in (*keys, "ca-cert=db:Open_vSwitch,SSL,ca_cert")),
        )
        self._until(self.directory / "db.sock")
        self.vsctl("--no-wait", "init")
        self.start_switch()
        self.vsctl(
            *("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=dummy", "fail_mode=secure"),
            f"other_config:datapath-id={self.datapath_id:016x}",
            f"protocols={self.protocols}",
        )
        for port in self.ports:
            self.vsctl(
                *("add-port", "br0", f"p{port}", "--", "set", "interface", f"p{port}", "type=dummy"),
                f"ofport_request={port}",
            )
        return self

    def start_switch(self) -> None:
        """Start ovs-vswitchd."""
        self._start("ovs-vswitchd", self.ovsdb, "--enable-dummy", "--disable-system", "-vsyslog:off")

    def stop_switch(self) -> None:
        """Kill ovs-vswitchd: its flow entries are gone when it starts again."""
        self._stop("ovs-vswitchd")

    def restart_empty(self) -> None:
        """Kill ovs-vswitchd and start it again: its flow entries, groups and meters are gone."""
        self.stop_switch()
        self.start_switch()

    def processor_s(self) -> float:
        """How much of a processor the switch has had since it was started, s (proc(5), stat: utime and stime)."""
        text = Path(f"/proc/{self._running['ovs-vswitchd'].pid}/stat").read_text(encoding="utf-8")
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def dial(self, host: str, port: int, scheme: str = "tcp") -> None:
        """Point the bridge at a controller."""
        self.vsctl(
            *("set-controller", "br0", f"{scheme}:{host}:{port}", "--", "set", "controller", "br0"),
            *("max_backoff=1000", "inactivity_probe=5000", "connection_mode=out-of-band"),
        )

    def dial_all(self, *addresses: tuple[str, int]) -> None:
        """Point the bridge at several controllers: a session with each."""
        self.vsctl("set-controller", "br0", *(f"tcp:{host}:{port}" for host, port in addresses))

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self._running)):
            self._stop(name)

    def _start(self, name: str, *words: str) -> None:
        log = (self.directory / f"{name}.out").open("ab")
        self._running[name] = subprocess.Popen(
            (name, *words, "-vconsole:warn", f"--pidfile={self.directory}/{name}.pid"),
            env=self.environment,
            cwd=self.directory,
            stdout=log,
            stderr=log,
        )
        log.close()

    def _stop(self, name: str) -> None:
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(FileNotFoundError):
            (self.directory / f"{name}.pid").unlink()

    @staticmethod
    def _until(path: Path) -> None:
        end = time.monotonic() + 10
        while not path.exists():
            if time.monotonic() > end:
                raise LabError(f"Open vSwitch did not make {path}")
            time.sleep(0.02)
