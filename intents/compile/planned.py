"""The queues as they are planned, and who is to send through them: what bounds on delay are reckoned with.

A queue is a T-CONT of a UNI, a class's queue of a switch port, or a downstream queue of a UNI.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import FRAME_BITS, HTB_BURST_BITS, HtbQueue, Served, htb, line
from intents.calculus.senders import Arrivals, Sent, Terms, added, silent
from intents.calculus.way import Hop, too_much
from intents.compile.context import Context
from intents.compile.demand import Stream
from intents.compile.load import PortLoads, Uni
from intents.compile.pon_loads import PonLoads
from intents.compile.queues import queues_of
from intents.compile.switch_gateway import meter_of
from intents.compile.topology import OutPort, PonHop
from intents.model.campus import PON_CAPACITY_BPS


class Up(NamedTuple):
    """The T-CONT of a UNI."""

    uni: Uni

    def __str__(self) -> str:
        return f"the T-CONT of {self.uni.onu}:{self.uni.number}"


class Out(NamedTuple):
    """A class's queue of a switch port."""

    port: OutPort
    priority: int

    def __str__(self) -> str:
        return f"queue {self.priority} of {self.port.switch}:{self.port.port}"


class Down(NamedTuple):
    """A downstream queue of a UNI."""

    uni: Uni
    priority: int

    def __str__(self) -> str:
        return f"queue {self.priority} of {self.uni.onu}:{self.uni.number} at the OLT"


Queue = Up | Out | Down


class Summary(NamedTuple):
    """A queue with the line behind it, where it has one: what it is served, the longest that anything waits there, and
    what all take together."""

    rate_bps: Fraction
    delay_s: Fraction
    taken_bps: Fraction


