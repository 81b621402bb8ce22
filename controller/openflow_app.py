"""The os-ken application: accepts the switches that the campus names, and hands the drivers their sessions.

    switch --TCP--> accept thread --> Session (reader, writer) --os-ken events--> ClearwayApp --> on_event
    driver --channel(datapath id)--> FrameChannel of that Session

The one OSKenApp of the product. os-ken keeps its applications in a global, so all OpenFlowControllers of a process
share one application, which runs while any of them does and sends each event to the one whose session it is about.
It is started with os-ken's own AppManager and configuration object, never from sys.argv; the listening sockets are
ours, so that a port that is taken is an error where it happens.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self

from os_ken import cfg
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import DEAD_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.controller.ofp_handler import OFPHandler

from controller.openflow_session import Session
from intents.model.diagnostic import Diagnostic
from southbound.driver import DeviceUnreachable
from southbound.openflow.channel import Channel
from southbound.openflow.dialect import OPENFLOW_13, OPENFLOW_14

LOG: Final = logging.getLogger("clearway.openflow")
_TICK_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Times and bounds. A switch is let go after it was quiet for dead_after_s; a stranger after handshake_s."""

    handshake_s: float = 5.0
    echo_interval_s: float = 5.0
    dead_after_s: float = 15.0
    most_sessions: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchEvent:
    """Something that happened to a switch; `refused` is for the audit log."""

    kind: Literal["connected", "disconnected", "refused", "port"]
    datapath_id: int | None
    device: str
    detail: str


class ClearwayApp(app_manager.OSKenApp):
    """Hears from os-ken that sessions come and go and ports change, and tells its owner.

    On native threads an exception that leaves a handler ends the application's thread unseen: each is guarded.
    """

    OFP_VERSIONS = [OPENFLOW_13, OPENFLOW_14]  # noqa: RUF012 - os-ken's own form

    @set_ev_cls(ofp_event.EventOFPStateChange, [MAIN_DISPATCHER, DEAD_DISPATCHER])
    def state_changed(self, event: Any) -> None:
        """A session is established, or over."""
        self._guarded(event.datapath.owner.session_changed, event.datapath, event.state)

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def port_changed(self, event: Any) -> None:
        """A port came, went, or changed its state."""
        self._guarded(event.msg.datapath.owner.port_changed, event.msg.datapath, event.msg.desc.port_no)

    def _guarded(self, call: Callable[..., None], *args: object) -> None:
        try:
            call(*args)
        except Exception:
            LOG.exception("an OpenFlow event could not be handled")


