"""Whether the service lives and takes work: one truth for gRPC health, /healthz, /readyz and systemd's watchdog.

A part that must keep moving (a loop) says within what time it will be heard of, and is heard of by `beat`. One that is
silent for longer has hung: then the service is not alive, and whoever watches over it (systemd, a container's
supervisor) starts it anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Liveness:
    """Any thread may use it. now: seconds of a clock that only goes forward."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._within: dict[str, float] = {}
        self._heard: dict[str, float] = {}
        self._serving = False

    def expect(self, part: str, within_s: float) -> None:
        """From now on the part is heard of at least every so many seconds."""
        with self._lock:
            self._within[part] = within_s
            self._heard[part] = self._now()

    def beat(self, part: str) -> None:
        """The part moves."""
        with self._lock:
            self._heard[part] = self._now()

    def done(self, part: str) -> None:
        """The part has ended as it was to."""
        with self._lock:
            self._within.pop(part, None)

    def silent(self) -> tuple[str, ...]:
        """Parts that have not been heard of for too long; none: alive."""
        with self._lock:
            now = self._now()
            return tuple(sorted(p for p, within in self._within.items() if now - self._heard[p] > within))

    @property
    def alive(self) -> bool:
        """Whether every part moves."""
        return not self.silent()

    @property
    def ready(self) -> bool:
        """Whether calls are taken: from the moment that the server listens until it begins to drain."""
        return self._serving and self.alive

    def serve(self, *, serving: bool) -> None:
        """Calls are taken, or no more."""
        self._serving = serving
