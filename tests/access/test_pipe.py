"""Two connections as one: nothing is lost, whenever it comes."""

from __future__ import annotations

import asyncio

from controller.access.pipe import Half, joined


class Kept(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.written += data

    def pause_reading(self) -> None:
        """A loop that reads once more although it was told to wait."""

    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...


async def test_what_comes_before_the_halves_are_joined_is_passed_on_first() -> None:
    outer, inner, kept = Half(), Half(), Kept()
    outer.connection_made(Kept())
    inner.connection_made(kept)
    outer.data_received(b"PRI * ")
    outer.data_received(b"HTTP/2.0")
    both = asyncio.create_task(joined(outer, inner))
    await asyncio.sleep(0)
    outer.data_received(b" and on")
    outer.connection_lost(None)
    await both
    assert kept.written == b"PRI * HTTP/2.0 and on"
