"""A scrape over a real socket, parsed by the reference parsers."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Mapping

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def get(port: int, path: str, accept: str = "", method: str = "GET") -> tuple[int, str, str]:
    """Status, content type, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers={"Accept": accept} if accept else {})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
    finally:
        connection.close()


def families(port: int, *, openmetrics: bool = False) -> Mapping[str, Metric]:
    """All metric families by name."""
    status, kind, body = get(port, "/metrics", OPENMETRICS if openmetrics else "")
    assert status == 200
    assert kind.startswith("application/openmetrics-text" if openmetrics else "text/plain")
    found: Iterable[Metric] = (parse_openmetrics if openmetrics else parse_text)(body)
    return {m.name: m for m in found}


def values(port: int) -> Mapping[str, Mapping[tuple[tuple[str, str], ...], float]]:
    """Sample name -> sorted labels -> value."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in families(port).values():
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found
