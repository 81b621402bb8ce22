"""Metrics of the API's calls, by the names that servers of gRPC have everywhere (go-grpc-middleware's), so that ready
dashboards fit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from controller.telemetry.meters import Meters

OK: Final = "OK"
QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


@dataclass(slots=True)
class Call:
    """A call under way. code: how it ends, a name of grpc.StatusCode."""

    code: str = OK


class CallMeters:
    """Counts and times calls."""

    def __init__(self, meters: Meters) -> None:
        of, coded = ("grpc_service", "grpc_method"), ("grpc_service", "grpc_method", "grpc_code")
        self._started = meters.counter("grpc_server_started_total", "Calls that began.", of)
        self._handled = meters.counter("grpc_server_handled_total", "Calls that ended, by code.", coded)
        self._seconds = meters.histogram(
            "grpc_server_handling_seconds", "How long calls took that are no streams.", of, QUICK
        )
        self._watchers = 0
        meters.gauge("clearway_watchers", "Streams that are open: clients that watch.", lambda: self._watchers)

    @contextmanager
    def call(self, path: str, *, stream: bool) -> Iterator[Call]:
        """Around a call of a method that there is. path: `/service/Method`. Used from one event loop."""
        service, _, method = path.lstrip("/").partition("/")
        self._started.labels(service, method).inc()
        self._watchers += stream
        began, call = time.monotonic(), Call()
        try:
            yield call
        finally:
            self._watchers -= stream
            self._handled.labels(service, method, call.code).inc()
            if not stream:
                self._seconds.labels(service, method).observe(time.monotonic() - began)
