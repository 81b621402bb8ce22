"""python -m labs.net.relay SOCKET HOST:PORT: what connects to a Unix socket is connected on to a TCP port.

The lab's switches live in a network namespace, the controller does not; a Unix socket is in none. A connection that
cannot be made on is closed, and the switch tries again by its own clock. No faster than the slower side: bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Final

from labs.unixsocket import bound

_CHUNK: Final = 1 << 16


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _serve(listen: Path, host: str, port: int) -> None:
    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    server = await asyncio.start_unix_server(on, sock=bound(listen))
    listen.with_suffix(".pid").write_text(str(os.getpid()), encoding="utf-8")
    await server.serve_forever()


def main() -> None:
    """Relay until killed."""
    listen, remote = sys.argv[1:]
    host, _, port = remote.rpartition(":")
    asyncio.run(_serve(Path(listen), host.strip("[]"), int(port)))


if __name__ == "__main__":
    main()
