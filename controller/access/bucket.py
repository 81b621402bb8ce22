"""Token buckets: so many calls a second, and some at once. Pure: the time is an argument.

Source: RFC 2697, 3 (a bucket that fills at a rate, up to a burst).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_MOST_KEYS: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """per_s calls a second in the long run, `burst` at once."""

    per_s: float
    burst: int


class Buckets:
    """One bucket a key; of keys the latest 4,096 are kept, so that strangers cannot fill the memory."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key: tokens, as of when

    def take(self, key: str, now_s: float) -> float:
        """Take a token: 0 where there was one, else the seconds until there will be. now_s: of a monotonic clock."""
        tokens, since = self._left.pop(key, (float(self._rate.burst), now_s))
        tokens = min(self._rate.burst, tokens + (now_s - since) * self._rate.per_s)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate.per_s
        self._left[key] = (tokens if wait else tokens - 1, now_s)
        if len(self._left) > _MOST_KEYS:
            self._left.popitem(last=False)
        return wait
