"""Debian's netconfd (yuma123) behind an sshd of its own, as any user: a NETCONF server that is none of our writing.

It is given the lab's YANG modules, for the standard ones are YANG 1.1 beyond what it understands: of the lab's it takes
all but the ONU notification (one inside a list entry) once an `and` of two features is written as two lines.
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import asyncssh
import pytest

from intents.model.state import DeviceState
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.server import (
    EXCLUSIVE,
    FORGETS,
    KEEPS,
    LOCK,
    LOST,
    PERSIST,
    REVERTS,
    TIMER,
    VALIDATE,
    WHEN_IDLE,
)
from southbound.netconf.session import Access, Session
from tests.conftest import PATIENCE_S, REPO
from tests.labs.olt_lab import until

_LAB: Final = REPO / "labs" / "yang"
_OWN: Final = Path("/usr/share/yuma/modules")
_NETCONFD: Final = Path("/usr/sbin/netconfd")
_SUBSYSTEM: Final = Path("/usr/sbin/netconf-subsystem")
_SSHD: Final = Path("/usr/sbin/sshd")
_SEPARATION: Final = Path("/run/sshd")  # sshd insists on it where it runs as root
_COUNT: Final = Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".yuma" / "startup-cfg-txid.txt"  # netconfd insists on that
SEEN: Final = {LOCK: EXCLUSIVE, LOST: REVERTS, PERSIST: KEEPS, TIMER: WHEN_IDLE, VALIDATE: FORGETS}
PLAIN: Final = ("ietf-interfaces", "iana-if-type", "ietf-system")

needs_netconfd = pytest.mark.skipif(
    not all(p.exists() for p in (_NETCONFD, _SUBSYSTEM, _SSHD)),
    reason="needs Debian's netconfd and openssh-server (make setup installs them as root)",
)
Serve = Callable[..., "Netconfd"]


class Netconfd:
    """One server. options: its own, such as `--with-startup=true`; modules: None for the whole PON."""

    def __init__(self, *options: str, modules: Sequence[str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="clearway-netconfd-")  # short: a socket's path is limited
        self.folder = Path(self._folder.name)
        for name in ("host", "client"):
            key = asyncssh.generate_private_key("ssh-ed25519")
            key.write_private_key(str(self.folder / name))
            key.write_public_key(str(self.folder / f"{name}.pub"))
            (self.folder / name).chmod(0o600)
        self._modules = _pon_modules(self.folder / "yang") if modules is None else modules
        self._options = options
        self._server: subprocess.Popen[bytes] | None = None
        self._sshd: subprocess.Popen[bytes] | None = None
        self._made = [p for p in (_COUNT, _COUNT.parent, _SEPARATION) if not p.exists()]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]

    def start(self) -> None:
        """Start both and wait until they listen."""
        self.start_server()
        if os.geteuid() == 0 and not _SEPARATION.exists():
            _SEPARATION.mkdir(mode=0o755)
        (self.folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nPidFile none\nUsePAM no\nStrictModes no\n"
            f"HostKey {self.folder}/host\nAuthorizedKeysFile {self.folder}/client.pub\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            f'Subsystem netconf "{_SUBSYSTEM} --ncxserver-sockname={self.port}@{self.folder}/socket"\n'
        )
        self._sshd = self._run("sshd", str(_SSHD), "-D", "-e", "-f", str(self.folder / "sshd_config"))
        until(lambda: "Server listening" in self._log("sshd"))

    def start_server(self) -> None:
        """Start netconfd alone: sshd outlives it, as on a device whose NETCONF server was restarted."""
        (self.folder / "netconfd").unlink(missing_ok=True)
        (self.folder / "socket").unlink(missing_ok=True)
        own = [_OWN / part for part in ("ietf", "ietf-derived", "netconfcentral", "yuma123")]
        saved = self.folder / "startup-cfg.xml"
        if not saved.exists():
            saved.write_text('<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"/>')
        self._server = self._run(
            "netconfd",
            str(_NETCONFD),
            f"--modpath={':'.join(str(p) for p in (self.folder / 'yang', *own))}",
            *(f"--module={name}" for name in self._modules),
            f"--ncxserver-sockname={self.folder}/socket",
            f"--port={self.port}",
            f"--superuser={getpass.getuser()}",
            f"--startup={saved}",
            *self._options,
        )
        until(lambda: "Running netconfd server" in self._log("netconfd"))

    def kill(self) -> None:
        """Kill -9 netconfd: what comes up after `start_server` is what it saved."""
        _end(self._server, signal.SIGKILL)

    def stop(self) -> None:
        """End both; nothing is left."""
        _end(self._sshd, signal.SIGTERM)
        self.kill()
        for path in self._made:
            with suppress(OSError):  # never made, or others use it
                path.unlink() if path == _COUNT else path.rmdir()
        self._folder.cleanup()

    def access(self, rpc_timeout_s: float = 10.0) -> Access:
        """As the campus would have it."""
        return Access(
            host="127.0.0.1",
            port=self.port,
            username=getpass.getuser(),
            private_key=(self.folder / "client").read_text(),
            host_key=(self.folder / "host.pub").read_text(),
            rpc_timeout_s=rpc_timeout_s,
        )

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of ours."""
        session = Session("olt-1", self.access())
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def driving(self, manners: Mapping[str, str] | None = None) -> Iterator[NetconfDriver]:
        """A driver, which remembers what it was seen to do; None: it knows nothing of it yet."""
        driver = NetconfDriver("olt-1", self.access(), lock_wait_s=0.5)
        if manners is not None:
            with self.driving() as first:
                driver.recall(replace(first.probe(), manners=manners))
        try:
            yield driver
        finally:
            driver.close()

    def held(self) -> DeviceState:
        """What it holds, by a driver of its own."""
        with self.driving() as driver:
            return driver.observe().state

    def _run(self, log: str, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as file:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd=self.folder,
            )

    def _log(self, name: str) -> str:
        return (self.folder / name).read_text(errors="replace")


def _pon_modules(folder: Path) -> list[str]:
    """The lab's modules as it takes them, in `folder`; their names in order. Those of the IETF are its own."""
    folder.mkdir()
    for file in (*_LAB.glob("bbf-*.yang"), _LAB / "iana-if-type.yang"):  # the latter is newer than its own
        shutil.copy(file, folder)
    forwarding = folder / "bbf-l2-forwarding.yang"
    both = 'if-feature "forwarding-databases and mac-learning";'
    text = forwarding.read_text()
    assert both in text
    forwarding.write_text(text.replace(both, "if-feature forwarding-databases; if-feature mac-learning;"))
    lines = (_LAB / "load-order.txt").read_text().splitlines()
    names = [line.partition(":")[0] for line in lines if not line.startswith("#")]
    return [name for name in names if name != "bbf-xpon-onu-state"] + ["ietf-system"]


def _end(process: subprocess.Popen[bytes] | None, number: int) -> None:
    if process is not None and process.poll() is None:
        process.send_signal(number)
        process.wait(PATIENCE_S)


def left_alone(true: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Poll until something holds, seldom enough for a server whose timers run only while nobody asks it anything."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(1.5)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a netconfd with options."""
    started: list[Netconfd] = []

    def one(*options: str, modules: Sequence[str] | None = None) -> Netconfd:
        server = Netconfd(*options, modules=modules)
        started.append(server)
        server.start()
        return server

    yield one
    for server in started:
        server.stop()
