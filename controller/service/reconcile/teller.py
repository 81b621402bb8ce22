"""Tells the watchers: drift at once, then what it means; devices that went and came back; ONUs."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Final

from controller.onus import remarks
from controller.service.engine import Engine
from controller.service.reconcile.drifted import Action, Drifted
from controller.service.reconcile.news import News
from controller.service.reconcile.world import World
from intents.model.diagnostic import ClearwayError
from intents.model.evidence import Drift, Verdict

LOG: Final = logging.getLogger("clearway.reconcile")
_QUICK_S: Final = 0.5  # where the last judgement took no longer, drift is told together with the next one
_UNDONE: Final = (Action.NOTHING, ())


class Teller:
    """What was told last, so that only news is. One thread."""

    def __init__(self, engine: Engine, news: News) -> None:
        self._engine, self._news = engine, news
        self._drift: dict[str, tuple[Action, tuple[Drift, ...]]] = {}
        self._away: frozenset[str] = frozenset()
        self._remarks: Mapping[str, str] = {}
        self._judged: tuple[object, ...] | None = None
        self._took_s = 0.0

    def drift(self, world: World, found: Sequence[Drifted]) -> None:
        """What differs, where that is news."""
        news = [d for d in found if self._drift.get(d.device, _UNDONE) != (d.action, d.drifts)]
        for drifted in news:
            self._drift[drifted.device] = (drifted.action, drifted.drifts)
            cause = "held" if drifted.action in (Action.HELD, Action.LEFT) else "drift"
            self._news.add(cause, *drifted.sentences())
            LOG.info(
                "drift", extra={"device": drifted.device, "objects": len(drifted.drifts), "action": str(drifted.action)}
            )
        drifting = [d for d in news if d.drifts]
        if drifting and (any(d.is_put_back for d in drifting) or self._took_s > _QUICK_S or not world.complete):
            self._publish(world, None)  # what it means follows

    def devices(self, world: World) -> None:
        """Who went, who is back, which ONUs somebody has to look after."""
        away = frozenset(world.away)
        for device in sorted(away - self._away):
            self._news.add("degraded", f"{device} cannot be read: {world.away[device][0].message}")
        for device in sorted(self._away - away):
            self._news.add("back", f"{device} answers again")
        self._away = away
        olts = {name: seen for name, seen in world.fresh.items() if name in world.campus.olts}
        if len(olts) < len(world.campus.olts):
            return  # of an OLT that is away nobody knows which ONUs it sees
        found = remarks(world.campus, olts)
        gone = sorted(set(self._remarks) - set(found))
        news = [text for serial, text in found.items() if self._remarks.get(serial) != text]
        if news or gone:
            self._news.add("onu", *news, *(f"ONU {serial}: nothing is left to do" for serial in gone))
        self._remarks = found

    def judgement(self, world: World) -> None:
        """The verdict, where anything is otherwise than it was judged before."""
        if self._judged == world.key and not self._news:
            return
        began = time.monotonic()
        with self._engine.observers.judgement(world.project, world.revision) as judged:
            verdict, seen = world.judge(self._engine.proofs.judge)
            judged(verdict, seen)
        self._took_s = time.monotonic() - began
        if self._engine.epoch == world.epoch:  # else it is of a network that is no more
            self._judged = world.key
            self._publish(world, verdict)

    def looked(self, world: World) -> None:
        """That every device was looked at, for who watches the service."""
        answers = {**dict.fromkeys(world.fresh, True), **dict.fromkeys(world.away, False)}
        self._engine.observers.looked(answers, same=self._judged == world.key)

    def refusal(self, error: ClearwayError) -> None:
        """What could not be done."""
        for d in error.diagnostics:
            LOG.warning("not done", extra={"code": d.code, "at": str(d.position), "fault": d.message})
        in_force = self._engine.in_force
        self._engine.publish_if_news("poll", None, in_force.revision if in_force else "", error.diagnostics)

    def _publish(self, world: World, verdict: Verdict | None) -> None:
        """With a verdict the news are told; without, they are told again with the one that follows."""
        cause, details = self._news.so_far() if verdict is None else self._news.take()
        if details:
            self._engine.publish(cause, verdict, world.revision, (), details)
        else:
            self._engine.publish_if_news(cause, verdict, world.revision, ())
