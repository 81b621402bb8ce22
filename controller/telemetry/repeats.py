"""Repeats are said a few times, then counted: `n more like it`, with the first that is said when their time is over.

What bears the token of a change is never held back: each is a deed of its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

EACH: Final = 5  # of a kind, within
WITHIN_S: Final = 60.0
KINDS: Final = 1000  # that are remembered
# What makes an event another one, besides its name: who and what it is about. Times, counts and tokens do not.
_ABOUT: Final = ("device", "peer", "code", "intent", "reason", "metric", "observer", "person", "method")

Kind = tuple[str, ...]


@dataclass(slots=True)
class _Said:
    since: float
    times: int
    last: logging.LogRecord


class Sparing(logging.Handler):
    """Hands records on to another handler, repeats only so often. now: seconds that only go forward."""

    def __init__(self, inner: logging.Handler, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._inner = inner
        self._now = now
        self._said: OrderedDict[Kind, _Said] = OrderedDict()  # oldest first
        self._busy = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on what is news, and what has to be said of repeats whose time is over."""
        with self._busy:
            now = self._now()
            told = self._over(now)
            if self._is_news(record, now):
                told.append(record)
        for one in told:
            self._inner.handle(one)

    def close(self) -> None:
        """Say what was held back."""
        with self._busy:
            told = [_more(s) for s in self._said.values() if s.times > EACH]
            self._said.clear()
        for one in told:
            self._inner.handle(one)
        super().close()

    def _is_news(self, record: logging.LogRecord, now: float) -> bool:
        if hasattr(record, "token"):
            return True
        kind = _kind(record)
        said = self._said.get(kind)
        if said is None:
            self._said[kind] = _Said(since=now, times=1, last=record)
            return True
        said.times += 1
        said.last = record
        return said.times <= EACH

    def _over(self, now: float) -> list[logging.LogRecord]:
        told = []
        while self._said:
            kind, oldest = next(iter(self._said.items()))
            if now - oldest.since < WITHIN_S and len(self._said) < KINDS:
                break
            del self._said[kind]
            if oldest.times > EACH:
                told.append(_more(oldest))
        return told


def _kind(record: logging.LogRecord) -> Kind:
    about = (str(getattr(record, name, "")) for name in _ABOUT)
    return (record.name, record.levelname, str(record.msg), *about)


def _more(said: _Said) -> logging.LogRecord:
    """The last of them, with how many were not said."""
    record = logging.makeLogRecord(vars(said.last))
    record.__dict__["repeated"] = f"{said.times - EACH} more like it"
    return record
