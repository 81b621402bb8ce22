"""The lab's OLT as a process, for tests: start, kill, start again, talk NETCONF, move ONUs about."""

from __future__ import annotations

import json
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
from lxml import etree
from ncclient import manager
from ncclient.operations.rpc import RPCError
from ncclient.transport import session as transport
from ncclient.transport.errors import TransportError

from tests.conftest import PATIENCE_S
from tests.labs.forks import Fork

transport.TICK = 0.005  # ncclient looks at its queue once a tick, 100 ms by default

NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
IF = "urn:ietf:params:xml:ns:yang:ietf-interfaces"
PLANT: dict[str, Any] = {
    "pons": {
        "pon-1": {
            "technology": "xgs-pon",
            "onus": [
                {"serial": "CWLB00000001", "unis": {"1": "10 Gbit/s"}, "present": True},
                {"serial": "CWLB00000002", "unis": {"1": "10 Gbit/s"}, "present": False},
                {"serial": "CWLB000000FF", "unis": {"1": "1 Gbit/s"}, "present": True},
            ],
        }
    },
    "uplinks": {"up-1": "10 Gbit/s"},
}


def ed25519() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


@cache
def rsa() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-rsa")


class Olt:
    """One OLT with its state in `folder`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.arguments = arguments
        folder.mkdir(parents=True, exist_ok=True)
        # Clients have two keys: one of RSA takes a tenth of a second to read. It is in PEM for libssh2 (yangcli).
        keys = (("host", ed25519(), "openssh"), ("client", ed25519(), "openssh"), ("client-rsa", rsa(), "pkcs1-pem"))
        for name, key, form in keys:
            key.write_private_key(str(folder / name), format_name=form)
            key.write_public_key(str(folder / f"{name}.pub"))
            (folder / name).chmod(0o600)
        public = [(folder / f"{name}.pub").read_text() for name in ("client", "client-rsa")]
        (folder / "authorized").write_text("".join(public))
        self.plant(PLANT)
        self.port = 0
        self.process: Fork | None = None

    def plant(self, plant: dict[str, Any]) -> None:
        """Write the plant's file."""
        (self.folder / "plant.json").write_text(json.dumps(plant))

    def start(self) -> None:
        """Start, on the port of the first time, and wait until it listens."""
        arguments = ["--name", "olt-1", "--listen", f"127.0.0.1:{self.port}"]
        files = [
            ("--state", "state"),
            ("--host-key", "host"),
            ("--authorized-key", "authorized"),
            ("--plant", "plant.json"),
        ]
        for option, name in files:
            arguments += [option, str(self.folder / name)]
        with (self.folder / "log").open("a") as log:
            self.process = Fork([*arguments, *self.arguments], log)
        assert select.select([self.process.stdout], [], [], PATIENCE_S)[0], "the OLT does not start"
        line = self.process.stdout.readline()
        assert "listens on" in line, self.log()
        self.port = int(line.rpartition(":")[2])

    def log(self) -> str:
        """What it logged."""
        return (self.folder / "log").read_text()

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None

    def kill(self) -> None:
        """Kill -9."""
        self.stop(signal.SIGKILL)

    def connect(self, user: str = "clearway", *, capabilities: list[str] | None = None) -> manager.Manager:
        """A session by ncclient."""
        return manager.connect(
            host="127.0.0.1",
            port=self.port,
            username=user,
            key_filename=str(self.folder / "client"),
            hostkey_verify=False,
            allow_agent=False,
            look_for_keys=False,
            timeout=PATIENCE_S,
            nc_params={"capabilities": capabilities} if capabilities else {},
        )

    @contextmanager
    def session(self, user: str = "clearway") -> Iterator[manager.Manager]:
        """A session that is closed in the end."""
        m = self.connect(user)
        try:
            yield m
        finally:
            if m.connected:
                with suppress(TransportError):  # killed meanwhile, and not noticed yet
                    m.close_session()

    @contextmanager
    def raw(self) -> Iterator[paramiko.Channel]:
        """The bytes of subsystem netconf."""
        transport_ = paramiko.Transport(("127.0.0.1", self.port))
        try:
            transport_.connect(
                username="raw", pkey=paramiko.Ed25519Key.from_private_key_file(str(self.folder / "client"))
            )
            channel = transport_.open_session()
            channel.settimeout(PATIENCE_S)
            channel.invoke_subsystem("netconf")
            yield channel
        finally:
            transport_.close()

    def control(self, **command: Any) -> dict[str, Any]:
        """One command over the control socket."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(PATIENCE_S)
            sock.connect(str(self.folder / "state" / "control"))
            sock.sendall(json.dumps(command).encode() + b"\n")
            with sock.makefile() as file:
                answer: dict[str, Any] = json.loads(file.readline())
                return answer


def config(text: str) -> str:
    """`text` as the config parameter."""
    return f'<config xmlns="{NC}" xmlns:nc="{NC}">{text}</config>'


def lose(m: manager.Manager) -> None:
    """The session is lost without close-session, as when a controller dies."""
    m._session.close()


def names(m: manager.Manager, datastore: str = "running") -> set[str]:
    """The interfaces in a datastore."""
    data = m.get_config(datastore).data_ele
    return {element.text or "" for element in data.iterfind(f".//{{{IF}}}interface/{{{IF}}}name")}


def refused(job: Callable[[], Any]) -> list[RPCError]:
    """The rpc-errors of a call that must be refused."""
    try:
        job()
    except RPCError as error:
        return list(error.errors) if getattr(error, "errors", None) else [error]
    raise AssertionError("it was not refused")


def until(true: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Poll until something holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def notified(m: manager.Manager, name: str, seconds: float = PATIENCE_S) -> etree._Element:
    """The next notification with an element of that name in it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        note = m.take_notification(block=True, timeout=max(0.01, deadline - time.monotonic()))
        if note is not None:
            root = etree.fromstring(note.notification_xml.encode())
            if root.find(f".//{{*}}{name}") is not None:
                return root
    raise AssertionError(f"no notification {name}")
