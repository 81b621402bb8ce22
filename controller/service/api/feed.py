"""Statuses to watchers: each is encoded once, whoever reads it, and nobody holds a thread while he waits."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Final

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.messages import diagnostics, verdicts
from controller.service.engine import Engine, StatusEvent

KEPT_ENCODED: Final = 8  # watchers who are up to date read the newest; a resumed one may make older ones anew


class Feed:
    """The engine's statuses as encoded WatchStatusResponse messages. Made and used in one event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._encoded: OrderedDict[int, bytes] = OrderedDict()
        self._closed = False
        engine.listen(self._published)

    async def after(self, revision: int) -> AsyncIterator[bytes]:
        """Statuses after a revision as they come, from the present one where it is 0; ends when the feed closes.

        Raises ClearwayError (revision-compacted) when the revision is not kept.
        """
        while not self._closed:
            news = self._news  # taken before looking: what is published meanwhile sets this very one
            for event in self._engine.after(revision):
                revision = event.revision
                yield self._encode(event)
            await news.wait()

    def close(self) -> None:
        """Let the watchers go."""
        self._closed = True
        self._wake()

    def _encode(self, event: StatusEvent) -> bytes:
        found = self._encoded.get(event.revision)
        if found is None:
            found = self._encoded[event.revision] = _message(event).SerializeToString()
            while len(self._encoded) > KEPT_ENCODED:
                self._encoded.popitem(last=False)
        return found

    def _published(self, _: StatusEvent) -> None:
        """Called by whichever thread publishes."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def _message(event: StatusEvent) -> pb.WatchStatusResponse:
    verdict = event.verdict
    made = pb.WatchStatusResponse(
        revision=event.revision,
        cause=event.cause,
        holds=event.holds,
        statuses=verdicts.statuses(verdict) if verdict else [],
        commit=event.commit,
        faults=map(diagnostics.message, event.faults),
        details=event.details,
        drift=map(verdicts.drift_message, verdict.drift) if verdict else [],
    )
    made.time.FromDatetime(event.time)
    return made
