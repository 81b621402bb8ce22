"""What `promtool check metrics` says of an exposition, and what OpenMetrics asks besides.

Rules: https://prometheus.io/docs/practices/naming; the linter's are in prometheus/client_golang, testutil/promlint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from prometheus_client import Metric

BASE = {"seconds", "bytes", "ratio", "celsius", "meters", "volts", "amperes", "joules", "grams"}
NOT_BASE = {
    *("milliseconds", "microseconds", "nanoseconds", "minutes", "hours", "days", "ms", "us", "ns", "sec", "min"),
    *("bits", "kilobytes", "megabytes", "kbps", "mbps", "bps", "percent", "kib", "mib", "mbit", "gbit", "pct"),
}
KINDS = {"counter", "gauge", "histogram", "summary", "info", "untyped", "unknown", "stateset"}


def faults(families: Iterable[Metric]) -> list[str]:
    """One line a fault; none is right."""
    return [f"{m.name}: {fault}" for m in families if not m.name.endswith("_created") for fault in _of(m)]


def _of(metric: Metric) -> Iterable[str]:
    words = metric.name.split("_")
    if not metric.documentation.strip():
        yield "no HELP"
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", metric.name):
        yield "not snake_case"
    yield from (f"{w} is no base unit" for w in words if w in NOT_BASE)
    if metric.type not in KINDS:
        yield f"type {metric.type}"
    if metric.type in words:
        yield "its type stands in its name"
    if metric.type == "gauge" and words[-1] == "total":
        yield "a gauge ends with _total"
    for sample in metric.samples:
        if metric.type == "counter" and not sample.name.endswith(("_total", "_created")):
            yield f"{sample.name}: a counter does not end with _total"
        for label in sample.labels:
            if label.startswith("__") or not re.fullmatch(r"[a-z][a-z0-9_]*", label):
                yield f"label {label}"
            if f"_by_{label}" in metric.name:
                yield f"label {label} stands in the name"
    unit = next((w for w in words if w in BASE), None)
    per = "per" in words
    if unit is not None and not per and words[-1] not in (unit, "total", "info"):
        yield f"{unit} does not stand at the end"
