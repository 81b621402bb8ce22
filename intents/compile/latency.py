"""Whether a promised delay can hold: a simple bound per stream, from the grant of its T-CONT and what can stand before
a frame at every hop. The verifier computes a finer one from the devices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from intents.compile.context import Context
from intents.compile.demand import Stream
from intents.compile.load import ClassLoad, PortLoads, out_ports
from intents.compile.refuse import round_time
from intents.compile.topology import OutPort, PonHop
from intents.model.campus import PON_CAPACITY_BPS
from intents.model.diagnostic import Diagnostic
from intents.model.intent import Intent
from intents.model.units import format_duration

# Assured bandwidth is back within 2 ms of being asked for (G.987.3).
DBA_US: Final = 2_000
# What one sender can have on the way at once: a burst of segments as hosts hand it to their port.
BURST_BITS: Final = 64 * 1024 * 8
FRAME_BITS: Final = 1538 * 8

_Loads = Mapping[OutPort, Mapping[int, ClassLoad]]


class Delays:
    """The intents that promise a delay, and which of them cannot keep it; kept up to date.

    A bound depends on how many send through the ports on the way, so it is looked at again when one of those changes.
    """

    def __init__(self, context: Context, loads: PortLoads) -> None:
        self._context, self._loads = context, loads
        self._ports: dict[str, frozenset[OutPort]] = {}  # by intent that promises a delay
        self._faults: dict[str, Diagnostic] = {}

    def update(self, intents: Iterable[str], ports: AbstractSet[OutPort]) -> None:
        """Look again at intents whose streams changed, and at those whose ports carry something else now."""
        for name in intents:
            self._ports.pop(name, None)
            self._faults.pop(name, None)
            resolved = self._context.demand.intents.get(name)
            if resolved is not None and resolved.intent.latency_us is not None:
                self._look(name)
        for name, on_way in self._ports.items():
            if not ports.isdisjoint(on_way):
                self._look(name)

    def _look(self, name: str) -> None:
        context = self._context
        resolved = context.demand.intents[name]
        ports: set[OutPort] = set()
        fault: Diagnostic | None = None
        for source, destination in resolved.pairs():
            for stream in context.pair((source.name, destination.name)):
                if not any(i is resolved.intent for i in stream.treatment.intents):
                    continue
                routes = context.topology.routes
                ports.update(out_ports(routes[source.name], routes[destination.name]))
                fault = fault or _fault(context, self._loads.by_port, stream, resolved.intent)
        self._ports[name] = frozenset(ports)
        self._faults.pop(name, None)
        if fault is not None:
            self._faults[name] = fault

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        """Intents whose `latency` has no bound, or one that is greater; each once."""
        return tuple(self._faults[name] for name in sorted(self._faults))


def _fault(context: Context, loads: _Loads, stream: Stream, intent: Intent) -> Diagnostic | None:
    pair = f"{stream.source.name} to {stream.destination.name}"
    if stream.cls.cap_bps is None and not stream.promised_bps:
        return Diagnostic(
            code="latency-unbounded",
            message=f"the delay from {pair} has no bound: class {stream.cls.name} has no cap, and no rate is promised",
            hint="add a guarantee, or use class video, telemetry or voice",
            position=intent.at("latency"),
        )
    bound_us = bound(context, loads, stream)
    if bound_us <= (intent.latency_us or 0):
        return None
    best = format_duration(round_time(bound_us))
    return Diagnostic(
        code="latency-too-small",
        message=f"{format_duration(intent.latency_us or 0)} from {pair} cannot be promised: {best} at worst",
        hint=f"write `latency: {best}`, or use a higher class",
        position=intent.at("latency"),
    )


def bound(context: Context, loads: _Loads, stream: Stream) -> int:
    """The bound in microseconds, rounded up."""
    source = context.topology.routes[stream.source.name]
    total_us = DBA_US if source.pon is not None else 0
    for rate_bps, senders in _stages(context, loads, stream):
        total_us += -(-(FRAME_BITS + senders * BURST_BITS) * 10**6 // rate_bps)
    return total_us


def _stages(context: Context, loads: _Loads, stream: Stream) -> Iterator[tuple[int, int]]:
    """Per hop the rate that serves the class and those above it, and how many may have a burst there at once."""
    source = context.topology.routes[stream.source.name]
    destination = context.topology.routes[stream.destination.name]
    if source.pon is not None:
        yield stream.promised_bps or _uni_bps(source.pon), 1
    senders = 1
    for port in out_ports(source, destination):
        senders = _senders(loads[port], stream)
        yield context.campus.switches[port.switch].ports[port.port], senders
    if destination.pon is not None:
        olt, pon = destination.pon.pon.olt, destination.pon.pon.pon
        down_bps = PON_CAPACITY_BPS[context.campus.olts[olt].pons[pon]][0]
        yield min(down_bps, _uni_bps(destination.pon)), senders


def _uni_bps(pon: PonHop) -> int:
    return pon.onu.ports[pon.uni]


def _senders(classes: Mapping[int, ClassLoad], stream: Stream) -> int:
    return sum(len(load.senders) for priority, load in classes.items() if priority >= stream.cls.priority) or 1
