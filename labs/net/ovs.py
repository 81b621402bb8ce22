"""An Open vSwitch instance of the lab's own: database, daemon and sockets in one folder, userspace datapath.

See labs/notes/0001 for why memory and socket buffers are set as they are.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from labs.net.run import run
from labs.runner.errors import LabError

# glibc must not give memory back to the system at each poll: it would take half the processor (note 0001, 3).
_MALLOC: Final = {
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
    "MALLOC_TOP_PAD_": "67108864",
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
}
# Taken when a port is added, so they stay raised while the lab runs (note 0001, 4).
_BUFFERS: Final = {"net.core.rmem_default": "33554432", "net.core.wmem_default": "8388608"}
_SCHEMA: Final = "/usr/share/openvswitch/vswitch.ovsschema"
_OPENFLOW: Final = "OpenFlow13,OpenFlow14"


class Ovs:
    """One instance. `folder` holds its database, sockets, logs and pid files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._db = f"unix:{folder}/db.sock"
        self._env = {
            **os.environ,
            "OVS_RUNDIR": str(folder),
            "OVS_LOGDIR": str(folder),
            "OVS_DBDIR": str(folder),
            "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/share/openvswitch/scripts",
        }

    def start(self, remotes: Sequence[str] = ()) -> None:
        """Start afresh, with an empty database that also listens on `remotes` (ptcp:PORT:ADDRESS)."""
        self.stop()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._raise_buffers()
        database = self.folder / "conf.db"
        database.unlink(missing_ok=True)
        self._run("ovsdb-tool", "create", str(database), _SCHEMA)
        self._run(
            "ovsdb-server",
            str(database),
            f"--remote=punix:{self.folder}/db.sock",
            *(f"--remote={r}" for r in remotes),
            f"--pidfile={self.folder}/ovsdb-server.pid",
            f"--unixctl={self.folder}/ovsdb.ctl",
            "--detach",
            "--no-chdir",
            f"--log-file={self.folder}/ovsdb-server.log",
            "-vconsole:off",
        )
        self.vsctl("--no-wait", "init")
        # A GEM port is emulated by a second tag (note 0001): both have to be seen.
        self.vsctl("--no-wait", "set", "Open_vSwitch", ".", "other_config:vlan-limit=2")
        self._run(
            "ovs-vswitchd",
            self._db,
            f"--pidfile={self.folder}/ovs-vswitchd.pid",
            f"--unixctl={self.folder}/vswitchd.ctl",
            "--detach",
            "--no-chdir",
            f"--log-file={self.folder}/ovs-vswitchd.log",
            "-vconsole:off",
            extra=_MALLOC,
        )

    def stop(self) -> None:
        """End the daemons, also those of a killed runner, and put the buffers back."""
        for name in ("ovs-vswitchd", "ovsdb-server"):
            _end(self.folder / f"{name}.pid", name)
        self._restore_buffers()

    def running(self) -> bool:
        """Whether the daemon is there."""
        return _pid(self.folder / "ovs-vswitchd.pid", "ovs-vswitchd") is not None

    def vsctl(self, *words: str) -> str:
        """ovs-vsctl on this instance."""
        return self._run("ovs-vsctl", f"--db={self._db}", "--timeout=15", *words)

    def ofctl(self, command: str, bridge: str, *words: str, stdin: str | None = None) -> str:
        """ovs-ofctl on a bridge of this instance."""
        target = f"unix:{self.folder}/{bridge}.mgmt"
        return self._run("ovs-ofctl", "-O", _OPENFLOW, command, target, *words, stdin=stdin)

    def appctl(self, *words: str) -> str:
        """ovs-appctl on the daemon."""
        return self._run("ovs-appctl", "-t", f"{self.folder}/vswitchd.ctl", *words)

    def add_bridge(self, name: str, datapath_id: int | None = None, controller: str | None = None) -> None:
        """A bridge in fail mode secure: without flows nothing is forwarded."""
        words = ["add-br", name, "--", "set", "bridge", name, "datapath_type=netdev", "fail_mode=secure"]
        words += [f"protocols={_OPENFLOW}"]
        if datapath_id is not None:
            words.append(f"other_config:datapath-id={datapath_id:016x}")
        self.vsctl(*words)
        if controller is not None:
            self.vsctl("set-controller", name, controller)
            self.vsctl("set", "controller", name, "max_backoff=1000", "inactivity_probe=10000")

    def add_port(self, bridge: str, device: str, number: int) -> None:
        """A kernel device as a port with a number."""
        self.vsctl("add-port", bridge, device, "--", "set", "interface", device, f"ofport_request={number}")

    def add_patch(self, a: tuple[str, str, int], b: tuple[str, str, int]) -> None:
        """Two bridges joined: (bridge, port name, number) each."""
        for (bridge, port, number), (_, peer, _) in ((a, b), (b, a)):
            self.vsctl(
                "add-port",
                bridge,
                port,
                "--",
                "set",
                "interface",
                port,
                "type=patch",
                f"options:peer={peer}",
                f"ofport_request={number}",
            )

    def _run(self, *command: str, stdin: str | None = None, extra: dict[str, str] | None = None) -> str:
        return run(command, stdin=stdin, env={**self._env, **(extra or {})})

    def _raise_buffers(self) -> None:
        saved = self.folder / "sysctl.saved"
        if not saved.exists():
            lines = [f"{name}={_sysctl(name).read_text().strip()}" for name in _BUFFERS]
            saved.write_text("\n".join(lines) + "\n")
        for name, value in _BUFFERS.items():
            _sysctl(name).write_text(value)

    def _restore_buffers(self) -> None:
        saved = self.folder / "sysctl.saved"
        if saved.exists():
            for line in saved.read_text().split():
                name, _, value = line.partition("=")
                with contextlib.suppress(OSError):
                    _sysctl(name).write_text(value)
            saved.unlink()


def _sysctl(name: str) -> Path:
    return Path("/proc/sys") / name.replace(".", "/")


def _pid(path: Path, name: str) -> int | None:
    """The pid in a file, if that process is still the program of this name."""
    try:
        pid = int(path.read_text().strip())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    mine = str(path.parent).encode()
    return pid if name.encode() in command[0] and any(mine in word for word in command) else None


def _end(path: Path, name: str) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        pid = _pid(path, name)
        if pid is None:
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + 5
        while _pid(path, name) is not None and time.monotonic() < deadline:
            time.sleep(0.02)
    if _pid(path, name) is not None:
        raise LabError(f"{name} of {path.parent} does not end")
    path.unlink(missing_ok=True)
