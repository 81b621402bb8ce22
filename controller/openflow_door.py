"""The listening socket for switches: takes connections in, and shows those out that say nothing.

    accept thread --new connection--> Session (its own threads)
    watch thread  --echo requests, deadlines--> every Session
The sockets are ours and not os-ken's, so that an address that is taken is an error where it happens, and so that a
door can be closed: os-ken's own server neither says the one nor can the other.
"""

from __future__ import annotations

import logging
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from controller.openflow_session import Owner, Session
from intents.model.diagnostic import Diagnostic
from southbound.driver import DeviceUnreachable
from southbound.tls import TlsSocket

LOG: Final = logging.getLogger("clearway.openflow")
_TICK_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Times and bounds. A switch is let go after it was quiet for dead_after_s; a stranger after handshake_s.
    most_strangers: of all sessions, those that have not said who they are, so that they keep no switch out."""

    handshake_s: float = 5.0
    echo_interval_s: float = 5.0
    dead_after_s: float = 15.0
    most_sessions: int = 512
    most_strangers: int = 256


class Door:
    """Open from construction until `close`. tls: what switches must agree to that come from now on, None: plain TCP.
    Raises DeviceUnreachable where the address cannot be had."""

    def __init__(self, host: str, port: int, owner: Owner, settings: Settings, tls: ssl.SSLContext | None) -> None:
        self._owner = owner
        self._settings = settings
        self.tls = tls
        self._listener = _listen(host, port)
        self._wake = socket.socketpair()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._sessions: dict[Session, threading.Thread] = {}
        self._own = [self._run(self._accept, "openflow-accept"), self._run(self._watch, "openflow-watch")]

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, with the port that a 0 became."""
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    def close(self) -> None:
        """End all sessions and threads."""
        self._closing.set()
        self._wake[1].send(b"x")
        for thread in self._own:
            thread.join()
        for session, thread in self._all():
            session.stop("the controller stops")
            thread.join()
        for sock in (self._listener, *self._wake):
            sock.close()

    def _all(self) -> list[tuple[Session, threading.Thread]]:
        with self._lock:
            return list(self._sessions.items())

    @staticmethod
    def _run(target: Callable[..., None], name: str, *args: object) -> threading.Thread:
        thread = threading.Thread(target=target, name=name, args=args, daemon=True)
        thread.start()
        return thread

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake[0], selectors.EVENT_READ)
            while not self._closing.is_set():
                if any(key.fileobj is self._listener for key, _ in selector.select()):
                    self._welcome()

    def _welcome(self) -> None:
        try:
            sock, address = self._listener.accept()
        except OSError:
            return  # gone again before we looked
        try:
            sessions = [session for session, _ in self._all()]
            strangers = sum(not session.established for session in sessions)
            if len(sessions) >= self._settings.most_sessions or strangers >= self._settings.most_strangers:
                raise ConnectionRefusedError
            # TLS is agreed on in the session's own thread, so that a stranger who takes his time keeps nobody waiting.
            session = Session(TlsSocket(sock, self.tls, server=True) if self.tls else sock, address, self._owner)
        except OSError:
            sock.close()
            return
        with self._lock:
            self._sessions[session] = self._run(self._serve, f"openflow-reader-{address}", session)

    def _serve(self, session: Session) -> None:
        session.serve()
        LOG.info("openflow session ended", extra={"peer": str(session.address[0]), "reason": session.reason})
        with self._lock:
            self._sessions.pop(session, None)

    def _watch(self) -> None:
        """Echo requests to the quiet, the end to the silent and to those who never finish their handshake."""
        settings = self._settings
        while not self._closing.wait(_TICK_S):
            now = time.monotonic()
            for session, _ in self._all():
                if not session.established:
                    if now - session.since > settings.handshake_s:
                        session.stop("it did not finish its handshake in time")
                elif now - session.heard > settings.dead_after_s:
                    session.stop(f"it was silent for {settings.dead_after_s:g} s")
                else:
                    session.keep_alive(now, settings.echo_interval_s)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(64)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise DeviceUnreachable(
            Diagnostic(
                code="openflow-address-taken",
                message=f"cannot listen for switches at tcp:{host}:{port}: {error.strerror or error}; "
                "another Clearway controller, or another program, is probably listening there",
                hint=f"stop it (`ss -ltnp 'sport = :{port}'` names it; `clearway serve` holds the address while it "
                "runs), or give the switches another address (switches.NAME.openflow in campus.yaml)",
            )
        ) from error
    return listener
