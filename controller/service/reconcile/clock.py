"""The time for calendar windows and the ends of break-glass: the wall's, unless the wall's clock jumps.

A clock that is set wrong must not open the night's windows at noon. A jump is followed only when it has lasted: until
then time goes on as it went before, and it is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from controller.calendar import now as wall_now

TOLERATED: Final = timedelta(minutes=2)  # a window opens to the minute
LASTS_S: Final = 15 * 60.0


class Clock:
    """Call `now` often: what passes between two calls is told by the steady clock. wall, steady_s: the two clocks."""

    def __init__(self, wall: Callable[[], datetime] = wall_now, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady_s = wall, steady_s
        self._at, self._at_s = wall(), steady_s()
        self._jumped_at_s: float | None = None

    def now(self) -> datetime:
        """The instant to go by."""
        wall, steady_s = self._wall(), self._steady_s()
        expected = self._at + timedelta(seconds=steady_s - self._at_s)
        if abs(wall - expected) > TOLERATED:
            if self._jumped_at_s is None:
                self._jumped_at_s = steady_s
            if steady_s - self._jumped_at_s < LASTS_S:
                return expected
        self._jumped_at_s = None
        self._at, self._at_s = wall, steady_s
        return wall

    @property
    def jump(self) -> timedelta | None:
        """By how much the wall's clock is ahead of what is gone by; None: it is gone by."""
        if self._jumped_at_s is None:
            return None
        return self._wall() - (self._at + timedelta(seconds=self._steady_s() - self._at_s))
