"""Metrics of changes: how they end, and what takes how long."""

from __future__ import annotations

from typing import Final

from controller.events import Event
from controller.telemetry.meters import Meters
from controller.telemetry.observer import Begun, Ended, Observer, Outcome
from controller.telemetry.phases import Phases, Stretch

LONG: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)


class ChangeMeters(Observer):
    """Counts and times changes. Outcomes are there from the start, with 0: a rate needs a beginning."""

    def __init__(self, meters: Meters) -> None:
        self._changes = meters.counter(
            "clearway_changes_total", "Wishes to change the network, by how they ended.", ("outcome",)
        )
        for outcome in Outcome:
            self._changes.labels(str(outcome))
        self._objects = meters.counter("clearway_changed_objects_total", "Objects that were changed on devices.")
        self._seconds = meters.histogram(
            "clearway_change_duration_seconds", "From the wish to the proof, planning included.", buckets=LONG
        )
        self._phases = meters.histogram(
            "clearway_change_phase_duration_seconds", "What a part of a change takes.", ("phase",), buckets=LONG
        )
        self._last: float | None = None
        self._under_way: dict[str, Phases] = {}
        meters.gauge("clearway_changes_under_way", "Changes that are being made now.", lambda: len(self._under_way))
        meters.gauge(
            "clearway_last_change_timestamp_seconds", "When a change was last made and proven.", lambda: self._last
        )

    def begun(self, begun: Begun) -> None:
        """Planning begins."""
        self._under_way[begun.token] = Phases(begun.at)

    def heard(self, event: Event) -> None:
        """Time the phase that this event ends."""
        phases = self._under_way.get(event.token)
        if phases is not None:  # else what an earlier process left: it has no beginning here
            self._observe(phases.hear(event))

    def ended(self, ended: Ended) -> None:
        """Count it."""
        phases = self._under_way.pop(ended.begun.token, None)
        if phases is not None:
            self._observe(phases.end(ended.at))
        self._changes.labels(str(ended.outcome)).inc()
        if ended.applied is not None:
            self._objects.inc(len(ended.applied.plan.changes))
            self._last = ended.at.timestamp()
        if ended.outcome is not Outcome.REFUSED:
            self._seconds.observe(ended.seconds)

    def _observe(self, stretches: tuple[Stretch, ...]) -> None:
        for stretch in stretches:
            if not stretch.device:
                self._phases.labels(stretch.name).observe((stretch.end - stretch.begin).total_seconds())
