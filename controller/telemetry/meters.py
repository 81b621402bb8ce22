"""Metrics of one service, in a registry of its own, and how a part of it adds one.

A part that has a figure to show hands over a function, which is asked when somebody looks:

    meters.gauge("clearway_lease_term", "Term of the leader's lease.", lambda: lease.term)
    meters.gauge("clearway_drift_objects", "Objects not as applied.", drift.by_device, labels=("device",))

Names, units and HELP by Prometheus' and OpenMetrics' conventions (https://prometheus.io/docs/practices/naming,
https://prometheus.io/docs/specs/om/open_metrics_spec): base units, `_total` on what only grows, `_info` on words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

LOG: Final = logging.getLogger("clearway.telemetry")
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
MAX_SERIES: Final = 2000  # of one gauge: what one scrape and one database can bear

Labels = tuple[str, ...]
Reading = float | Mapping[Labels, float] | None  # None: nothing is known, so nothing is shown
Ask = Callable[[], Reading]


class Meters:
    """All metrics of one service. Any thread may use it. Adding a name twice raises ValueError."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for process in (ProcessCollector, PlatformCollector, GCCollector):
            process(registry=self.registry)
        self._left_out = Counter(
            "clearway_metrics_left_out_total",
            "Scrapes in which a metric could not be read and is missing.",
            ("metric",),
            registry=self.registry,
        )

    def gauge(self, name: str, text: str, ask: Ask, labels: Sequence[str] = ()) -> None:
        """A figure that goes up and down. ask: the figure, or with labels one for each tuple of their values, at most
        MAX_SERIES of them: the first by name."""
        self._add(lambda: _gauge(name, text, labels, ask()), name)

    def total(self, name: str, text: str, ask: Ask, labels: Sequence[str] = ()) -> None:
        """A figure that only grows and is kept elsewhere; the name ends with `_total`."""
        self._add(lambda: _total(name, text, labels, ask()), name)

    def info(self, name: str, text: str, ask: Callable[[], Mapping[str, str] | None]) -> None:
        """Words, as labels of a metric that is always 1; the name ends with `_info`."""
        self._add(lambda: _info(name, text, ask()), name)

    def counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
        """A counter to be counted up by the caller."""
        return Counter(name, text, labels, registry=self.registry)

    def histogram(
        self, name: str, text: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS
    ) -> Histogram:
        """How long things take, in seconds."""
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)

    def _add(self, read: Callable[[], Metric], name: str) -> None:
        self.registry.register(_Asked(name, read, self._left_out))


class _Asked(Collector):
    """A metric that is read when it is looked at. One that cannot be read is left out, and spoils no other."""

    def __init__(self, name: str, read: Callable[[], Metric], left_out: Counter) -> None:
        self._name, self._read, self._left_out = name, read, left_out

    def describe(self) -> Iterator[Metric]:
        """The name, without asking: it may be taken already."""
        yield Metric(self._name.removesuffix("_total").removesuffix("_info"), "", _kind(self._name))

    def collect(self) -> Iterator[Metric]:
        """The metric now."""
        try:
            yield self._read()
        except Exception:
            self._left_out.labels(self._name).inc()
            LOG.warning("metric.left-out", extra={"metric": self._name}, exc_info=True)


def _kind(name: str) -> str:
    return "counter" if name.endswith("_total") else "info" if name.endswith("_info") else "gauge"


def _gauge(name: str, text: str, labels: Sequence[str], reading: Reading) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, figure in _series(reading):
        family.add_metric(values, figure)
    return family


def _total(name: str, text: str, labels: Sequence[str], reading: Reading) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, figure in _series(reading):
        family.add_metric(values, figure)
    return family


def _info(name: str, text: str, words: Mapping[str, str] | None) -> Metric:
    family = InfoMetricFamily(name.removesuffix("_info"), text)
    if words is not None:
        family.add_metric((), dict(words))
    return family


def _series(reading: Reading) -> list[tuple[Labels, float]]:
    if reading is None:
        return []
    if isinstance(reading, Mapping):
        return sorted(reading.items())[:MAX_SERIES]
    return [((), reading)]
