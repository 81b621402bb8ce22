"""Taking over: as soon as this controller leads, what the one before left half done is finished or taken back.

Apart from the thread that renews the lease, for it may take longer than a lease lasts.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from controller.leadership.leader import Leadership
from controller.service.engine import Engine
from intents.model.diagnostic import ClearwayError

log: Final = logging.getLogger("clearway.succession")
_AGAIN_S: Final = 0.5


class Succession:
    """A thread that waits for this controller to lead. Stops with `stop`."""

    def __init__(self, leadership: Leadership, engine: Engine, tell: Callable[[bool], None]) -> None:
        """tell: called with whether changes go through here."""
        self._leadership = leadership
        self._engine = engine
        self._tell = tell
        self._moved = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="succession", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._tell(False)
        self._leadership.on_change = self._on_change
        self._thread.start()

    def stop(self) -> None:
        """End, after the attempt under way."""
        self._ending.set()
        self._moved.set()
        self._thread.join(timeout=30)

    def _on_change(self, leads: bool) -> None:  # noqa: FBT001 - called by position
        self._engine.stand_by()
        if leads:
            self._moved.set()
        else:
            self._tell(False)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._moved.wait()
            self._moved.clear()
            began = time.monotonic()
            while not self._ending.is_set() and (term := self._leadership.term) is not None:
                if self._took_over(term, began):
                    break
                self._ending.wait(_AGAIN_S)

    def _took_over(self, term: int, began: float) -> bool:
        try:
            recovered = self._engine.take_over()
        except ClearwayError as error:
            for d in error.diagnostics:
                log.warning("not taken over yet", extra={"code": d.code, "fault": d.message})
            return False
        except Exception:
            log.exception("succession")
            return False
        seconds = round(time.monotonic() - began, 3)
        self._tell(True)
        log.warning("took over", extra={"term": term, "recovered": ", ".join(recovered) or "nothing", "s": seconds})
        return True
