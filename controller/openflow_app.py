"""The os-ken application: accepts the switches that the campus names, and hands the drivers their sessions.

    switch --TCP--> Door --> Session (reader, writer) --os-ken events--> ClearwayApp --> on_event
    driver --channel(datapath id)--> FrameChannel of that Session

The one OSKenApp of the product. os-ken keeps its applications in a global, so all OpenFlowControllers of a process
share one application, which runs while any of them does and sends each event to the one whose session it is about.
It is started with os-ken's own AppManager and configuration object, never from sys.argv.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self

from os_ken import cfg
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import DEAD_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.controller.ofp_handler import OFPHandler

from controller.openflow_door import Door, Settings
from controller.openflow_session import Session
from intents.model.diagnostic import Diagnostic
from southbound.driver import DeviceUnreachable
from southbound.openflow.channel import Channel
from southbound.openflow.dialect import OPENFLOW_13, OPENFLOW_14

LOG: Final = logging.getLogger("clearway.openflow")


Kind = Literal["connected", "disconnected", "refused", "port"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchEvent:
    """Something that happened to a switch; `refused` is for the audit log. datapath_id None: it did not come so far as
    to say who it is."""

    kind: Kind
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
    second session of one that is connected. tls: made by southbound.tls.context; None: plain TCP.
    """

    def __init__(
        self,
        host: str,
        port: int,
        datapaths: Mapping[int, str] | None = None,
        *,
        on_event: Callable[[SwitchEvent], None] | None = None,
        settings: Settings | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._datapaths = dict(datapaths or {})
        self._on_event = on_event
        self._settings = settings or Settings()
        self._tls = tls
        self._changed = threading.Condition()
        self._connected: dict[int, Session] = {}
        self._refused: dict[int, str] = {}
        self._turned_away = ""  # who last did not come so far as to say who he is, and why
        self._door: Door | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Listen. Raises DeviceUnreachable when the address is taken or is not ours."""
        if self._door is not None:
            return
        _RUNTIME.join()
        try:
            self._door = Door(self._host, self._port, self, self._settings, self._tls)
        except DeviceUnreachable:
            _RUNTIME.leave()
            raise

    def stop(self) -> None:
        """End all sessions and threads. Idempotent."""
        if self._door is None:
            return
        self._door.close()
        self._door = None
        _RUNTIME.leave()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, with the port that a 0 became."""
        return (self._host, self._port) if self._door is None else self._door.address

    @property
    def connected(self) -> frozenset[int]:
        """Datapath ids with a session."""
        with self._changed:
            return frozenset(self._connected)

    def expect(self, datapaths: Mapping[int, str], tls: ssl.SSLContext | None = None) -> None:
        """The campus changed: sessions of switches that it no longer names end. tls: with certificates as they are now,
        for those that come from now on; an address stays with or without TLS."""
        if self._door is not None and tls is not None:
            self._door.tls = self._tls = tls
        with self._changed:
            self._datapaths = dict(datapaths)
            gone = [s for d, s in self._connected.items() if d not in datapaths]
        for session in gone:
            session.stop("the campus does not name it")

    def channel(self, datapath_id: int, deadline_s: float) -> Channel:
        """The session of a switch; waits for it, since a switch tries again each second or so by itself.
        Raises DeviceUnreachable."""
        with self._changed:
            channel = self._changed.wait_for(lambda: self._channel_of(datapath_id), deadline_s)
            refused = self._refused.get(datapath_id, "") or self._turned_away
        if channel is not None:
            return channel
        where = "{}:{}:{}".format("ssl" if self._tls else "tcp", *self.address)
        device = self._datapaths.get(datapath_id, "")
        because = f" ({refused})" if refused else ""
        certificate = "; give it its certificate (ovs-vsctl set-ssl KEY CERTIFICATE CA)" if self._tls else ""
        raise DeviceUnreachable(
            Diagnostic(
                code="switch-down",
                message=f"switch {device or '?'} (datapath 0x{datapath_id:x}) did not connect to {where} within "
                f"{deadline_s:g} s{because}",
                hint=f"point its bridge here (ovs-vsctl set-controller BRIDGE {where}), and compare its datapath id "
                f"(ovs-vsctl get bridge BRIDGE datapath_id){certificate}",
            )
        )

    def _channel_of(self, datapath_id: int) -> Channel | None:
        session = self._connected.get(datapath_id)
        return session.channel if session is not None and not session.reason else None

    # From the application's thread

    def session_changed(self, session: Session, state: str) -> None:
        """A session is established or over."""
        datapath_id = session.id
        if datapath_id is None:
            with self._changed:
                self._turned_away = f"{session.reason}, from {session.address[0]}"
            self._tell("refused", None, self._turned_away)
            return
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
            elif self._channel_of(datapath_id) is not None:
                refusal = "a switch with this datapath id is connected already"
            else:
                refusal = session.reason  # it may be over again
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

    def _tell(self, kind: Kind, datapath_id: int | None, what: str) -> None:
        device = "" if datapath_id is None else self._datapaths.get(datapath_id, "")
        event = SwitchEvent(kind=kind, datapath_id=datapath_id, device=device, detail=what)
        LOG.info("openflow %s", kind, extra={"datapath": datapath_id, "detail": what})
        if self._on_event is not None:
            self._on_event(event)
