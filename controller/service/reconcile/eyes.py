"""All devices, looked at again and again: by a few threads for all of them together, none of a device's own.

A device that cannot be read is left alone for longer each time, and is looked at by threads apart: one that is slow or
silent takes no time from the others. While a change is under way nobody is looked at; the network's epoch, that moves
with the beginning and the end of every change, says whether a sight is still of the network of now.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Final

from controller.service.reconcile.backoff import Backoff
from controller.service.reconcile.eye import Eye, Look, Sight
from controller.service.reconcile.settings import Settings
from southbound.driver import Driver

LOG: Final = logging.getLogger("clearway.reconcile")
_WELL: Final = 12
_ILL: Final = 4


class _Watched:
    """What is kept of a device, under the lock of Eyes."""

    def __init__(self, eye: Eye, backoff: Backoff, now: float) -> None:
        self.eye = eye
        self.backoff = backoff
        self.sight = Sight(device=eye.device)
        self.due = now
        self.read_at = float("-inf")
        self.busy = False
        self.again = False
        self.ill = False
        self.dumb = False


class Eyes:
    """From `start` to `close`. epoch: of the network, odd while a change is under way. news: called, from any thread,
    when a sight is another than before."""

    def __init__(self, settings: Settings, epoch: Callable[[], int], news: Callable[[], None], random: Random) -> None:
        self._settings, self._epoch, self._news, self._random = settings, epoch, news, random
        self._changed = threading.Condition()
        self._watched: dict[str, _Watched] = {}
        self._numbers = 0
        self._closing = False
        self._well = ThreadPoolExecutor(_WELL, thread_name_prefix="eyes")
        self._ill = ThreadPoolExecutor(_ILL, thread_name_prefix="eyes-ill")
        self._thread = threading.Thread(target=self._run, name="eyes", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def watch(self, drivers: Mapping[str, Sequence[Driver]]) -> None:
        """Devices to look at by these drivers from now on, in place of those of the same name."""
        with self._changed:
            gone = [w for w in (self._watched.pop(device, None) for device in drivers) if w is not None]
            now = time.monotonic()
            for device, own in drivers.items():
                backoff = Backoff(self._settings.backoff_s, self._settings.most_backoff_s, self._random)
                self._watched[device] = _Watched(Eye(device, own), backoff, now)
            self._changed.notify_all()
        self._let_go(gone)

    def forget(self, devices: Sequence[str]) -> None:
        """Look at these no more."""
        with self._changed:
            gone = [w for w in (self._watched.pop(device, None) for device in devices) if w is not None]
        self._let_go(gone)

    def poke(self, device: str | None = None) -> None:
        """Something may have happened to a device, or to any: look now. From any thread, never blocks for long."""
        with self._changed:
            for name, watched in self._watched.items():
                if device in (None, name):
                    watched.again = watched.busy
                    watched.due, watched.ill = time.monotonic(), False
            self._changed.notify_all()

    def sights(self) -> Mapping[str, Sight]:
        """What is known of each device."""
        with self._changed:
            return {name: watched.sight for name, watched in self._watched.items()}

    def close(self) -> None:
        """Look no more; waits for looks under way."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        for pool in (self._well, self._ill):
            pool.shutdown(cancel_futures=True)
        for watched in self._watched.values():
            watched.eye.close()

    @staticmethod
    def _let_go(gone: Sequence[_Watched]) -> None:
        for watched in gone:
            if not watched.busy:  # else whoever looks just now closes it
                watched.eye.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                now, still = time.monotonic(), self._epoch() % 2 == 0
                idle = [w for w in self._watched.values() if not w.busy]
                due = [w for w in idle if w.due <= now] if still else []
                for watched in due:
                    watched.busy = True
                if not due:
                    soon = min((w.due - now for w in idle if w.due > now), default=1.0)
                    self._changed.wait(min(soon, 1.0) if still else 0.05)
                    continue
            for watched in due:
                (self._ill if watched.ill else self._well).submit(self._look, watched)

    def _look(self, watched: _Watched) -> None:
        epoch, began = self._epoch(), time.monotonic()
        often = self._settings.read_dumb_s if watched.dumb else self._settings.read_s
        whole = began - watched.read_at >= often
        try:
            look = watched.eye.look(whole=whole)
        except Exception:  # one device's fault is not to blind us to all others
            LOG.exception("a device could not be looked at", extra={"device": watched.eye.device})
            look = Look(observed=None, dumb=watched.dumb)
        now = time.monotonic()
        with self._changed:
            news = self._note(watched, look, epoch, began)
            watched.busy = False
            watched.due = self._next(watched, look, began, now)
            watched.again = False
            gone = self._watched.get(watched.eye.device) is not watched
            self._changed.notify_all()
        if gone:
            watched.eye.close()
        elif news:
            self._news()

    def _note(self, watched: _Watched, look: Look, epoch: int, began: float) -> bool:
        """Keep what a look brought; whether it is news."""
        before = watched.sight
        if look.faults:
            watched.ill = True
            if not before.away:
                self._numbers += 1
            watched.sight = replace(
                before,
                faults=look.faults,
                epoch=-1,
                since_s=before.since_s if before.away else began,
                number=before.number if before.away else self._numbers,
            )
            return watched.sight.number != before.number
        watched.ill, watched.dumb = False, look.dumb
        seen = before.seen
        if look.observed is not None:
            watched.read_at = began
            seen = look.observed if look.observed != seen else seen
        same = seen is before.seen and not before.away
        if not same:
            self._numbers += 1
        sure = epoch if epoch % 2 == 0 and self._epoch() == epoch else -1
        watched.sight = Sight(
            device=before.device, seen=seen, epoch=sure, number=before.number if same else self._numbers
        )
        return not same or before.epoch != sure

    def _next(self, watched: _Watched, look: Look, began: float, now: float) -> float:
        """When to look again, on the clock."""
        settings = self._settings
        if watched.again:
            return now
        if look.faults:
            return now + watched.backoff.failed()
        watched.backoff.worked()
        if watched.sight.epoch < 0:
            return now  # a change came in between
        due = now + min(max(settings.glance_s, (now - began) * settings.share), settings.most_glance_s)
        return min(due, watched.read_at + settings.read_dumb_s) if watched.dumb else due
