"""How long to leave alone what has failed: longer each time, and never two at the same moment."""

from __future__ import annotations

from random import Random
from typing import Final

_DOUBLINGS: Final = 16


class Backoff:
    """Waits of 1, 2, 4, ... times `first_s`, at most `most_s`, each shortened by up to half at random, so that devices
    that failed together are not asked together ("full jitter", halved: Brooker, 2015)."""

    def __init__(self, first_s: float, most_s: float, random: Random) -> None:
        self._first_s, self._most_s, self._random = first_s, most_s, random
        self.failures = 0

    def failed(self) -> float:
        """Once more; how long to wait now, s."""
        longest = min(self._most_s, self._first_s * (1 << min(self.failures, _DOUBLINGS)))
        self.failures += 1
        return longest * (1 - self._random.random() / 2)

    def worked(self) -> None:
        """From the start again."""
        self.failures = 0
