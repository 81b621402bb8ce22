"""Refusals in the audit log: each is written down; of a flood they are counted, so that no stranger fills the disk."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from controller.access.bucket import Buckets, Rate
from controller.audit.log import AuditLog
from intents.model.diagnostic import ClearwayError

LOG: Final = logging.getLogger("clearway.access")
_EACH: Final = Rate(per_s=0.1, burst=20)
_ALL: Final = Rate(per_s=1, burst=100)


class RefusalLog:
    """Any thread may use it. Never raises: who is refused stays refused, also where it cannot be written down."""

    def __init__(self, log: AuditLog) -> None:
        self.log = log
        self._lock = threading.Lock()
        self._each, self._all = Buckets(_EACH), Buckets(_ALL)
        self._unwritten = 0

    def refused(self, code: str, peer: str, detail: str, **more: str) -> None:
        """Somebody was refused. peer: where he came from; more: who he is, what he called."""
        now = time.monotonic()
        with self._lock:
            if self._each.take(peer.rpartition(":")[0] or peer, now) or self._all.take("", now):
                self._unwritten += 1
                return
            unwritten, self._unwritten = self._unwritten, 0
        LOG.warning("refused", extra={"code": code, "peer": peer, "detail": detail, **more})
        fields = {"code": code, "peer": peer, "detail": detail[:1000], **{k: v[:1000] for k, v in more.items()}}
        if unwritten:
            fields["more"] = str(unwritten)  # refusals since the last record that were only counted
        try:
            self.log.append("refused", fields)
        except ClearwayError as error:
            LOG.warning("not in the audit log", extra={"code": code, "fault": str(error)})
