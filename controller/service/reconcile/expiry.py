"""The end of a break-glass: asked for, or because its time is over."""

from __future__ import annotations

import logging
from typing import Final

from controller.breakglass import BreakGlass, Ending, Hold
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
        self._break_glass = BreakGlass(engine.store)

    def end(self, world: World) -> None:
        """Revert or adopt what is to be ended, on devices that answer; say what is over and stays. Raises
        ClearwayError."""
        for device, hold in sorted(world.holds.items()):
            over = world.now >= hold.until
            ending = hold.ending or (Ending.REVERT if over and self._settings.at_expiry is AtExpiry.REVERT else None)
            if ending is not None:
                if device in world.fresh and self._retries.due(f"end {device}"):
                    self._end(hold, ending)
            elif over and self._retries.once(f"over {device}", _SAY_AGAIN_S):
                self._news.add(
                    "held",
                    f"the break-glass of {hold.owner} on {device} ({hold.why}) is over and was not ended: "
                    "it stays until somebody adopts or reverts it",
                )

    def _end(self, hold: Hold, ending: Ending) -> None:
        what = f"end {hold.device}"
        try:
            objects = self._engine.end_break_glass(hold.device, ending)
        except ClearwayError as error:
            self._retries.failed(what)
            if ending is Ending.ADOPT:
                self._break_glass.refuse(hold.device, "; ".join(str(d) for d in error.diagnostics))
            raise
        self._retries.worked(what)
        done = "adopted" if ending is Ending.ADOPT else "again as applied"
        self._news.add(
            "held" if ending is Ending.ADOPT else "repaired",
            f"the break-glass of {hold.owner} on {hold.device} is ended: {objects} objects are {done}",
        )
        LOG.info("break-glass ended", extra={"device": hold.device, "owner": hold.owner, "ending": str(ending)})
