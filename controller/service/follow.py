"""Follow the source: each new commit is planned, applied, verified and reported."""

from __future__ import annotations

import logging
import threading
from typing import Final

from controller.service.engine import Engine
from controller.service.rollout.rollout import Rollout
from intents.model.diagnostic import ClearwayError

log: Final = logging.getLogger("clearway.follow")


class Follower:
    """A thread that looks at the source every `look_s` seconds."""

    def __init__(self, engine: Engine, *, look_s: float, rollout: Rollout | None = None) -> None:
        self._engine, self._rollout = engine, rollout
        self._look_s = look_s
        self._stop = threading.Event()
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
            for d in error.diagnostics:
                log.warning("not done", extra={"code": d.code, "at": str(d.position), "fault": d.message})
        except Exception:
            log.exception("follower")

    def step(self) -> None:
        """One look: carry out what is new on the branch."""
        if self._rollout is not None:
            self._rollout.step()
