"""Everything that watches one service, put together from its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Final, Self

from controller.state.store import Store
from controller.telemetry.build import measure_build
from controller.telemetry.calls import CallMeters
from controller.telemetry.changes import ChangeMeters
from controller.telemetry.configuration import ConfigurationMeters
from controller.telemetry.endpoint import Endpoint
from controller.telemetry.kept import measure_kept
from controller.telemetry.liveness import Liveness
from controller.telemetry.meters import Meters
from controller.telemetry.network import NetworkMeters
from controller.telemetry.notify import Notifier
from controller.telemetry.observer import Observer, Observers
from controller.telemetry.settings import TelemetrySettings
from controller.telemetry.told import Told
from controller.telemetry.traces import traced

PULSE_S: Final = 30.0


class Watched:
    """Shows figures from `with` on to its end. meters: for parts that have some to add. observers: to be told of the
    work; more: others who are. calls: of the API. Raises ClearwayError where the address of the metrics is taken."""

    def __init__(self, settings: TelemetrySettings, more: Sequence[Observer] = ()) -> None:
        self._settings = settings
        self._running = ExitStack()
        self.liveness = Liveness()
        self.meters = Meters()
        measure_build(self.meters)
        self.calls = CallMeters(self.meters)
        self.notifier = Notifier(self.liveness)
        observers: list[Observer] = [
            self.notifier,
            Told(),
            ChangeMeters(self.meters),
            NetworkMeters(self.meters),
            ConfigurationMeters(self.meters),
            *more,
        ]
        traces = traced(settings.traces)
        if traces is not None:
            observers.append(traces)
            self._running.callback(traces.close)
        self.observers = Observers(observers)
        self.port: int | None = None  # of the metrics, with what a 0 became

    def state(self, store: Store) -> None:
        """Show what is kept there."""
        measure_kept(self.meters, store)

    def pulse(self, part: str, within_s: float = PULSE_S) -> Callable[[], None]:
        """What a part calls again and again while it moves; it is expected from now on."""
        self.liveness.expect(part, within_s)
        return partial(self.liveness.beat, part)

    def serving(self, address: str) -> None:
        """Calls are taken there."""
        self.liveness.serve(serving=True)
        self.notifier.ready(f"serving intents on {address}")

    def draining(self) -> None:
        """No new calls are taken."""
        self.liveness.serve(serving=False)
        self.notifier.stopping()

    def __enter__(self) -> Self:
        if self._settings.metrics:
            endpoint = Endpoint(self._settings.metrics, self.meters, self.liveness)
            endpoint.start()
            self._running.callback(endpoint.stop)
            self.port = endpoint.port
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()
