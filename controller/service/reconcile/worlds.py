"""Puts together what the reconciler goes by: what is wanted as of now, what the eyes saw, what was applied."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from controller.breakglass import BreakGlass
from controller.service.engine import Engine
from controller.service.reconcile.clock import Clock
from controller.service.reconcile.eyes import Eyes
from controller.service.reconcile.world import World
from controller.service.source import Snapshot
from intents.model.campus import Campus, Olt, Switch
from intents.model.state import DeviceState
from southbound.driver import Driver

_READ_TEXTS_S: Final = 10.0  # of a source of which nothing is in force yet
Drivers = Callable[[Campus], Mapping[str, Sequence[Driver]]]


class Worlds:
    """One thread. drivers: makes new ones for the devices of a campus, for the eyes."""

    def __init__(self, engine: Engine, eyes: Eyes, drivers: Drivers, clock: Clock) -> None:
        self._engine, self._eyes, self._drivers, self._clock = engine, eyes, drivers, clock
        self._break_glass = BreakGlass(engine.store)
        self._watched: dict[str, Switch | Olt] = {}
        self._written: tuple[float, Snapshot] | None = None
        self._applied: tuple[int, int, Mapping[str, DeviceState] | None] = (-1, 0, None)

    def now(self) -> World | None:
        """None while a change is under way. Raises ClearwayError where the texts are wrong, or the state folder is."""
        epoch = self._engine.epoch
        if epoch % 2:
            return None
        snapshot = self._wanted()
        now = self._clock.now()
        project = snapshot.project.at(now)
        self._watch(project.checked_campus())
        number, applied = self._load_applied(epoch)
        return World(
            project=project,
            revision=snapshot.revision,
            now=now,
            sights=self._eyes.sights(),
            epoch=epoch,
            applied=applied,
            applied_number=number,
            holds=self._break_glass.holds(),
        )

    def _wanted(self) -> Snapshot:
        """What is in force; until something is, what is written."""
        if self._engine.in_force is not None:
            return self._engine.in_force
        if self._written is None or time.monotonic() - self._written[0] > _READ_TEXTS_S:
            self._written = (time.monotonic(), self._engine.source.snapshot())
        return self._written[1]

    def _watch(self, campus: Campus) -> None:
        """Look at the devices of this campus."""
        wanted: dict[str, Switch | Olt] = {**campus.switches, **campus.olts}
        new = {name for name, device in wanted.items() if self._watched.get(name) != device}
        if new:
            drivers = self._drivers(campus)
            self._eyes.watch({name: own for name, own in drivers.items() if name in new})
        self._eyes.forget([name for name in self._watched if name not in wanted])
        self._watched = wanted

    def _load_applied(self, epoch: int) -> tuple[int, Mapping[str, DeviceState] | None]:
        """What was applied, and its number; read again after each change. What another controller applies meanwhile is
        not known here: who does not lead judges without."""
        if not self._engine.leads:
            self._applied = (-1, self._applied[1] + (self._applied[2] is not None), None)
            return self._applied[1:]
        at, number, applied = self._applied
        if at != epoch:
            found = self._engine.store.load_applied()
            if found != applied:
                number, applied = number + 1, found
            self._applied = (epoch, number, applied)
        return number, applied
