"""The network as the page shows it, one view after the other: each is made once, of the newest of what the service
knows, and kept so that who was away for a moment is told what is otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from controller.git.last import Written
from controller.page.answers import Prepared
from controller.page.authors import Authors
from controller.page.ears import Ears
from controller.page.seen import Seen
from controller.page.states import State, Told, intent_states, node_states
from controller.service.api.call import Call
from controller.service.api.workers import Workers
from controller.service.engine import Engine, StatusEvent
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError

LOG: Final = logging.getLogger("clearway.page")
KEPT: Final = 128
AGAIN_S: Final = 1.0  # until a view that could not be made is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """key: names it, and grows. event: the newest status; None, there was none. seen: what it was made of. proven:
    when the verdict came about. drift: how many objects by device. authors: by file. prepared: answers that were made
    of it already; memo: what they have in common."""

    key: str
    revision: int
    event: StatusEvent | None
    seen: Seen
    intents: Mapping[str, Told]
    nodes: Mapping[str, Told]
    proven: datetime | None = None
    drift: Mapping[str, int] = field(default_factory=dict)
    authors: Mapping[str, Written] = field(default_factory=dict)
    prepared: dict[str, Prepared] = field(default_factory=dict, compare=False)
    memo: dict[str, object] = field(default_factory=dict, compare=False)

    @property
    def campus(self) -> Campus:
        """Of its project, which compiled."""
        return self.seen.project.checked_campus()

    def counts(self) -> dict[str, int]:
        """Intents by state."""
        found = dict.fromkeys(map(str, State), 0)
        for told in self.intents.values():
            found[told.state] += 1
        return found


class Views:
    """From `start` to `close`, in one event loop."""

    def __init__(self, engine: Engine, ears: Ears, workers: Workers) -> None:
        self._engine, self._ears, self._workers = engine, ears, workers
        self._authors = Authors(engine)
        self._loop = asyncio.get_running_loop()
        self._due = asyncio.Event()
        self._turned = asyncio.Event()
        self._kept: deque[View] = deque(maxlen=KEPT)
        self._event: StatusEvent | None = None
        self._number = 0
        self.closed = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Make the first."""
        self._ears.news = self._poke
        self._engine.listen(self._published)
        self._due.set()
        self._task = self._loop.create_task(self._run())

    async def close(self) -> None:
        """Make no more, and let go who waits."""
        self.closed = True
        self._turn()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def newest(self) -> View | None:
        """The same, from any thread; None, there is none yet."""
        return self._kept[-1] if self._kept else None

    async def now(self) -> View:
        """The newest. Waits for the first."""
        while not self._kept:
            turned = self._turned
            await turned.wait()
        return self._kept[-1]

    def kept(self, key: str) -> View | None:
        """An earlier one, if it is kept."""
        return next((v for v in self._kept if v.key == key), None)

    def turned(self) -> asyncio.Event:
        """Is set when there is a newer view than now."""
        return self._turned

    def _published(self, event: StatusEvent) -> None:
        """In the thread that publishes."""
        self._event = event
        self._poke()

    def _poke(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._due.set)

    def _turn(self) -> None:
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()

    async def _run(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                view = await self._workers.run(self._made, Call(), long=False)
            except ClearwayError:  # the texts do not compile, or too many wait: what was seen last stays shown
                await self._put_off()
                continue
            except Exception:  # one view that cannot be made is not the end of all
                LOG.exception("view")
                await self._put_off()
                continue
            if self._kept and self._kept[-1].key == view.key:
                self._kept[-1] = view
                continue
            if self._kept:
                self._kept[-1] = _slim(self._kept[-1])
            self._kept.append(view)
            self._turn()

    async def _put_off(self) -> None:
        """What was told is still to be shown: nobody may tell of it again."""
        self._due.set()
        await asyncio.sleep(AGAIN_S)

    def _made(self) -> View:
        event = self._event
        seen, proven = self._ears.seen(self._engine.judged().at(self._engine.now()), event)
        found = seen.troubles
        intents, nodes = intent_states(seen, found), node_states(seen, found)
        revision = event.revision if event is not None else self._engine.revision
        last = self._kept[-1] if self._kept else None
        if last is None or (last.revision, last.intents, last.nodes) != (revision, intents, nodes):
            self._number += 1
        return View(
            key=f"{revision}.{self._number}",
            revision=revision,
            event=event,
            seen=seen,
            intents=intents,
            nodes=nodes,
            proven=proven,
            authors=self._authors.now(),
            memo=last.memo if last is not None and _read_alike(last.seen, seen) else {},
            drift=Counter(d.device for d in seen.verdict.drift) if seen.verdict is not None else {},
        )


def _read_alike(one: Seen, other: Seen) -> bool:
    """Whether the same is wanted of devices that hold the same. What did not change are the same objects, so it is
    compared at once."""
    return one.operational == other.operational and one.project == other.project


def _slim(view: View) -> View:
    """What is needed of one that is past: a reading of a hospital is large."""
    return replace(view, seen=Seen(project=view.seen.project, answers={}), prepared={}, memo={}, authors={})


def stamp(instant: datetime | None) -> str | None:
    """As the page reads times."""
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
