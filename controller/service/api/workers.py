"""Threads for what blocks: the event loop itself never waits for a device, a disk or a lock."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from controller.service.api.call import Call
from intents.model.diagnostic import ClearwayError, Diagnostic

Answer = TypeVar("Answer")
READERS: Final = 4
WORKERS: Final = 2  # the engine does one thing at a time; the second is there to wait for it
WAITING: Final = 64  # calls in one queue before more are refused


@dataclass(slots=True)
class _Pool:
    threads: ThreadPoolExecutor
    waiting: int = 0


class Workers:
    """Two bounded queues, so that a look never waits behind a change. Used from one event loop."""

    def __init__(self) -> None:
        self._looks = _Pool(ThreadPoolExecutor(READERS, thread_name_prefix="api-look"))
        self._works = _Pool(ThreadPoolExecutor(WORKERS, thread_name_prefix="api-work"))

    async def run(self, work: Callable[[], Answer], call: Call, *, long: bool) -> Answer:
        """What `work` returns or raises. A caller who leaves is marked as gone; what had not begun never begins.
        long: it asks devices or plans. Raises ClearwayError (too-busy) when the queue is full."""
        pool = self._works if long else self._looks
        if pool.waiting >= WAITING:
            raise ClearwayError(
                Diagnostic(
                    code="too-busy",
                    message=f"{pool.waiting} calls wait already",
                    hint="try again in a few seconds",
                )
            )
        pool.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool.threads, contextvars.copy_context().run, work)
        except asyncio.CancelledError:
            call.left.set()
            raise
        finally:
            pool.waiting -= 1

    def close(self) -> None:
        """Let what runs finish, and drop what waits."""
        for pool in (self._looks, self._works):
            pool.threads.shutdown(wait=True, cancel_futures=True)
