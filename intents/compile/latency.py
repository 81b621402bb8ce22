"""Whether a promised delay or delivery can hold, by network calculus on the queues as they are planned (planned.py).

The verifier works out the same from the devices, by itself (intents/verify/properties); only the
mathematics is shared. So what is admitted here is what is proven there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import NamedTuple

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import FRAME_BITS
from intents.calculus.way import Hop, Whole, whole
from intents.compile.context import Context
from intents.compile.demand import Role, Stream
from intents.compile.load import PortLoads, Uni
from intents.compile.planned import Part, Planned, Queue
from intents.compile.pon_loads import PonLoads
from intents.compile.quick import NS, QuickBounds
from intents.compile.quick import Part as QueuePart
from intents.compile.refuse import round_time
from intents.compile.topology import OutPort
from intents.model.diagnostic import Diagnostic
from intents.model.intent import Deliver, Intent, ResolvedIntent
from intents.model.units import format_duration, format_longer, format_rate, format_size
from intents.model.wire import HOSTS_US, completion_us, wire_bits


class Delays:
    """The intents that promise a delay or a delivery, and which of them cannot keep it; kept up to date.

    A bound depends on who sends through the ports and PONs on the way, so it is looked at again when one of those
    changes.
    """

    def __init__(self, context: Context, loads: PortLoads, pons: PonLoads) -> None:
        self._context, self._loads, self._pons = context, loads, pons
        self._planned = Planned(context, loads, pons)
        self._quick = QuickBounds(self._planned, pons)
        self._parts: dict[str, frozenset[Part]] = {}  # by intent that promises a delay
        self._faults: dict[str, Diagnostic] = {}
        self._in_time: dict[str, dict[Queue, QueuePart]] = {}  # by intent, as its queues were when it was found so

    def update(self, intents: Iterable[str], ports: AbstractSet[OutPort]) -> None:
        """Look again at intents whose streams changed, and at those whose ports and PONs carry something else now."""
        touched: set[Part | Uni] = {*ports, *self._pons.touched}
        self._pons.touched = set()
        self._planned.touch(touched)
        due: dict[str, None] = {}
        for name in intents:
            self._parts.pop(name, None)
            self._faults.pop(name, None)
            self._in_time.pop(name, None)
            resolved = self._context.demand.intents.get(name)
            if resolved is not None and (resolved.intent.latency_us is not None or resolved.intent.deliver is not None):
                due[name] = None
        others = (name for name, parts in self._parts.items() if not touched.isdisjoint(parts))
        due.update((name, None) for name in others if not self._is_still_in_time(name))
        for name in due:
            self._look(name)

    def _is_still_in_time(self, name: str) -> bool:
        """Whether an intent was found in time quickly, and nothing on its ways is worse than it was then."""
        known = self._in_time.get(name)
        if known is None:
            return False
        now = ((self._quick.part(queue), before) for queue, before in known.items())
        return all(part is not None and part.is_no_worse(before) for part, before in now)

    def _look(self, name: str) -> None:
        resolved = self._context.demand.intents[name]
        intent = resolved.intent
        queues: dict[Queue, None] = {}
        for source, destination in resolved.pairs():
            for stream in self._of(resolved, (source.name, destination.name)):
                queues.update(dict.fromkeys(self._planned.queues(stream)))
        self._parts[name] = frozenset(map(self._planned.part, queues))
        for known in (self._faults, self._in_time):
            known.pop(name, None)
        fault = self._latency(resolved) if intent.latency_us is not None else None
        if fault is None and intent.deliver is not None:
            if all(self._is_in_time(intent.deliver, *found) for found in self._deliveries(resolved)):
                if intent.latency_us is None:
                    self._in_time[name] = {q: part for q in queues if (part := self._quick.part(q)) is not None}
            else:
                fault = self._deliver(resolved, intent.deliver)
        if fault is not None:
            self._faults[name] = fault

    def _of(self, resolved: ResolvedIntent, pair: tuple[str, str], roles: tuple[Role, ...] = ()) -> Iterator[Stream]:
        """The streams of a pair that an intent speaks of; of these roles, if any are given."""
        for stream in self._context.pair(pair):
            is_of = any(i is resolved.intent for i in stream.treatment.intents)
            if is_of and (not roles or stream.treatment.atoms[0].role in roles):
                yield stream

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        """Intents whose promise has no bound, or one that is later; each once."""
        return tuple(self._faults[name] for name in sorted(self._faults))

    # --- delays

    def _latency(self, resolved: ResolvedIntent) -> Diagnostic | None:
        intent = resolved.intent
        for source, destination in resolved.pairs():
            for stream in self._of(resolved, (source.name, destination.name)):
                fault = self._stream_fault(intent, stream)
                if fault is not None:
                    return fault
        return None

    def _stream_fault(self, intent: Intent, stream: Stream) -> Diagnostic | None:
        pair = f"{stream.source.name} to {stream.destination.name}"
        if stream.cls.cap_bps is None and not stream.promised_bps and stream.limit_bps is None:
            why = f"class {stream.cls.name} has no cap, and no rate is promised"
            return _unbounded(intent, pair, why, "add a guarantee or a limit, or use class video, telemetry or voice")
        found = self.delay_us(stream)
        if isinstance(found, Unbounded):
            return _unbounded(intent, pair, f"{found.where}: {found.why}", found.hint)
        if found <= (intent.latency_us or 0):
            return None
        best = format_duration(round_time(found))
        return Diagnostic(
            code="latency-too-small",
            message=f"{format_duration(intent.latency_us or 0)} from {pair} cannot be promised: {best} at worst",
            hint=f"write `latency: {best}`, or use a higher class",
            position=intent.at("latency"),
        )

    def delay_us(self, stream: Stream) -> int | Unbounded:
        """The bound on the delay of a stream in microseconds, rounded up."""
        name = stream.source.name
        found = whole(self._planned.hops(stream, apart=False))
        if isinstance(found, Hop):
            return Unbounded(found.where, found.why, "limit or guarantee what they send, or use a higher class")
        queues = self._planned.queues(stream)
        dues = [self._planned.arrivals.due(queue, name) for queue in queues]
        rates = [d.rate_bps for d in dues if d.rate_bps is not None]
        if len(rates) < len(dues):
            why = f"{name} may send anything else through it as well, without promise, limit or cap"
            return Unbounded(str(queues[0]), why, f"limit what else {name} sends")
        own = Bucket(max(rates), max(d.burst_bits for d in dues))
        delay = found.delay_s(own)
        if delay is None:
            left, sends = format_rate(int(found.rate_bps)), format_rate(int(own.rate_bps))
            why = f"{left} is left at worst, and {name} may send {sends}"
            return Unbounded(found.slowest().hop.where, why, f"guarantee less, or limit what {name} sends")
        return _up_us(delay)

    # --- deliveries

    def _deliveries(self, resolved: ResolvedIntent) -> Iterator[tuple[Stream, tuple[Stream, ...]]]:
        """Each delivery of an intent, with the streams back of its acknowledgements."""
        for source, destination in resolved.forward_pairs():
            backs = tuple(self._of(resolved, (destination, source), ("any", "from-server")))
            for stream in self._of(resolved, (source, destination), ("any", "to-server")):
                yield stream, backs

    def _deliver(self, resolved: ResolvedIntent, deliver: Deliver) -> Diagnostic | None:
        late = (self._late(resolved, deliver, *found) for found in self._deliveries(resolved))
        return next((fault for fault in late if fault is not None), None)

    def _is_in_time(self, deliver: Deliver, stream: Stream, backs: Iterable[Stream]) -> bool:
        """Whether a delivery is in time by what can be told quickly."""
        ahead = self._quick.way(stream)
        if ahead is None:
            return False
        behind = [self._quick.way(back) for back in backs] or [ahead]
        if None in behind:
            return False
        both = ahead.delay_ns + max(way.delay_ns for way in behind if way is not None)
        return completion_us(deliver, Fraction(ahead.rate_bps), Fraction(both, NS)) <= deliver.within_us

    def _late(
        self, resolved: ResolvedIntent, deliver: Deliver, stream: Stream, behind: Iterable[Stream]
    ) -> Diagnostic | None:
        """What is wrong with a delivery, if anything is, exactly."""
        intent, pair = resolved.intent, f"{stream.source.name} to {stream.destination.name}"
        ahead = whole(self._planned.hops(stream, apart=True))
        backs = [whole(self._planned.hops(back, apart=True)) for back in behind]
        for found in (ahead, *backs):
            if isinstance(found, Hop):
                return Diagnostic(
                    code="deliver-unbounded",
                    message=f"how long the delivery from {pair} takes has no bound: {found.where}: {found.why}",
                    hint="limit or guarantee what they send, or use a class of its own",
                    position=intent.at("deliver"),
                )
        if not isinstance(ahead, Whole):
            raise TypeError("a way is whole or ends at a hop")
        delays = [b.delay_s(Bucket(0, FRAME_BITS)) or Fraction(0) for b in backs if isinstance(b, Whole)]
        both = ahead.latency_s + max(delays, default=ahead.latency_s)
        took = completion_us(deliver, ahead.rate_bps, both)
        return _too_late(intent, deliver, pair, ahead, took, both) if took > deliver.within_us else None


class Unbounded(NamedTuple):
    """Why a delay has no bound."""

    where: str
    why: str
    hint: str


def _unbounded(intent: Intent, pair: str, why: str, hint: str) -> Diagnostic:
    return Diagnostic(
        code="latency-unbounded",
        message=f"the delay from {pair} has no bound: {why}",
        hint=hint,
        position=intent.at("latency"),
    )


def _too_late(intent: Intent, deliver: Deliver, pair: str, ahead: Whole, took_us: int, both_s: Fraction) -> Diagnostic:
    """The refusal of a delivery that the network delays for too long, whatever its rate."""
    slowest, longest, network = ahead.slowest(), ahead.longest(0).hop.where, _up_us(both_s)
    images = f"{deliver.images:,} images of {format_size(deliver.size_bytes)}"
    took, asked = format_longer(took_us, deliver.within_us), format_duration(deliver.within_us)
    rate, delay = format_rate(int(slowest.rate_bps)), format_duration(network)
    hints = [f"write `within: {format_duration(round_time(took_us + network))}`"]
    left_s = Fraction(deliver.within_us - HOSTS_US, 10**6) - both_s
    enough = _round_up(wire_bits(deliver.payload_bits) / left_s) if left_s > 0 else 0
    if enough > slowest.rate_bps:
        hints.insert(0, f"add `guarantee: {format_rate(enough)}`")
    return Diagnostic(
        code="deliver-too-late",
        message=f"{images} from {pair} may take {took}, not {asked}: {rate} is left for them at {slowest.hop.where}, "
        f"and the network delays them by {delay} there and back, most of it at {longest}",
        hint=", or ".join(hints),
        position=intent.at("deliver"),
    )


def _round_up(bps: Fraction) -> int:
    """At most three digits, upwards, so that what is offered holds."""
    unit = int(10 ** max(len(str(int(bps))) - 3, 0))
    return int(-(-bps // unit)) * unit


def _up_us(seconds: Fraction) -> int:
    return -int(-seconds * 10**6 // 1)
