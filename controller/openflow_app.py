"""The os-ken application: accepts the switches that the campus names, and hands the drivers their sessions.

    switch --TCP--> accept thread --> Session (reader, writer) --os-ken events--> ClearwayApp --> on_event
    driver --channel(datapath id)--> FrameChannel of that Session

The one OSKenApp of the product. os-ken keeps its applications in a global: one OpenFlowController runs in a process at
a time, and starting a second one is a bug. It is started with os-ken's own AppManager and configuration object, never
from sys.argv; the listening sockets are ours, so that a port that is taken is an error where it happens.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
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

    def __init__(self, *args: Any, owner: OpenFlowController, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owner = owner

    @set_ev_cls(ofp_event.EventOFPStateChange, [MAIN_DISPATCHER, DEAD_DISPATCHER])
    def state_changed(self, event: Any) -> None:
        """A session is established, or over."""
        self._guarded(self._owner.session_changed, event.datapath, event.state)

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def port_changed(self, event: Any) -> None:
        """A port came, went, or changed its state."""
        self._guarded(self._owner.port_changed, event.msg.datapath, event.msg.desc.port_no)

    def _guarded(self, call: Callable[..., None], *args: object) -> None:
        try:
            call(*args)
        except Exception:
            LOG.exception("an OpenFlow event could not be handled")


class OpenFlowController:
    """Listens for switches. `datapaths`: the datapath ids that the campus knows, with their device names; any other
    is refused, and so is a second session of one that is connected. A context manager; start and stop block."""

    def __init__(
        self,
        listen: Iterable[tuple[str, int]],
        datapaths: Mapping[int, str],
        *,
        on_event: Callable[[SwitchEvent], None] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._listen = sorted(set(listen))
        self._datapaths = dict(datapaths)
        self._on_event = on_event
        self._settings = settings or Settings()
        self._changed = threading.Condition()
        self._sessions: set[Session] = set()
        self._connected: dict[int, Session] = {}
        self._refused: dict[int, str] = {}
        self._threads: list[threading.Thread] = []
        self._listeners: list[socket.socket] = []
        self._stopping = threading.Event()
        self._wake: tuple[socket.socket, socket.socket] | None = None
        self._manager: Any = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Listen. Raises DeviceUnreachable when an address is taken or is not ours."""
        if app_manager.lookup_service_brick(ofp_event.NAME) is not None:
            raise RuntimeError("an OpenFlowController runs in this process already")
        self._bind()
        cfg.CONF([], project="clearway", default_config_files=[], default_config_dirs=[])
        self._stopping.clear()
        self._manager = app_manager.AppManager()
        self._manager.instantiate(OFPHandler)  # not started: it would listen by itself
        self._manager.instantiate(ClearwayApp, owner=self).start()
        self._wake = socket.socketpair()
        self._run(self._accept, "openflow-accept")
        self._run(self._watch, "openflow-watch")

    def stop(self) -> None:
        """End all sessions and threads. Idempotent."""
        if self._manager is None:
            return
        self._stopping.set()
        if self._wake is not None:
            self._wake[1].send(b"x")
        for thread in self._threads[:2]:
            thread.join()
        with self._changed:
            sessions = list(self._sessions)
        for session in sessions:
            session.stop("the controller stops")
        for thread in self._threads[2:]:
            thread.join()
        self._manager.close()
        self._manager = None
        self._threads.clear()
        for sock in (*self._listeners, *(self._wake or ())):
            sock.close()
        self._listeners.clear()
        self._wake = None

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Where it listens, with the port that a 0 became."""
        return tuple((s.getsockname()[0], s.getsockname()[1]) for s in self._listeners)

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
        where = ", ".join(f"tcp:{host}:{port}" for host, port in self._listen)
        device = self._datapaths.get(datapath_id, "")
        because = f" ({refused})" if refused else ""
        raise DeviceUnreachable(
            Diagnostic(
                code="switch-not-connected",
                message=f"switch {device or '?'} (datapath 0x{datapath_id:x}) did not connect to {where} within "
                f"{deadline_s:g} s{because}",
                hint="point its bridge here (ovs-vsctl set-controller BRIDGE "
                f"{where.split(', ')[0]}), and compare its datapath id (ovs-vsctl get bridge BRIDGE datapath_id)",
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

    def _bind(self) -> None:
        try:
            for host, port in self._listen:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                listener = socket.socket(family, socket.SOCK_STREAM)
                self._listeners.append(listener)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host, port))
                listener.listen(64)
                listener.setblocking(False)
        except OSError as error:
            for listener in self._listeners:
                listener.close()
            self._listeners.clear()
            raise DeviceUnreachable(_cannot_listen(host, port, error)) from error

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for listener in self._listeners:
                selector.register(listener, selectors.EVENT_READ)
            if self._wake is not None:
                selector.register(self._wake[0], selectors.EVENT_READ)
            while not self._stopping.is_set():
                for key, _ in selector.select():
                    if self._wake is None or key.fileobj is not self._wake[0]:
                        self._welcome(key.fileobj)

    def _welcome(self, listener: Any) -> None:
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
            session = Session(sock, address, self._ended)
        except OSError:
            sock.close()
            return
        with self._changed:
            self._sessions.add(session)
        self._threads[2:] = [t for t in self._threads[2:] if t.is_alive()]
        self._run(session.serve, f"openflow-reader-{address}")

    def _ended(self, session: Session) -> None:
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
