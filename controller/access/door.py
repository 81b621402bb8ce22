"""The door of the API: TLS, who somebody is, and how many may come at once. Behind it gRPC hears on a socket of ours.

    caller --TLS--> Door --unix socket in a folder of ours, a name for each caller--> grpc.aio

gRPC's own TLS either asks for no certificate or ends the handshake without one, and tells nobody; its Python knows
neither who was turned away nor why. Here each refusal is told and written down, a handshake has a deadline, those who
have not shown a certificate yet are counted, and one who has none is answered in words. gRPC sees the name of the
socket that a connection comes from (`ServicerContext.peer`), by which `identity` finds the caller; nobody else can bind
there.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import pwd
import socket
import ssl
import struct
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from controller.access.bucket import Buckets
from controller.access.certificates import Certificates
from controller.access.identity import Identity, Unnamed, identity_of
from controller.access.pipe import Half, joined
from controller.access.refusals import RefusalLog
from controller.access.settings import Limits
from southbound.tls import why

_UCRED: Final = struct.Struct("3i")  # struct ucred of unix(7): process, user, group


class Door:
    """Open from `open` to `close`; both run in the event loop that serves."""

    def __init__(self, limits: Limits, refusals: RefusalLog) -> None:
        self._limits = limits
        self._refusals = refusals
        self._folder = tempfile.TemporaryDirectory(prefix="clearway-", ignore_cleanup_errors=True)  # mode 0700
        self.inner = f"unix:{self._folder.name}/grpc"
        self._numbers = itertools.count(1)
        self._known: dict[str, tuple[Identity | None, str]] = {}
        self._dialled = Buckets(limits.dialled)
        self._guests = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[socket.socket] = []

    def identity(self, peer: str) -> tuple[Identity | None, str]:
        """Who is behind a peer of gRPC's, and where he comes from. None: he shows nothing."""
        return self._known.get(peer, (None, peer))

    async def open(self, address: str, certificates: Certificates) -> int:
        """Let callers in at HOST:PORT; the port. Raises OSError."""
        host, _, port = address.rpartition(":")
        host = host.strip("[]")
        listener = socket.create_server(
            (host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128
        )
        self._listen(listener, certificates)
        return int(listener.getsockname()[1])

    async def open_socket(self, path: Path) -> None:
        """Let users of this machine in by a unix socket. Raises OSError."""
        self._listen(_unix_listener(path), None)

    async def close(self) -> None:
        """End every connection."""
        for listener in self._listeners:
            listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._folder.cleanup()

    def _listen(self, listener: socket.socket, certificates: Certificates | None) -> None:
        listener.setblocking(False)
        self._listeners.append(listener)
        self._start(self._accept(listener, certificates))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket, certificates: Certificates | None) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, address = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.05)  # out of descriptors, or it was gone again
                continue
            sock.setblocking(False)
            peer = f"{address[0]}:{address[1]}" if certificates is not None else "unix"
            full = self._full(address[0] if certificates is not None else "unix")
            if full:
                sock.close()
                self._tell("too-many-connections", peer, full)
            else:
                self._guests += 1
                self._start(self._welcome(sock, peer, certificates))

    def _full(self, host: str) -> str:
        """Why nobody more is let in from there now, or nothing."""
        if len(self._known) >= self._limits.connections:
            return f"{self._limits.connections} connections are open"
        if self._guests >= self._limits.guests:
            return f"{self._guests} others have not shown who they are yet"
        if self._dialled.take(host, time.monotonic()):
            return "it opens too many connections"
        return ""

    async def _welcome(self, sock: socket.socket, peer: str, certificates: Certificates | None) -> None:
        outer = Half()
        try:
            who = await (self._by_tls(sock, outer, certificates) if certificates else self._by_socket(sock, outer))
        except (OSError, ssl.SSLError, TimeoutError) as error:
            sock.close()
            said = "it did not show who it is in time" if isinstance(error, TimeoutError) else why(error)
            self._tell("tls-refused", peer, said)
            return
        except Unnamed as error:
            outer.close()
            self._tell("not-authenticated", peer, str(error))
            return
        finally:
            self._guests -= 1
        await self._lead_in(outer, who, peer)

    async def _by_tls(self, sock: socket.socket, outer: Half, certificates: Certificates) -> Identity | None:
        limit = self._limits.handshake_s
        async with asyncio.timeout(limit):
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                lambda: outer, sock, ssl=certificates.now(), ssl_handshake_timeout=limit
            )
        shown = transport.get_extra_info("ssl_object")
        certificate = shown.getpeercert()
        if not certificate:
            return None
        return identity_of(certificate, hashlib.sha256(shown.getpeercert(binary_form=True)).hexdigest())

    async def _by_socket(self, sock: socket.socket, outer: Half) -> Identity:
        _, user, _ = _UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
        await asyncio.get_running_loop().connect_accepted_socket(lambda: outer, sock)
        try:
            name = pwd.getpwuid(user).pw_name
        except KeyError:
            name = str(user)
        return Identity(name=name, kind="user")

    async def _lead_in(self, outer: Half, who: Identity | None, peer: str) -> None:
        """Join the caller to gRPC, under a name of his own, until one of both ends it."""
        name = f"{self._folder.name}/{next(self._numbers)}"
        self._known[f"unix:{name}"] = who, peer
        try:
            inner = await self._dial(name)
            async with asyncio.timeout(None if who else self._limits.stranger_s):
                await joined(outer, inner)
        except (OSError, TimeoutError):
            pass
        finally:
            outer.close()
            self._known.pop(f"unix:{name}", None)
            _remove(name)

    async def _dial(self, name: str) -> Half:
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.bind(name)
            await loop.sock_connect(sock, self.inner.removeprefix("unix:"))
            inner = Half()
            await loop.create_connection(lambda: inner, sock=sock)
        except BaseException:
            sock.close()
            raise
        return inner

    def _tell(self, code: str, peer: str, detail: str) -> None:
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, self._refusals.refused, code, peer, detail)


def _unix_listener(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o660)
    listener.listen(128)
    return listener


def _remove(name: str) -> None:
    Path(name).unlink(missing_ok=True)
