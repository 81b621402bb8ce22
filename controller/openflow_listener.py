"""One address at which switches dial in, and which of them are taken: those that the campus names.

switch --TCP or TLS--> Door --> Session (reader, writer) --os-ken events--> OpenFlowEvents --> its listener --> on_event
driver --channel(datapath id)--> FrameChannel of that Session
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

from os_ken.controller.handler import DEAD_DISPATCHER

from controller.openflow_door import Door, Settings
from controller.openflow_events import RUNTIME
from controller.openflow_session import Session
from intents.model.diagnostic import Diagnostic
from intents.model.switch import COOKIE_MASK, COOKIE_PREFIX
from southbound.driver import DeviceUnreachable
from southbound.openflow.channel import Channel
from southbound.tls import misnamed

LOG: Final = logging.getLogger("clearway.openflow")


Kind = Literal["connected", "disconnected", "refused", "port", "flow-removed", "role"]
_ROLES: Final = {1: "equal", 2: "master", 3: "slave"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchEvent:
    """Something that happened to a switch; `refused` is for the audit log. datapath_id None: it did not come so far as
    to say who it is.

    flow-removed: an entry of Clearway's went, and Clearway did not do it; cookie: the intent's, of whom it was.
    role: the switch takes another controller for its master.
    """

    kind: Kind
    datapath_id: int | None
    device: str
    detail: str
    cookie: int | None = None


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
        certificates: Mapping[str, str] | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._datapaths = dict(datapaths or {})
        self._certificates = dict(certificates or {})
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
        RUNTIME.join()
        try:
            self._door = Door(self._host, self._port, self, self._settings, self._tls)
        except DeviceUnreachable:
            RUNTIME.leave()
            raise

    def stop(self) -> None:
        """End all sessions and threads. Idempotent."""
        if self._door is None:
            return
        self._door.close()
        self._door = None
        RUNTIME.leave()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, with the port that a 0 became."""
        return (self._host, self._port) if self._door is None else self._door.address

    @property
    def connected(self) -> frozenset[int]:
        """Datapath ids with a session."""
        with self._changed:
            return frozenset(self._connected)

    def expect(
        self,
        datapaths: Mapping[int, str],
        tls: ssl.SSLContext | None = None,
        certificates: Mapping[str, str] | None = None,
    ) -> None:
        """The campus changed: sessions of switches that it no longer names end. tls: with certificates as they are now,
        for those that come from now on; an address stays with or without TLS."""
        if self._door is not None and tls is not None:
            self._door.tls = self._tls = tls
        with self._changed:
            self._datapaths, self._certificates = dict(datapaths), dict(certificates or {})
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

    def _impostor(self, session: Session, datapath_id: int) -> str:
        """Why the session is not of the switch whose datapath id it says, by its certificate; "" where it may be."""
        wanted = self._certificate_of(self._datapaths[datapath_id])
        if self._tls is None or wanted in session.certified:
            return ""
        others = [name for name in self._datapaths.values() if self._certificate_of(name) in session.certified]
        return f"its certificate is that of {min(others)}" if others else misnamed(session.certified, wanted)

    def _certificate_of(self, switch: str) -> str:
        return self._certificates.get(switch) or switch

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
            elif impostor := self._impostor(session, datapath_id):
                refusal = impostor
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

    def flow_removed(self, session: Session, cookie: int, entry: str) -> None:
        """An entry of a connected switch went that we did not remove; others' are no business of ours."""
        if cookie & COOKIE_MASK == COOKIE_PREFIX:
            self._tell("flow-removed", session.id, f"{entry} cookie={cookie:#x}", cookie)

    def role_changed(self, session: Session, role: int) -> None:
        """We are something else to a connected switch."""
        self._tell("role", session.id, f"another controller changed it: it takes us for {_ROLES.get(role, role)}")

    def _tell(self, kind: Kind, datapath_id: int | None, what: str, cookie: int | None = None) -> None:
        device = "" if datapath_id is None else self._datapaths.get(datapath_id, "")
        event = SwitchEvent(kind=kind, datapath_id=datapath_id, device=device, detail=what, cookie=cookie)
        LOG.info("openflow", extra={"event": kind, "datapath": datapath_id, "device": device, "detail": what})
        if self._on_event is not None:
            self._on_event(event)
