"""Traces by OpenTelemetry: one a change, with its phases and what each device takes of them.

    change                      token, person, cause, commit; outcome, intents, changes
      plan
      prepare, commit, check, confirm, revert
        DEVICE                  of each phase
      verify

A change that a client asked for belongs to the client's own trace. Sent by OTLP over gRPC in the background
(https://opentelemetry.io/docs/specs/otlp); a collector that is not there costs some memory and no change. Everything
else is as OpenTelemetry's environment variables say: OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, certificates, headers.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from controller.events import Event
from controller.state.journal import ENDED
from controller.telemetry.build import version_of_clearway
from controller.telemetry.observer import Begun, Ended, Observer, Outcome
from controller.telemetry.parent import inherited
from controller.telemetry.phases import Phases, Stretch
from intents.model.diagnostic import ClearwayError, Diagnostic

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
SILENCE_S: Final = 5  # that a collector may take for one parcel


def traced(endpoint: str) -> Traced | None:
    """Where an endpoint is set or named by the environment: what sends traces there. Raises ClearwayError
    (no-telemetry) where the libraries for it are not installed."""
    if not endpoint and not any(os.environ.get(name) for name in ENDPOINTS):
        return None
    try:
        return Traced(_provider(endpoint))
    except ImportError as error:
        raise ClearwayError(
            Diagnostic(
                code="no-telemetry",
                message=f"traces are asked for, and what sends them is not installed: {error}",
                hint="pip install 'clearway[telemetry]', or unset OTEL_EXPORTER_OTLP_ENDPOINT and telemetry.traces",
            )
        ) from error


def _provider(endpoint: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    words = {"service.version": version_of_clearway()}
    if not os.environ.get("OTEL_SERVICE_NAME"):
        words["service.name"] = "clearway"
    exporter = OTLPSpanExporter(endpoint=endpoint or None, timeout=SILENCE_S)
    provider = TracerProvider(resource=Resource.create(words), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


@dataclass(slots=True)
class _UnderWay:
    span: Span
    phases: Phases
    left: bool = False  # by an earlier process, and ended now


class Traced(Observer):
    """Makes spans of what it is told."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("clearway", version_of_clearway())
        self._under_way: dict[str, _UnderWay] = {}

    def begun(self, begun: Begun) -> None:
        """The change's own span, in the trace of whoever asked."""
        about = {"person": begun.by, "cause": begun.cause, "commit": begun.commit}
        self._under_way[begun.token] = _UnderWay(self._root("change", begun.token, begun.at, about), Phases(begun.at))

    def heard(self, event: Event) -> None:
        """The spans of what this event ends."""
        if event.token not in self._under_way:  # begun by an earlier process, which had planned it
            phases = Phases(event.at, planned=True)
            self._under_way[event.token] = _UnderWay(
                self._root("recovery", event.token, event.at, {}), phases, left=True
            )
        change = self._under_way[event.token]
        self._add(change.span, change.phases.hear(event))
        if change.left and event.phase in ENDED:
            del self._under_way[event.token]
            change.span.end(_ns(event.at))

    def ended(self, ended: Ended) -> None:
        """End it, with how it went; each fault is an event of the span."""
        for token in [t for t, c in self._under_way.items() if c.left or t == ended.begun.token]:
            change = self._under_way.pop(token)
            self._add(change.span, change.phases.end(ended.at))
            if token == ended.begun.token:
                _say(change.span, ended)
            change.span.end(_ns(ended.at))

    def close(self) -> None:
        """Send what is left, and end."""
        self._provider.shutdown()

    def _root(self, name: str, token: str, at: datetime, about: dict[str, str]) -> Span:
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - as above
            TraceContextTextMapPropagator,
        )

        parent = TraceContextTextMapPropagator().extract({"traceparent": inherited()})
        words = {f"clearway.change.{k}": v for k, v in {"token": token, **about}.items() if v}
        return self._tracer.start_span(name, parent, attributes=words, start_time=_ns(at))

    def _add(self, root: Span, stretches: tuple[Stretch, ...]) -> None:
        """Spans of stretches that are over: those of devices come before that of their phase."""
        devices: list[Stretch] = []
        for stretch in stretches:
            if stretch.device:
                devices.append(stretch)
                continue
            phase = self._span(root, stretch.name, stretch)
            for part in devices:
                self._span(phase, part.device, part)
            devices.clear()

    def _span(self, parent: Span, name: str, stretch: Stretch) -> Span:
        from opentelemetry.trace import StatusCode, set_span_in_context  # noqa: PLC0415 - as above

        words: dict[str, str | int] = {"clearway.phase": stretch.name}
        words |= {"clearway.device": stretch.device} if stretch.device else {}
        words |= {"clearway.round": stretch.round} if stretch.round else {}
        span = self._tracer.start_span(
            name, set_span_in_context(parent), attributes=words, start_time=_ns(stretch.begin)
        )
        if not stretch.through:
            span.set_status(StatusCode.ERROR, "not through")
        span.end(_ns(stretch.end))
        return span


def _say(span: Span, ended: Ended) -> None:
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 - as above

    span.set_attribute("clearway.change.outcome", str(ended.outcome))
    if ended.applied is not None:
        span.set_attribute("clearway.change.intents", ended.intents)
        span.set_attribute("clearway.change.objects", len(ended.applied.plan.changes))
        span.set_attribute("clearway.change.holds", ended.applied.verdict.holds)
    for fault in ended.faults:
        words = {"code": fault.code, "message": fault.message, "at": str(fault.position)}
        span.add_event("fault", words, _ns(ended.at))
    if ended.outcome not in (Outcome.DONE, Outcome.UNCHANGED):
        span.set_status(StatusCode.ERROR, ended.faults[0].message if ended.faults else str(ended.outcome))


def _ns(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000) * 1000
