"""A small OpenTelemetry collector: the published service over a real socket, and what it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """spans: all that came. resource: whom they are of."""

    port: int = 0
    spans: list[Span] = field(default_factory=list)
    resource: dict[str, object] = field(default_factory=dict)

    def Export(self, request: pb.ExportTraceServiceRequest, context: object) -> pb.ExportTraceServiceResponse:  # noqa: N802
        for group in request.resource_spans:
            self.resource |= attributes(group.resource.attributes)
            for scope in group.scope_spans:
                self.spans += scope.spans
        return pb.ExportTraceServiceResponse()

    def named(self, name: str) -> list[Span]:
        return [s for s in self.spans if s.name == name]

    def below(self, parent: Span) -> list[Span]:
        """By when they began."""
        found = (s for s in self.spans if s.parent_span_id == parent.span_id)
        return sorted(found, key=lambda s: (s.start_time_unix_nano, s.name))


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    collector.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield collector
    finally:
        server.stop(1).wait()


def attributes(found: list[KeyValue]) -> dict[str, object]:
    return {pair.key: _plain(pair.value) for pair in found}


def _plain(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(v) for v in value.array_value.values]
    return getattr(value, kind) if kind else None
