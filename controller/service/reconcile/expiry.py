"""The end of a break-glass: asked for, or because its time is over."""

from __future__ import annotations

import logging
from typing import Final

from controller.breakglass import BreakGlass, Hold
from controller.service.engine import Engine
from controller.service.reconcile.news import News
from controller.service.reconcile.retries import Retries
from controller.service.reconcile.settings import AtExpiry, Settings
from controller.service.reconcile.world import World
from intents.model.diagnostic import ClearwayError

LOG: Final = logging.getLogger("clearway.reconcile")
_SAY_AGAIN_S: Final = 3600.0


class Expiry:
    """Ends what is to be ended. One thread."""

    def __init__(self, engine: Engine, settings: Settings, news: News, retries: Retries) -> None:
        self._engine, self._settings, self._news, self._retries = engine, settings, news, retries
        self._break_glass = BreakGlass(engine.store.records)

    def end(self, world: World) -> None:
        """Revert what is to be reverted on devices that answer; say what is over and stays. Raises ClearwayError."""
        for device, hold in sorted(world.holds.items()):
            over = world.now >= hold.until
            if hold.ending or (over and self._settings.at_expiry is AtExpiry.REVERT):
                if device in world.fresh and self._retries.due(f"revert {device}"):
                    self._revert(world, hold)
            elif over and self._retries.once(f"over {device}", _SAY_AGAIN_S):
                self._news.add(
                    "held",
                    f"the break-glass of {hold.owner} on {device} ({hold.why}) is over and was not ended: "
                    "it stays until somebody adopts or reverts it",
                )

    def _revert(self, world: World, hold: Hold) -> None:
        try:
            self._engine.restore(world.project, [hold.device], cause=f"end of the break-glass of {hold.owner}")
        except ClearwayError:
            self._retries.failed(f"revert {hold.device}")
            raise
        self._retries.worked(f"revert {hold.device}")
        self._break_glass.close(hold.device)
        self._news.add("repaired", f"the break-glass of {hold.owner} on {hold.device} is ended: it is again as applied")
        LOG.info("break-glass ended", extra={"device": hold.device, "owner": hold.owner})
