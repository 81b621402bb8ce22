"""An event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

Result = TypeVar("Result")


class LoopThread:
    """Runs from construction to `close`."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._beats: list[Future[None]] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self._loop.is_closed()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run in the loop; wait for what it returns or raises. Called from other threads."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def every(self, seconds: float, call: Callable[[], None]) -> None:
        """Call in the loop, again and again, until it ends. The call must not wait and must not raise."""

        async def beat() -> None:
            while True:
                call()
                await asyncio.sleep(seconds)

        self._beats.append(asyncio.run_coroutine_threadsafe(beat(), self._loop))  # else it is collected

    def close(self) -> None:
        """Cancel what is left, and end."""
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
