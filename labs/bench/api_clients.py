"""Clients of the API bench, in processes of their own: `watch` many, or `call` as fast as it goes. They print JSON.

A watcher has a connection of its own, as a thousand programs would.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any, Final

import grpc

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import intents_pb2_grpc

AT_ONCE: Final = 32
_OWN: Final = [("grpc.use_local_subchannel_pool", 1)]


def _say(**told: Any) -> None:
    print(json.dumps(told), flush=True)


async def watch(address: str, count: int) -> None:
    """Watch `count` times until stdin ends; then say how long each status took to each watcher, seconds."""
    delays: list[float] = []
    arrived = [asyncio.Event() for _ in range(count)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_watcher(address, delays, here)) for here in arrived]
        await asyncio.gather(*(here.wait() for here in arrived))
        _say(ready=count)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
    _say(delays=delays)


async def _watcher(address: str, delays: list[float], here: asyncio.Event) -> None:
    async with grpc.aio.insecure_channel(address, options=_OWN) as channel:
        stub: Any = intents_pb2_grpc.IntentServiceStub(channel)  # type: ignore[no-untyped-call]  # generated
        async for status in stub.WatchStatus(pb.WatchStatusRequest()):
            if here.is_set():
                delays.append(time.time() - status.time.ToDatetime(UTC).timestamp())
            here.set()


async def call(address: str, seconds: float) -> None:
    """Get one intent over and over, some calls at once; say how many answers there were."""
    done = 0
    end = datetime.now(UTC).timestamp() + seconds
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = intents_pb2_grpc.IntentServiceStub(channel)  # type: ignore[no-untyped-call]  # generated

        async def over_and_over() -> None:
            nonlocal done
            while time.time() < end:
                await stub.GetIntent(pb.GetIntentRequest(name="ct-study"))
                done += 1

        began = time.monotonic()
        await asyncio.gather(*(over_and_over() for _ in range(AT_ONCE)))
        _say(calls=done, seconds=time.monotonic() - began)


if __name__ == "__main__":
    what, where, number = sys.argv[1:]
    asyncio.run(watch(where, int(number)) if what == "watch" else call(where, float(number)))
