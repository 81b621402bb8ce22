"""The queues as they are planned, and who is to send through them: what bounds on delay are reckoned with.

A queue is a T-CONT of a UNI, a class's queue of a switch port, or a downstream queue of a UNI.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeVar, cast

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
from intents.model.campus import PON_CAPACITY_BPS, PonId
from intents.model.switch import PortQueue


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
Part = OutPort | PonId  # what schedules queues together


_Found = TypeVar("_Found")


class Planned:
    """The planned queues. What is known of a queue is kept until `touch` names a port or a PON that it depends on."""

    def __init__(self, context: Context, loads: PortLoads, pons: PonLoads) -> None:
        self._context, self._loads, self._pons = context, loads, pons
        self.arrivals = Arrivals(self)
        self._turns: dict[Part | Uni, int] = {}  # how often each port, PON and UNI was touched
        self.turn = 0  # how often anything was touched
        self._stamps: dict[Hashable, Hashable] = {}  # as long as nothing is touched
        self._kept: dict[tuple[str, Hashable], tuple[Hashable, object]] = {}

    def touch(self, parts: Iterable[Part | Uni]) -> None:
        """Something of these is another now."""
        for part in parts:
            self._turns[part] = self._turns.get(part, 0) + 1
        self.turn += 1
        self._stamps.clear()

    def keep(self, what: str, queue: Hashable, stamp: Hashable, make: Callable[[], _Found]) -> _Found:
        """What was made when the stamp was this one."""
        known = self._kept.get((what, queue))
        if known is None or known[0] != stamp:
            known = self._kept[what, queue] = (stamp, make())
        return cast("_Found", known[1])

    def part(self, queue: Hashable) -> Part:
        """The port or PON whose scheduler serves a queue."""
        match queue:
            case Up(uni) | Down(uni, _):
                return self._context.campus.onus[uni.onu].pon
            case Out(port, _):
                return port
        raise TypeError(f"{queue!r} is no planned queue")

    def _turn(self, queue: Hashable) -> int:
        return self._turns.get(self.part(queue), 0)

    def sent_turn(self, queue: Hashable) -> int:
        """How often it was touched who sends through a queue."""
        return self._turns.get(queue.uni, 0) if isinstance(queue, Up | Down) else self._turn(queue)

    def stamp(self, queue: Hashable) -> Hashable:
        """How often what a queue depends on was touched: its own scheduler, and the queues before it."""
        if queue not in self._stamps:
            turns = (self._turn(queue), self.sent_turn(queue))
            self._stamps[queue] = (turns, *(self.stamp(b) for b in self.before(queue)))
        return self._stamps[queue]

    def before(self, queue: Hashable) -> tuple[Hashable, ...]:
        """The queues that those who send through a queue have been in before, each once."""
        return self.keep("before", queue, self.sent_turn(queue), lambda: _before(self.senders(queue).values()))

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

    def served(self, queue: Hashable) -> Served | None:
        """What a queue is served at least."""
        return self.keep("served", queue, self._turn(queue), lambda: self._serve(queue))

    def _serve(self, queue: Hashable) -> Served | None:
        match queue:
            case Up(uni):
                return self._pons.t_cont(uni)
            case Down(uni, priority):
                return self._pons.downstream(uni, priority)
            case Out(port, priority):
                found = self._queues_of(port)
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
        return self.keep("through", queue, self._turn(queue), lambda: self._through(queue))

    def _through(self, queue: Hashable) -> Bucket:
        match queue:
            case Up(uni):
                return self._pons.through(uni)
            case Out(port, priority):
                return Bucket(self._queues_of(port)[priority].max_rate_bps, HTB_BURST_BITS)
        raise TypeError(f"{queue!r} is no planned queue before another")

    def _queues_of(self, port: OutPort) -> Mapping[int, PortQueue]:
        def make() -> Mapping[int, PortQueue]:
            found = queues_of(self._context, port, self._loads.by_port.get(port, {}))
            return {q.queue_id: q for q in found}

        return self.keep("queues", port, self._turns.get(port, 0), make)

    def senders(self, queue: Hashable) -> Mapping[str, Sent]:
        """Who sends through a queue, by name."""
        return self.keep("senders", queue, self.sent_turn(queue), lambda: self._by_sender(queue))

    def _by_sender(self, queue: Hashable) -> Mapping[str, Sent]:
        by_sender: dict[str, list[Stream]] = {}
        for stream in self._streams(queue):
            by_sender.setdefault(stream.source.name, []).append(stream)
        return {name: self._sent_of(queue, name, tuple(streams)) for name, streams in by_sender.items()}

    def _sent_of(self, queue: Hashable, sender: str, streams: tuple[Stream, ...]) -> Sent:
        """One sender's, the same object as long as his streams and his mark are the same."""
        stamp = (self._context.marks[sender].name, streams)
        return self.keep("sent", (queue, sender), stamp, lambda: self._sent(queue, streams))

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


def _before(sent: Iterable[Sent]) -> tuple[Hashable, ...]:
    """The queues before, each once."""
    return tuple(dict.fromkeys(queue for s in sent for queues in s.before for queue in queues))


def _metered(limit_bps: int) -> Bucket:
    meter = meter_of(0, limit_bps)
    return Bucket(meter.rate_kbps * 1000, meter.burst_kbit * 1000)
