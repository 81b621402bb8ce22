"""NETCONF over SSH (RFC 6242): asyncssh to sessions."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from labs.olt.device import Client
from labs.olt.events import now
from labs.olt.served import Served
from labs.olt.session import Session

_LOG = logging.getLogger(__name__)
_READ = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where to listen and who may come. read_only: users that may not change anything."""

    host: str
    port: int
    host_key: Path
    authorized_keys: Path
    read_only: frozenset[str] = frozenset()


class Server:
    """Listens and keeps the sessions."""

    def __init__(self, device: Served, access: Access) -> None:
        self._device = device
        self._access = access
        self._sessions: dict[int, tuple[Session, str, _Channel]] = {}
        self._next = 1
        self._acceptor: Any = None
        device.reboots.append(self.drop_all)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._acceptor.get_port())

    async def start(self) -> None:
        """Begin to listen. Raises OSError, ValueError, asyncssh errors for keys."""
        self._acceptor = await asyncssh.listen(
            self._access.host,
            self._access.port,
            server_host_keys=[str(self._access.host_key)],
            authorized_client_keys=str(self._access.authorized_keys),
            process_factory=self._serve,
            encoding=None,
            line_editor=False,
            allow_pty=False,
            agent_forwarding=False,
            x11_forwarding=False,
            keepalive_interval=15,
            keepalive_count_max=3,
            login_timeout=30,
            server_version="clearway-lab-olt",
            reuse_address=True,
        )

    async def stop(self) -> None:
        """End every session and listen no more."""
        self._acceptor.close()
        self.drop_all()
        await self._acceptor.wait_closed()

    def drop_all(self) -> None:
        """Cut every connection."""
        for _, _, channel in list(self._sessions.values()):
            channel.abort()

    def kill(self, session: int) -> bool:
        """See Peers."""
        found = self._sessions.get(session)
        if found is None:
            return False
        found[0].reason = "killed"
        found[2].abort()
        return True

    def all(self) -> list[tuple[Client, str]]:
        """See Peers."""
        return [(session.client, login) for session, login, _ in self._sessions.values()]

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        if process.subsystem != "netconf":
            process.stderr.write(b"this is a NETCONF server: ask for subsystem netconf\n")
            process.exit(1)
            return
        user = str(process.get_extra_info("username") or "")
        peer = process.get_extra_info("peername") or ("", 0)
        number = self._next
        self._next += 1
        client = Client(session=number, user=user, source=str(peer[0]), read_only=user in self._access.read_only)
        channel = _Channel(process)
        session = Session(self._device, client, channel, self)
        self._sessions[number] = (session, now(), channel)
        try:
            await session.run(channel.receive)
        except (asyncssh.Error, OSError, EOFError) as error:
            _LOG.info("session %d lost: %s", number, error)
        finally:
            del self._sessions[number]
            await self._device.session_ended(number)


class _Channel:
    """The bytes of an SSH channel."""

    def __init__(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self._process = process

    async def receive(self) -> bytes:
        """Some bytes; none when the peer is gone."""
        try:
            return await self._process.stdin.read(_READ)
        except (asyncssh.Error, OSError):
            return b""

    def write(self, data: bytes) -> None:
        """Queue bytes; in vain where the peer is gone."""
        if not self._process.is_closing():
            self._process.stdout.write(data)

    async def drain(self) -> None:
        """Wait until there is room."""
        if not self._process.is_closing():
            await self._process.stdout.drain()

    def unsent(self) -> int:
        """Bytes in the channel's buffer."""
        return int(self._process.channel.get_write_buffer_size())

    def close(self) -> None:
        """End the channel after what is queued."""
        if not self._process.is_closing():
            self._process.exit(0)

    def abort(self) -> None:
        """End the connection at once."""
        self._process.channel.abort()
        connection = self._process.get_extra_info("connection")
        if connection is not None:
            connection.abort()
