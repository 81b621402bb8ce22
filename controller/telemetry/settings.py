"""What an operator may set about watching."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySettings:
    """metrics: HOST:PORT of /metrics, /healthz and /readyz; empty: nowhere. log_format: text or json. log_level: the
    lowest that is written: debug, info, warning, error. traces: URL of an OTLP collector; empty: as
    OTEL_EXPORTER_OTLP_ENDPOINT says, else none."""

    metrics: str = ""
    log_format: str = "text"
    log_level: str = "info"
    traces: str = ""
