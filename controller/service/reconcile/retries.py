"""What has failed and is to be tried again, each thing after a time of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from controller.service.reconcile.backoff import Backoff


class Retries:
    """By name of what is done. One thread. clock: steady, s."""

    def __init__(
        self, first_s: float, most_s: float, random: Random, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first_s, self._most_s, self._random, self._clock = first_s, most_s, random, clock
        self._failed: dict[str, tuple[Backoff, float]] = {}
        self._said: dict[str, float] = {}

    def due(self, what: str) -> bool:
        """Whether it may be tried now."""
        return what not in self._failed or self._clock() >= self._failed[what][1]

    def is_second(self, what: str) -> bool:
        """Whether it has failed when it was tried last."""
        return what in self._failed

    def failed(self, what: str) -> None:
        """It has: not again for a while."""
        backoff = self._failed[what][0] if what in self._failed else Backoff(self._first_s, self._most_s, self._random)
        self._failed[what] = (backoff, self._clock() + backoff.failed())

    def worked(self, what: str) -> None:
        """It has."""
        self._failed.pop(what, None)

    def once(self, what: str, every_s: float) -> bool:
        """Whether it was not said within that time; from now on it was."""
        now = self._clock()
        if now - self._said.get(what, float("-inf")) < every_s:
            return False
        self._said[what] = now
        return True
