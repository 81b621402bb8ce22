"""Hears of switches' sessions, ports, flow entries and roles as an os-ken application, and tells whose session it is.

os-ken keeps its applications in a global, so all listeners of a process share this one. It comes there in one of two
ways:

- a listener starts it, as in `clearway serve` and in every command, with os-ken's AppManager and never from sys.argv;
- os-ken's AppManager loads it beside other applications, as openflow_app.py requires it.

Either way the switches' sessions are ours, and other applications get their events from them: see openflow_session.py.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from os_ken import cfg
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import DEAD_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.controller.ofp_handler import OFPHandler

from southbound.openflow.dialect import OPENFLOW_13, OPENFLOW_14

LOG: Final = logging.getLogger("clearway.openflow")


class OpenFlowEvents(app_manager.OSKenApp):
    """On native threads an exception that leaves a handler ends the application's thread unseen: each is guarded."""

    OFP_VERSIONS = [OPENFLOW_13, OPENFLOW_14]  # noqa: RUF012 - os-ken's own form

    @set_ev_cls(ofp_event.EventOFPStateChange, [MAIN_DISPATCHER, DEAD_DISPATCHER])
    def state_changed(self, event: Any) -> None:
        """A session is established, or over."""
        self._guarded("session_changed", event.datapath, event.state)

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def port_changed(self, event: Any) -> None:
        """A port came, went, or changed its state."""
        self._guarded("port_changed", event.msg.datapath, event.msg.desc.port_no)

    @set_ev_cls(ofp_event.EventOFPFlowRemoved, MAIN_DISPATCHER)
    def flow_removed(self, event: Any) -> None:
        """A flow entry went."""
        msg = event.msg
        fields = ",".join(f"{name}={value}" for name, value in sorted(msg.match.items()))
        entry = f"table={msg.table_id} priority={msg.priority} {fields or 'any'}"
        self._guarded("flow_removed", msg.datapath, msg.cookie, entry)

    @set_ev_cls(ofp_event.EventOFPRoleStatus, MAIN_DISPATCHER)
    def role_changed(self, event: Any) -> None:
        """Another controller made itself the switch's master, or the switch's own configuration did."""
        self._guarded("role_changed", event.msg.datapath, event.msg.role)

    def _guarded(self, what: str, datapath: Any, *args: object) -> None:
        owner = getattr(datapath, "owner", None)  # none: a session that os-ken itself has accepted
        if owner is None:
            return
        call: Callable[..., None] = getattr(owner, what)
        try:
            call(datapath, *args)
        except Exception:
            LOG.exception("an OpenFlow event could not be handled")


class _Runtime:
    """os-ken's application manager for our listeners, unless os-ken has loaded the application itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._manager: Any = None

    def join(self) -> None:
        """Start the application, if it is not running."""
        with self._lock:
            self._users += 1
            if self._users > 1 or app_manager.lookup_service_brick(OpenFlowEvents.__name__) is not None:
                return
            for name in ("os_ken", ofp_event.NAME, OpenFlowEvents.__name__):
                # A peer's garbage is told in one line by its session; os-ken's traceback is for nobody.
                logger = logging.getLogger(name)
                logger.propagate = False
                logger.handlers = [logging.NullHandler()]
            cfg.CONF([], project="clearway", default_config_files=[], default_config_dirs=[])
            self._manager = app_manager.AppManager()
            self._manager.instantiate(OFPHandler)  # not started: it would listen by itself
            self._manager.instantiate(OpenFlowEvents).start()

    def leave(self) -> None:
        """Stop it after the last user; its thread has then ended."""
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._manager is not None:
                self._manager.close()
                self._manager = None


# os-ken's own registry is global to the process; this holds nothing but the handle to it.
RUNTIME: Final = _Runtime()
