"""python -m labs.lightolt: run many light OLTs in one process until SIGTERM.

They are told by a JSON file: {"olts": [{"name": ..., "host": ..., "port": ..., "keys": FOLDER, "plant": {...}}]};
plant as in labs/olt/plant.py. A host key is FOLDER/NAME.host_key, the keys that may come are in FOLDER/authorized_keys.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

import asyncssh

from labs.lightolt.device import LightOlt, Models
from labs.olt.plant import PlantError, read
from labs.olt.server import Access, Server


def main() -> int:
    """The exit code: 0 stopped, 1 could not start."""
    parser = argparse.ArgumentParser(prog="python -m labs.lightolt", description="Many light OLTs in one process.")
    parser.add_argument("--olts", required=True, type=Path, metavar="FILE", help="JSON: what to run")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    gc.set_threshold(200_000, 50, 100)  # what OLTs hold is large, and no cycles keep it alive
    try:
        told = json.loads(arguments.olts.read_text(encoding="utf-8"))["olts"]
        asyncio.run(_run(told))
    except (OSError, ValueError, KeyError, PlantError, asyncssh.Error) as error:
        print(f"light OLTs: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(told: list[dict[str, Any]]) -> None:
    models = Models()
    servers: list[Server] = []
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    for olt in told:
        device = LightOlt(olt["name"], models, read(json.dumps(olt["plant"])))
        access = Access(
            host=olt["host"],
            port=int(olt["port"]),
            host_key=Path(olt["keys"]) / f"{olt['name']}.host_key",
            authorized_keys=Path(olt["keys"]) / "authorized_keys",
        )
        server = Server(device, access)
        await server.start()
        servers.append(server)
    print(f"{len(servers)} light OLTs listen", flush=True)
    await stop.wait()
    for server in servers:
        await server.stop()


if __name__ == "__main__":
    raise SystemExit(main())
