"""Clearway as an os-ken application: hears of sessions, ports, flow entries and roles, and tells whose session it is.

The one OSKenApp of the product. os-ken keeps its applications in a global, so all listeners of a process share one. It
comes there in one of two ways:

- a listener starts it, as in `clearway serve` and in every command, with os-ken's AppManager and never from sys.argv;
- os-ken's AppManager loads `controller.openflow_app` beside other applications, as it loads any. Then it does what
  `clearway serve` does, with what stands in the group [clearway] of os-ken's configuration: see OPTIONS.

Either way the switches' sessions are ours, and other applications get their events from them: see openflow_session.py.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from os_ken import cfg
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import DEAD_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.controller.ofp_handler import OFPHandler

from intents.model.diagnostic import ClearwayError
from southbound.openflow.dialect import OPENFLOW_13, OPENFLOW_14

LOG: Final = logging.getLogger("clearway.openflow")
GROUP: Final = "clearway"
OPTIONS: Final = (
    cfg.StrOpt("project", help="folder with campus.yaml and intents/; with git: the folder inside the repository"),
    cfg.StrOpt("git", help="git repository whose branch is followed, commit by commit"),
    cfg.StrOpt("branch", default="main", help="that branch"),
    cfg.StrOpt("listen", default="127.0.0.1:50051", help="address of the gRPC intent API"),
)


class ClearwayApp(app_manager.OSKenApp):
    """On native threads an exception that leaves a handler ends the application's thread unseen: each is guarded."""

    OFP_VERSIONS = [OPENFLOW_13, OPENFLOW_14]  # noqa: RUF012 - os-ken's own form

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.CONF.register_opts(OPTIONS, group=GROUP)
        self._service: Any = None

    def start(self) -> None:
        """Begin to hear; serve the project that os-ken's configuration names. A fault of it is logged in its own words:
        the other applications go on."""
        super().start()
        wanted = self.CONF.clearway
        if wanted.project is None and wanted.git is None:
            return
        from controller.service.service import Service  # noqa: PLC0415 - it uses this module
        from controller.service.settings import Settings, followed  # noqa: PLC0415 - the same

        settings = followed(Settings(listen=wanted.listen), Path(wanted.project or ""), wanted.git, wanted.branch)
        service = Service(settings)
        try:
            service.start()
        except ClearwayError as error:
            for diagnostic in error.diagnostics:
                LOG.error("%s", diagnostic)  # noqa: TRY400 - a user's fault, told in words
            return
        self._service = service

    def stop(self) -> None:
        """End the service, then as os-ken does."""
        if self._service is not None:
            self._service.stop()
            self._service = None
        super().stop()

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
            if self._users > 1 or app_manager.lookup_service_brick(ClearwayApp.__name__) is not None:
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
            if self._users == 0 and self._manager is not None:
                self._manager.close()
                self._manager = None


# os-ken's own registry is global to the process; this holds nothing but the handle to it.
RUNTIME: Final = _Runtime()
