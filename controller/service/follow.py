"""Follow the source: each new commit is planned, applied, verified and reported; between commits the network is
judged again at a slow beat, so that drift is seen.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from controller.service.engine import Engine
from controller.service.rollout.rollout import Rollout
from controller.state.database import LeaseLost
from intents.model.diagnostic import ClearwayError

log: Final = logging.getLogger("clearway.follow")


class Follower:
    """A thread that looks at the source every `look_s` seconds and at the network every `judge_s`."""

    def __init__(self, engine: Engine, *, look_s: float, judge_s: float, rollout: Rollout | None = None) -> None:
        self._engine, self._rollout = engine, rollout
        self._look_s = look_s
        self._judge_every = max(1, round(judge_s / look_s))
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
        beat = 0
        while not self._stop.is_set():
            self._guarded_step(judge=beat % self._judge_every == 0)
            beat += 1
            self._stop.wait(self._look_s)

    def _guarded_step(self, *, judge: bool) -> None:
        try:
            self.step(judge=judge)
        except ClearwayError as error:
            if isinstance(error, LeaseLost) or error.diagnostics[0].code == "database-down":
                self._seen = None  # no fault of the commit: again, as soon as somebody may
            for d in error.diagnostics:
                log.warning("not done", extra={"code": d.code, "at": str(d.position), "fault": d.message})
        except Exception:
            log.exception("follower")

    def step(self, *, judge: bool) -> None:
        """One look: carry out what is new on the branch, else judge if it is time."""
        if self._rollout is not None and self._rollout.step():
            return
        if not self._engine.leads:  # whoever leads changes the network
            if judge:
                self._engine.verify("poll")
            return
        if (due := self._engine.window_moved()) is not None:
            done = self._engine.apply(due, by="calendar", cause="calendar")
            log.info("a window moved", extra={"changes": len(done.plan.changes), "holds": done.verdict.holds})
        elif judge:
            self._engine.verify("poll")