class _Runtime:
    """os-ken's application manager, for as long as anybody uses it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._manager: Any = None

    def join(self) -> None:
        """Start the application, if it is not running."""
        with self._lock:
            self._users += 1
            if self._users > 1:
                return
            for name in ("os_ken", ofp_event.NAME, ClearwayApp.__name__):
                # A peer's garbage is told in one line by its session; os-ken's traceback is for nobody.
                logger = logging.getLogger(name)
                logger.propagate = False
                logger.handlers = [logging.NullHandler()]
            cfg.CONF([], project="clearway", default_config_files=[], default_config_dirs=[])
            self._manager = app_manager.AppManager()
            self._manager.instantiate(OFPHandler)  # not started: it would listen by itself
            self._manager.instantiate(ClearwayApp).start()

    def leave(self) -> None:
        """Stop it after the last user; its thread has then ended."""
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._manager.close()
                self._manager = None


# os-ken's own registry is global to the process; this holds nothing but the handle to it.
_RUNTIME: Final = _Runtime()


class OpenFlowController:
    """Listens for switches at one address. A context manager; start and stop block.

    `datapaths`: the datapath ids that the campus knows, with their device names. Any other is refused, and so is a
    second session of one that is connected.
    """

    def __init__(
        self,
        host: str,
        port: int,
        datapaths: Mapping[int, str] | None = None,
        *,
        on_event: Callable[[SwitchEvent], None] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._datapaths = dict(datapaths or {})
        self._on_event = on_event
        self._settings = settings or Settings()
        self._changed = threading.Condition()
        self._sessions: set[Session] = set()
        self._connected: dict[int, Session] = {}
        self._refused: dict[int, str] = {}
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self._stopping = threading.Event()
        self._wake: tuple[socket.socket, socket.socket] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Listen. Raises DeviceUnreachable when the address is taken or is not ours."""
        self._listener = self._bind()
        self._stopping.clear()
        self._wake = socket.socketpair()
        _RUNTIME.join()
        self._run(self._accept, "openflow-accept", self._listener, self._wake[0])
        self._run(self._watch, "openflow-watch")

    def stop(self) -> None:
        """End all sessions and threads. Idempotent."""
        if self._listener is None or self._wake is None:
            return
        self._stopping.set()
        self._wake[1].send(b"x")
        for thread in self._threads[:2]:
            thread.join()
        with self._changed:
            sessions = list(self._sessions)
        for session in sessions:
            session.stop("the controller stops")
        for thread in self._threads[2:]:
            thread.join()
        _RUNTIME.leave()
        self._threads.clear()
        for sock in (self._listener, *self._wake):
            sock.close()
        self._listener = None
        self._wake = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, with the port that a 0 became."""
        if self._listener is None:
            return self._host, self._port
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    @property
    def connected(self) -> frozenset[int]:
        """Datapath ids with a session."""
        with self._changed:
            return frozenset(self._connected)

    def expect(self, datapaths: Mapping[int, str]) -> None:
        """The campus changed: sessions of switches that it no longer names end."""
        with self._changed:
            self._datapaths = dict(datapaths)
            gone = [s for d, s in self._connected.items() if d not in datapaths]
        for session in gone:
            session.stop("the campus does not name it")

    def channel(self, datapath_id: int, deadline_s: float) -> Channel:
        """The session of a switch; waits for it, since a switch tries again each second or so by itself.
        Raises DeviceUnreachable."""
        with self._changed:
            self._changed.wait_for(lambda: datapath_id in self._connected, deadline_s)
            session = self._connected.get(datapath_id)
            refused = self._refused.get(datapath_id, "")
        if session is not None and session.channel is not None:
            return session.channel
        where = "tcp:{}:{}".format(*self.address)
        device = self._datapaths.get(datapath_id, "")
        because = f" ({refused})" if refused else ""
        raise DeviceUnreachable(
            Diagnostic(
                code="switch-down",
                message=f"switch {device or '?'} (datapath 0x{datapath_id:x}) did not connect to {where} within "
                f"{deadline_s:g} s{because}",
                hint=f"point its bridge here (ovs-vsctl set-controller BRIDGE {where}), and compare its datapath id "
                "(ovs-vsctl get bridge BRIDGE datapath_id)",
            )
        )

    # From the application's thread

    def session_changed(self, session: Session, state: str) -> None:
        """A session is established or over."""
        datapath_id = session.id
        if state == DEAD_DISPATCHER:
            with self._changed:
                was = self._connected.get(datapath_id) is session
                if was:
                    del self._connected[datapath_id]
                    self._changed.notify_all()
            if was:
                self._tell("disconnected", datapath_id, session.reason)
            return
        with self._changed:
            if datapath_id not in self._datapaths:
                refusal = "no switch of the campus has this datapath id"
            elif datapath_id in self._connected:
                refusal = "a switch with this datapath id is connected already"
            else:
                refusal = "" if not session.reason else session.reason
            if refusal:
                self._refused[datapath_id] = refusal
            else:
                self._refused.pop(datapath_id, None)
                self._connected[datapath_id] = session
            self._changed.notify_all()
        if refusal:
            session.stop(refusal)
            self._tell("refused", datapath_id, f"{refusal}, from {session.address[0]}")
        else:
            self._tell("connected", datapath_id, f"OpenFlow 1.{session.ofproto.OFP_VERSION - 1}")

    def port_changed(self, session: Session, port: int) -> None:
        """A port of a connected switch changed."""
        self._tell("port", session.id, str(port))

    def _tell(self, kind: Literal["connected", "disconnected", "refused", "port"], datapath_id: int, what: str) -> None:
        event = SwitchEvent(
            kind=kind, datapath_id=datapath_id, device=self._datapaths.get(datapath_id, ""), detail=what
        )
        LOG.info("openflow %s", kind, extra={"datapath": datapath_id, "detail": what})
        if self._on_event is not None:
            self._on_event(event)

    # Threads

    def _run(self, target: Callable[..., None], name: str, *args: object) -> None:
        thread = threading.Thread(target=target, name=name, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _bind(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET6 if ":" in self._host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
            listener.listen(64)
            listener.setblocking(False)
        except OSError as error:
            listener.close()
            raise DeviceUnreachable(_cannot_listen(self._host, self._port, error)) from error
        return listener

    def _accept(self, listener: socket.socket, wake: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while not self._stopping.is_set():
                if any(key.fileobj is listener for key, _ in selector.select()):
                    self._welcome(listener)

    def _welcome(self, listener: socket.socket) -> None:
        try:
            sock, address = listener.accept()
        except OSError:
            return  # gone again before we looked
        with self._changed:
            full = len(self._sessions) >= self._settings.most_sessions
        if full:
            sock.close()
            return
        try:
            session = Session(sock, address, self)
        except OSError:
            sock.close()
            return
        with self._changed:
            self._sessions.add(session)
        self._threads[2:] = [t for t in self._threads[2:] if t.is_alive()]
        self._run(session.serve, f"openflow-reader-{address}")

    def session_ended(self, session: Session) -> None:
        """From the session's own thread, at its very end."""
        LOG.info("openflow session ended", extra={"peer": str(session.address[0]), "reason": session.reason})
        with self._changed:
            self._sessions.discard(session)

    def _watch(self) -> None:
        """Echo requests to the quiet, the end to the silent and to those who never finish their handshake."""
        settings = self._settings
        while not self._stopping.wait(_TICK_S):
            now = time.monotonic()
            with self._changed:
                sessions = list(self._sessions)
            for session in sessions:
                if not session.established:
                    if now - session.since > settings.handshake_s:
                        session.stop("it did not finish its handshake in time")
                elif now - session.heard > settings.dead_after_s:
                    session.stop(f"it was silent for {settings.dead_after_s:g} s")
                else:
                    session.keep_alive(now, settings.echo_interval_s)


def _cannot_listen(host: str, port: int, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="openflow-address-taken",
        message=f"cannot listen for switches at tcp:{host}:{port}: {error.strerror or error}; "
        "another Clearway controller, or another program, is probably listening there",
        hint=f"stop it (`ss -ltnp 'sport = :{port}'` names it; `clearway serve` holds the address while it runs), "
        "or give the switches another address (switches.NAME.openflow in campus.yaml)",
    )
