"""Follow the source: each new commit is planned, applied, verified and reported."""

from __future__ import annotations

import logging
import threading
from typing import Final

from controller.service.engine import Engine
from controller.state.database import LeaseLost
from intents.model.diagnostic import ClearwayError

log: Final = logging.getLogger("clearway.follow")


class Follower:
    """A thread that looks at the source every `look_s` seconds."""

    def __init__(self, engine: Engine, *, look_s: float, auto_apply: bool) -> None:
        self._engine = engine
        self._look_s = look_s
        self._auto_apply = auto_apply
        self._stop = threading.Event()
        self._seen: str | None = None
        self._thread = threading.Thread(target=self._run, name="follow", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the step under way."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._guarded_step()
            self._stop.wait(self._look_s)

    def _guarded_step(self) -> None:
        try:
            self.step()
        except ClearwayError as error:
            if isinstance(error, LeaseLost) or error.diagnostics[0].code == "database-down":
                self._seen = None  # no fault of the commit: again, as soon as somebody may
            for d in error.diagnostics:
                log.warning("not done", extra={"code": d.code, "at": str(d.position), "fault": d.message})
        except Exception:
            log.exception("follower")

    def step(self) -> None:
        """One look: apply a new commit. One that failed is not tried again by itself."""
        snapshot = self._engine.source.snapshot()
        name = snapshot.revision or "folder"
        in_force = self._engine.in_force
        if not self._engine.leads:
            self._seen = None  # whoever leads applies it; should this one lead later, it looks again
        elif self._auto_apply and name != self._seen and (in_force is None or in_force.revision != snapshot.revision):
            self._seen = name
            cause = f"git {snapshot.revision[:12]} {snapshot.subject}" if snapshot.revision else "start"
            done = self._engine.apply(snapshot, by=snapshot.author or "folder", cause=cause)
            log.info(
                "applied",
                extra={"revision": name, "changes": len(done.plan.changes), "holds": done.verdict.holds},
            )