class Planned:
    """The planned queues. `forget` when something has changed."""

    def __init__(self, context: Context, loads: PortLoads, pons: PonLoads) -> None:
        self._context, self._loads, self._pons = context, loads, pons
        self.arrivals = Arrivals(self)
        self._served: dict[Hashable, Served | None] = {}
        self._senders: dict[Hashable, Mapping[str, Sent]] = {}
        self._summaries: dict[Queue, Summary | None] = {}

    def forget(self) -> None:
        """Nothing is known any more."""
        self.arrivals.forget()
        self._served.clear()
        self._senders.clear()
        self._summaries.clear()

    # --- ways

    def queues(self, stream: Stream) -> tuple[Queue, ...]:
        """The queues of a stream, from its source to its destination."""
        source = self._context.topology.routes[stream.source.name]
        destination = self._context.topology.routes[stream.destination.name]
        mark = self._context.marks[stream.source.name].priority
        found: list[Queue] = [Up(_uni(source.pon))] if source.pon is not None else []
        found += (Out(port, mark) for port in source.ups)
        found += (Out(port, stream.cls.priority) for port in destination.downs)
        if destination.pon is not None:
            found.append(Down(_uni(destination.pon), stream.cls.priority))
        return tuple(found)

    def hops(self, stream: Stream, *, apart: bool) -> Iterator[Hop]:
        """The hops of a stream. apart: what its sender sends beside it counts as another's, and who is bound to nothing
        is taken to send nothing."""
        name = stream.source.name
        for queue in self.queues(stream):
            others = self.arrivals.others(queue, name, self._rest(queue, stream) if apart else None)
            hop = Hop(where=str(queue), served=self.served(queue), others=silent(others) if apart else others)
            yield replace(hop, why=too_much(hop))
            if isinstance(queue, Up):
                yield self.uplink(queue.uni)
            elif isinstance(queue, Down):
                yield self.uni(queue.uni)

    def uplink(self, uni: Uni) -> Hop:
        """The OLT's uplink above a UNI: all its PONs go by it, those apart that only stand by."""
        pon = self._context.campus.onus[uni.onu].pon
        olt = self._context.campus.olts[pon.olt]
        standing_by = set(self._context.type_b[olt.name].values())
        used = sorted(olt.pons.keys() - standing_by)
        coming = [Bucket(PON_CAPACITY_BPS[olt.pons[name]][1], FRAME_BITS) for name in used]
        port = next(
            route.pon.uplink
            for place in self._context.places_at(uni.onu, uni.number)
            if (route := self._context.topology.routes[place.name]).pon is not None
        )
        return Hop(where=f"{olt.name}:{port}", served=line(olt.uplinks[port], coming))

    def uni(self, uni: Uni) -> Hop:
        """A UNI downstream."""
        rate = self._context.campus.onus[uni.onu].ports[uni.number]
        return Hop(where=f"{uni.onu}:{uni.number}", served=line(rate, [self._pons.into_uni(uni)]))

    # --- queues

    def summary(self, queue: Queue) -> Summary | None:
        """A queue when everybody keeps to what he is bound to; who is bound to nothing sends nothing. None: it is
        served nothing."""
        if queue not in self._summaries:
            self._summaries[queue] = self._summed(queue)
        return self._summaries[queue]

    def _summed(self, queue: Queue) -> Summary | None:
        served = self.served(queue)
        if served is None:
            return None
        after = {Up: lambda q: self.uplink(q.uni), Down: lambda q: self.uni(q.uni)}.get(type(queue))
        line_after = after(queue).served if after is not None else None
        if after is not None and line_after is None:
            return None
        buckets = [o.as_bound[0] for o in silent(self.arrivals.others(queue, ""))]
        burst = sum((Fraction(b.burst_bits) for b in buckets), Fraction(FRAME_BITS))
        beyond = line_after.latency_s + FRAME_BITS / line_after.rate_bps if line_after is not None else 0
        return Summary(
            rate_bps=served.rate_bps,
            delay_s=served.latency_s + burst / served.rate_bps + beyond,
            taken_bps=sum((Fraction(b.rate_bps) for b in buckets), Fraction(0)),
        )

    def own_bps(self, queue: Queue, stream: Stream) -> int:
        """What a stream takes of a queue in its summary: what it is promised, if its sender is bound to anything."""
        return stream.promised_bps if self.arrivals.due(queue, stream.source.name).rate_bps is not None else 0

    def served(self, queue: Hashable) -> Served | None:
        """What a queue is served at least."""
        if queue not in self._served:
            self._served[queue] = self._serve(queue)
        return self._served[queue]

    def _serve(self, queue: Hashable) -> Served | None:
        match queue:
            case Up(uni):
                return self._pons.t_cont(uni)
            case Down(uni, priority):
                return self._pons.downstream(uni, priority)
            case Out(port, priority):
                found = {q.queue_id: q for q in queues_of(self._context, port, self._loads.by_port.get(port, {}))}
                as_htb = {
                    n: HtbQueue(least_bps=q.min_rate_bps, most_bps=q.max_rate_bps, priority=q.priority)
                    for n, q in found.items()
                }
                rate = self._context.campus.switches[port.switch].ports[port.port]
                own = as_htb.pop(priority, None)
                return htb(rate, own, [*as_htb.values()]) if own is not None else None
        raise TypeError(f"{queue!r} is no planned queue")

    def through(self, queue: Hashable) -> Bucket:
        """The most that leaves a queue that is not the last."""
        match queue:
            case Up(uni):
                return self._pons.through(uni)
            case Out(port, priority):
                found = queues_of(self._context, port, self._loads.by_port.get(port, {}))
                return Bucket(next(q.max_rate_bps for q in found if q.queue_id == priority), HTB_BURST_BITS)
        raise TypeError(f"{queue!r} is no planned queue before another")

    def senders(self, queue: Hashable) -> Mapping[str, Sent]:
        """Who sends through a queue, by name."""
        if queue not in self._senders:
            by_sender: dict[str, list[Stream]] = {}
            for stream in self._streams(queue):
                by_sender.setdefault(stream.source.name, []).append(stream)
            self._senders[queue] = {name: self._sent(queue, streams) for name, streams in by_sender.items()}
        return self._senders[queue]

    def _streams(self, queue: Hashable) -> Iterator[Stream]:
        context = self._context
        match queue:
            case Up(uni):
                for place in context.places_at(uni.onu, uni.number):
                    yield from _all(context.sends.get(place.name, {}).values())
            case Down(uni, priority):
                for place in context.places_at(uni.onu, uni.number):
                    streams = _all(context.receives.get(place.name, {}).values())
                    yield from (s for s in streams if s.cls.priority == priority)
            case Out(port, priority):
                load = self._loads.by_port.get(port, {}).get(priority)
                for name in load.senders if load is not None else ():
                    yield from self._by(port, priority, name)

    def _by(self, port: OutPort, priority: int, sender: str) -> Iterator[Stream]:
        """What a sender sends by a switch port in a class."""
        routes, mark = self._context.topology.routes, self._context.marks[sender].priority
        for destination, streams in self._context.sends.get(sender, {}).items():
            if port in routes[sender].ups:
                yield from streams if mark == priority else ()
            elif port in routes[destination].downs:
                yield from (s for s in streams if s.cls.priority == priority)

    def _sent(self, queue: Hashable, streams: Iterable[Stream]) -> Sent:
        streams = tuple(streams)
        source = streams[0].source
        device, port = source.port
        ports = self._context.campus.onus[device].ports if device in self._context.campus.onus else {}
        ports = ports or self._context.campus.switches[device].ports
        limits = [s.limit_bps for s in streams] if self._is_metered(queue, source.name) else [None]
        return Sent(
            name=source.name,
            line_bps=ports[int(port)],
            terms=tuple(Terms(s.cls.name, s.cls.cap_bps, s.promised_bps, s.limit_bps) for s in streams),
            before=frozenset(self._before(queue, stream) for stream in streams),
            metered=added(_metered(x) for x in limits if x is not None) if None not in limits else None,
        )

    def _is_metered(self, queue: Hashable, sender: str) -> bool:
        """Whether what a sender sends has been to the gateway, which holds it to its limits, before it is in a
        queue."""
        if isinstance(queue, Out):
            return queue.port not in self._context.topology.routes[sender].ups
        return isinstance(queue, Down)

    def _before(self, queue: Hashable, stream: Stream) -> tuple[Queue, ...]:
        queues = self.queues(stream)
        return queues[: next(n for n, q in enumerate(queues) if q == queue)]

    def _rest(self, queue: Queue, stream: Stream) -> Sent | None:
        """What the sender of a stream sends beside it through a queue."""
        found = [s for s in self._own(queue, stream.source.name) if s != stream]
        return self._sent(queue, found) if found else None

    def _own(self, queue: Queue, sender: str) -> Iterator[Stream]:
        if isinstance(queue, Out):
            return self._by(queue.port, queue.priority, sender)
        return (s for s in self._streams(queue) if s.source.name == sender)


def _all(groups: Iterable[tuple[Stream, ...]]) -> Iterator[Stream]:
    return (stream for streams in groups for stream in streams)


def _uni(pon: PonHop) -> Uni:
    return Uni(pon.onu.name, pon.uni)


def _metered(limit_bps: int) -> Bucket:
    meter = meter_of(0, limit_bps)
    return Bucket(meter.rate_kbps * 1000, meter.burst_kbit * 1000)
