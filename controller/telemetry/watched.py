"""Everything that watches one service, put together from its settings."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from controller.state.store import Store
from controller.telemetry.build import measure_build
from controller.telemetry.calls import CallMeters
from controller.telemetry.changes import ChangeMeters
from controller.telemetry.configuration import ConfigurationMeters
from controller.telemetry.endpoint import Endpoint
from controller.telemetry.liveness import Liveness
from controller.telemetry.meters import Meters
from controller.telemetry.network import NetworkMeters
from controller.telemetry.observer import Observer, Observers
from controller.telemetry.settings import TelemetrySettings
from controller.telemetry.told import Told
from controller.telemetry.traces import traced


class Watched:
    """Shows figures from `with` on to its end. meters: for parts that have some to add. observers: to be told of the
    work. calls: of the API. Raises ClearwayError where the address of the metrics is taken."""

    def __init__(self, settings: TelemetrySettings) -> None:
        self._settings = settings
        self._running = ExitStack()
        self.liveness = Liveness()
        self.meters = Meters()
        measure_build(self.meters)
        self.calls = CallMeters(self.meters)
        observers: list[Observer] = [
            Told(),
            ChangeMeters(self.meters),
            NetworkMeters(self.meters),
            ConfigurationMeters(self.meters),
        ]
        traces = traced(settings.traces)
        if traces is not None:
            observers.append(traces)
            self._running.callback(traces.close)
        self.observers = Observers(observers)
        self.port: int | None = None  # of the metrics, with what a 0 became

    def state(self, store: Store) -> None:
        """Show what the journal holds."""
        self.meters.gauge(
            "clearway_journal_unfinished_changes",
            "Changes that the journal does not show the end of; one that is being made counts.",
            lambda: len(store.journal.unfinished()),
        )

    def __enter__(self) -> Self:
        if self._settings.metrics:
            endpoint = Endpoint(self._settings.metrics, self.meters, self.liveness)
            endpoint.start()
            self._running.callback(endpoint.stop)
            self.port = endpoint.port
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()
