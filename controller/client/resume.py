"""A watch that goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import grpc

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.client.faults import told_in
from intents.model.diagnostic import ClearwayError

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0
_AWAY: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


def watch(
    open_at: Callable[[int], Any], after: int, address: str, patience_s: float | None
) -> Iterator[pb.WatchStatusResponse]:
    """Statuses after a revision. open_at: starts a stream after a revision. Where a revision is no longer kept, or is
    of a service before this one, it begins with the present. Raises ClearwayError."""
    pause, away_since = FIRST_PAUSE_S, None
    while True:
        stream = open_at(after)
        try:
            for answer in stream:
                pause, away_since, after = FIRST_PAUSE_S, None, answer.revision
                yield answer
        except grpc.RpcError as error:
            code = error.code()
            if code is grpc.StatusCode.OUT_OF_RANGE and after:
                after = 0
                continue
            patient = patience_s is None or away_since is None or time.monotonic() - away_since < patience_s
            if code not in _AWAY or not patient:
                raise ClearwayError(*told_in(error, address)) from error
        finally:
            stream.cancel()
        away_since = away_since or time.monotonic()
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)
