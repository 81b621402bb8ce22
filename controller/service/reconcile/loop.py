"""The reconciler: one thread that holds what was seen against what is wanted, and does what the policy says.

Woken by any news (what a device told, what a look brought, a change that ended) and once a second; several at once are
one. Each step begins from what is known then, so an event that was missed or told twice makes no difference.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeVar

from controller.service.engine import Engine
from controller.service.reconcile.clock import Clock
from controller.service.reconcile.drifted import Drifted, Drifts
from controller.service.reconcile.expiry import Expiry
from controller.service.reconcile.eyes import Eyes
from controller.service.reconcile.guard import Guard
from controller.service.reconcile.news import News
from controller.service.reconcile.retries import Retries
from controller.service.reconcile.settings import Settings
from controller.service.reconcile.teller import Teller
from controller.service.reconcile.world import World
from controller.service.reconcile.worlds import Drivers, Worlds
from intents.model.diagnostic import ClearwayError

LOG: Final = logging.getLogger("clearway.reconcile")
TICK_S: Final = 1.0
_SAY_JUMP_S: Final = 3600.0
Result = TypeVar("Result")


class Reconciler:
    """From `start` to `stop`. drivers: makes new ones for the devices of a campus. pulse: called
    at each step."""

    def __init__(
        self,
        engine: Engine,
        drivers: Drivers,
        settings: Settings,
        random: Random,
        pulse: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine, self._settings = engine, settings
        self._pulse = pulse
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reconcile", daemon=True)
        self._clock = Clock()
        self._eyes = Eyes(settings, lambda: engine.epoch, self._awake.set, random)
        self._worlds = Worlds(engine, self._eyes, drivers, self._clock)
        self._retries = Retries(settings.backoff_s, settings.most_backoff_s, random)
        self._news = News()
        self._teller = Teller(engine, self._news)
        self._drifts = Drifts(settings, Guard(settings.most_repairs, settings.repairs_within_s))
        self._expiry = Expiry(engine, settings, self._news, self._retries)
        self._ended_epoch = -1  # in which nothing was left unfinished
        engine.now = self._clock.now
        engine.after_change(self.poke)

    def start(self) -> None:
        """Begin."""
        self._eyes.start()
        self._thread.start()

    def stop(self) -> None:
        """End, after the step under way."""
        self._stopping.set()
        self._awake.set()
        self._thread.join(timeout=30)
        self._eyes.close()

    def poke(self, device: str | None = None) -> None:
        """Something may have happened to a device, or to any. From any thread."""
        self._eyes.poke(device)
        self._awake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.wait(TICK_S)
            self._awake.clear()
            self._pulse()
            try:
                self._step()
            except ClearwayError as error:
                self._teller.refusal(error)
            except Exception:  # the next step begins anew
                LOG.exception("reconcile")

    def _step(self) -> None:
        """Look at what is known now, and do what is to be done. Raises ClearwayError."""
        world = self._worlds.now()
        if world is None:
            return
        self._tell_jump()
        if self._engine.leads:  # else another controller does it, and this one looks on
            self._look_after(world)
        if self._engine.epoch == world.epoch and world.complete:
            self._teller.devices(world)
            self._teller.judgement(world)
            self._teller.looked(world)

    def _look_after(self, world: World) -> None:
        """Whatever is to be done to a device. Raises ClearwayError."""
        self._end_unfinished(world)
        self._move_windows()
        self._expiry.end(world)
        if self._engine.epoch == world.epoch:  # else something was changed: it is looked at again
            found = self._drifts.of(world, time.monotonic())
            self._teller.drift(world, found)
            self._put_back(world, found)

    def _tell_jump(self) -> None:
        if (jump := self._clock.jump) is not None and self._retries.once("jump", _SAY_JUMP_S):
            self._news.add(
                "clock", f"the clock of this machine jumped by {jump}: calendar windows go by the time before it"
            )

    def _end_unfinished(self, world: World) -> None:
        """What an earlier change left undone is ended first, once its devices answer."""
        if self._ended_epoch == world.epoch or not self._retries.due("unfinished"):
            return
        unfinished = self._engine.store.journal.unfinished()
        if not {device for u in unfinished for device in u.differences} <= set(world.fresh):
            return
        if unfinished:
            ended = self._tried("unfinished", lambda: self._engine.recover(world.project))
            self._news.add("repaired", *(f"an earlier change was left unfinished: {line}" for line in ended))
        self._ended_epoch = self._engine.epoch

    def _move_windows(self) -> None:
        """Calendar windows that opened or closed."""
        if self._retries.due("calendar"):
            self._tried("calendar", self._engine.move_windows)

    def _put_back(self, world: World, found: Sequence[Drifted]) -> None:
        """Put back what is to be put back: all of it in one change, and what fails device by device."""
        due = [d for d in found if d.is_put_back and self._retries.due(f"repair {d.device}")]
        first = [d for d in due if not self._retries.is_second(f"repair {d.device}")]
        groups = [first, *([d] for d in due if d not in first)]
        for group in (g for g in groups if g):
            try:
                self._engine.restore(world.project, [d.device for d in group], cause="repair of drift")
            except ClearwayError:
                for drifted in group:
                    self._retries.failed(f"repair {drifted.device}")
                raise
            for drifted in group:
                self._retries.worked(f"repair {drifted.device}")
                self._drifts.put_back(drifted, time.monotonic())
                self._news.add("repaired", f"{drifted.device} is again as applied: {len(drifted.drifts)} objects")

    def _tried(self, what: str, job: Callable[[], Result]) -> Result:
        """Do it; where it fails it is not tried again for a while. Raises ClearwayError."""
        try:
            done = job()
        except ClearwayError:
            self._retries.failed(what)
            raise
        self._retries.worked(what)
        return done
