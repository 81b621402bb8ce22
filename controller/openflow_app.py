"""Clearway as an os-ken application that os-ken's AppManager loads beside others.

It does what `clearway serve` does, with what stands in the group [clearway] of os-ken's configuration: see OPTIONS.
What switches tell comes by openflow_events.py, which it requires.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

from os_ken import cfg
from os_ken.base import app_manager

from controller.service.service import Service
from controller.service.settings import Settings, followed
from intents.model.diagnostic import ClearwayError

LOG: Final = logging.getLogger("clearway.openflow")
GROUP: Final = "clearway"
OPTIONS: Final = (
    cfg.StrOpt("project", help="folder with campus.yaml and intents/; with git: the folder inside the repository"),
    cfg.StrOpt("git", help="git repository whose branch is followed, commit by commit"),
    cfg.StrOpt("branch", default="main", help="that branch"),
    cfg.StrOpt("listen", default="127.0.0.1:50051", help="address of the gRPC intent API"),
)

app_manager.require_app("controller.openflow_events")


class ClearwayApp(app_manager.OSKenApp):
    """From `start` to `stop` a service."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.CONF.register_opts(OPTIONS, group=GROUP)
        self._service: Service | None = None

    def start(self) -> None:
        """Serve the project that os-ken's configuration names. A fault of it is logged in its own words:
        the other applications go on."""
        super().start()
        wanted = self.CONF.clearway
        if wanted.project is None and wanted.git is None:
            return
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
