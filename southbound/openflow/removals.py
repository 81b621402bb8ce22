"""Which of the entries that a switch says are gone were removed by somebody else."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from intents.model.switch import COOKIE_MASK, COOKIE_PREFIX
from southbound.openflow import dialect as wire

_KEPT_S: Final = 30.0  # from the request to remove them; a bundle may be committed some time after
_MOST: Final = 32  # told a second: who empties a switch keeps nobody busy, and a look shows all that is missing


class Removals:
    """What one session was used to remove, for a while. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ours: Counter[bytes] = Counter()
        self._kept_until = 0.0
        self._told = 0
        self._told_since = 0.0

    def note(self, frames: Sequence[bytes]) -> None:
        """These are about to be sent."""
        removals = [entry for entry in map(wire.removal_of, frames) if entry is not None]
        if removals:
            with self._lock:
                self._ours.update(removals)
                self._kept_until = time.monotonic() + _KEPT_S

    def is_news(self, frame: bytes) -> bool:
        """Whether an OFPT_FLOW_REMOVED is to be told. Always one of others' entries; one of Clearway's, if not it was
        removed by this session: that counts once, and Open vSwitch says it after the answer to the commit."""
        if int.from_bytes(frame[8:16], "big") & COOKIE_MASK != COOKIE_PREFIX:
            return True
        now, entry = time.monotonic(), wire.removed_entry(frame)
        with self._lock:
            if now > self._kept_until:
                self._ours.clear()
            if self._ours[entry]:
                self._ours[entry] -= 1
                return False
            if now - self._told_since > 1:
                self._told_since, self._told = now, 0
            self._told += 1
            return self._told <= _MOST
