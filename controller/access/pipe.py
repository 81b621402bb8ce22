"""Two connections as one: what comes in at either leaves by the other, neither read faster than the other takes it."""

from __future__ import annotations

import asyncio
from typing import cast


class Half(asyncio.Protocol):
    """One of the two. It reads nothing before it is joined to its other half."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._other: Half | None = None
        self._early = b""  # some event loops read once although they were told to wait (CPython before 3.11.4)
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.pause_reading()

    def join(self, other: Half) -> None:
        """From now on what comes here goes there."""
        self._other = other
        if self._early:
            other.send(self._early)
            self._early = b""
        self.read_on()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._other is not None:
            self._other.send(data)
        else:
            self._early += data

    def pause_writing(self) -> None:
        """The peer of this half does not take what it is sent: the other is not read meanwhile."""
        if self._other is not None:
            self._other.wait()

    def resume_writing(self) -> None:
        """It does again."""
        if self._other is not None:
            self._other.read_on()

    def connection_lost(self, _: Exception | None) -> None:
        """See asyncio.Protocol."""
        if not self.ended.done():
            self.ended.set_result(None)

    def send(self, data: bytes) -> None:
        """To this half's peer."""
        if self._transport is not None:
            self._transport.write(data)

    def wait(self) -> None:
        """Read nothing for now."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def read_on(self) -> None:
        """Read from this half's peer."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """End it, after what is still to be sent."""
        if self._transport is not None:
            self._transport.close()


async def joined(first: Half, second: Half) -> None:
    """Join two halves until one of them ends; then the other ends too."""
    first.join(second)
    second.join(first)
    try:
        await asyncio.wait((first.ended, second.ended), return_when=asyncio.FIRST_COMPLETED)
    finally:
        first.close()
        second.close()
