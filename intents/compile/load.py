"""What streams put on each port and each UNI: promised rates and the most that capped classes can send.

Used by admission (is there room?) and by the queues and profiles (how much for whom?).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from intents.compile.context import Context
from intents.compile.demand import Stream
from intents.compile.topology import Route
from intents.model.campus import Onu, Place, PonId, ServiceClass
from intents.model.intent import Intent


class OutPort(NamedTuple):
    """A switch port, in the direction out of it."""

    switch: str
    port: int


@dataclass(slots=True)
class ClassLoad:
    """One class on one port, as the frames are marked there. by_sender: what each sender is promised."""

    cls: ServiceClass
    promised_bps: int = 0
    by_sender: dict[str, int] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)
    # Before the gateway a place's one mark covers all that it sends: an uncapped class may be under a capped mark.
    uncapped: bool = False

    def add(self, stream: Stream) -> None:
        """One stream more."""
        self.promised_bps += stream.promised_bps
        self.by_sender[stream.source.name] = self.by_sender.get(stream.source.name, 0) + stream.promised_bps
        self.intents.update({i.name: i for i in stream.intents})
        self.uncapped = self.uncapped or stream.cls.cap_bps is None

    @property
    def reserve_bps(self) -> int:
        """What to keep for a capped class beside promises: each sender's cap, or what he is promised if more."""
        cap = self.cls.cap_bps
        return 0 if cap is None else sum(max(cap, promised) for promised in self.by_sender.values())

    @property
    def cap_bps(self) -> int | None:
        """The most that arrives in the class; None: up to the port."""
        cap = self.cls.cap_bps
        return None if cap is None or self.uncapped else max(self.reserve_bps, cap)


@dataclass(slots=True, kw_only=True)
class UniLoad:
    """One UNI of an ONU: the places there, what they send, what they receive by class priority."""

    onu: Onu
    uni: int
    places: list[Place]
    mark: ServiceClass
    send: list[Stream] = field(default_factory=list)
    receive: dict[int, ClassLoad] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)

    @property
    def rate_bps(self) -> int:
        """The port's rate."""
        return self.onu.ports[self.uni]

    @property
    def send_bps(self) -> int:
        """What the places are promised to send."""
        return sum(s.promised_bps for s in self.send)

    @property
    def send_most_bps(self) -> int | None:
        """What the places may send at most, by the caps of their classes and the limits of their intents; never less
        than is promised. None: up to the port."""
        if not self.send:
            return self.mark.cap_bps
        most = 0
        by_class: dict[tuple[str, str], list[Stream]] = defaultdict(list)
        for stream in self.send:
            by_class[stream.source.name, stream.cls.name].append(stream)
        for streams in by_class.values():
            bound = _most(streams)
            if bound is None:
                return None
            most += bound
        return most

    @property
    def pon(self) -> PonId:
        """Its PON."""
        return self.onu.pon


def _most(streams: list[Stream]) -> int | None:
    """The most that one place sends in one class."""
    promised = sum(s.promised_bps for s in streams)
    limits = [s.limit_bps for s in streams]
    bounds = [] if any(limit is None for limit in limits) else [sum(limit or 0 for limit in limits)]
    if streams[0].cls.cap_bps is not None:
        bounds.append(streams[0].cls.cap_bps)
    return max(min(bounds), promised) if bounds else None


def out_ports(source: Route, destination: Route) -> Iterator[OutPort]:
    """The switch ports that a packet leaves by on its way up to the gateway and down to the other place."""
    for hop in source.switches:
        if hop.up is not None:
            yield OutPort(hop.switch, hop.up)
    for hop in reversed(destination.switches):
        yield OutPort(hop.switch, hop.down)


def port_loads(context: Context) -> Mapping[OutPort, Mapping[int, ClassLoad]]:
    """Per switch port out and class priority: the load. Every class with which a place is answered has an entry."""
    found: dict[OutPort, dict[int, ClassLoad]] = defaultdict(dict)
    routes = context.topology.routes
    for stream in context.streams:
        mark = context.marks[stream.source.name]
        for port in out_ports(routes[stream.source.name], routes[stream.destination.name]):
            upward = port.switch != context.topology.gateway.name and _is_up(routes[stream.source.name], port)
            cls = mark if upward else stream.cls
            found[port].setdefault(cls.priority, ClassLoad(cls)).add(stream)
    for route in context.used:
        mark = context.marks[route.place.name]
        for hop in route.switches:
            found[OutPort(hop.switch, hop.down)].setdefault(mark.priority, ClassLoad(mark))
    return found


def _is_up(route: Route, port: OutPort) -> bool:
    return any(hop.switch == port.switch and hop.up == port.port for hop in route.switches)


def uni_loads(context: Context) -> tuple[UniLoad, ...]:
    """The UNIs in use, by ONU and number."""
    found: dict[tuple[str, int], UniLoad] = {}
    for route in context.used:
        if route.pon is None:
            continue
        onu, uni, mark = route.pon.onu, route.pon.uni, context.marks[route.place.name]
        load = found.setdefault((onu.name, uni), UniLoad(onu=onu, uni=uni, places=[], mark=mark))
        load.places.append(route.place)
        load.receive.setdefault(mark.priority, ClassLoad(mark))
    for stream in context.streams:
        for load in _at(context, found, stream.source):
            load.send.append(stream)
            load.intents.update({i.name: i for i in stream.intents})
        for load in _at(context, found, stream.destination):
            load.receive.setdefault(stream.cls.priority, ClassLoad(stream.cls)).add(stream)
            load.intents.update({i.name: i for i in stream.intents})
    return tuple(found[key] for key in sorted(found))


def _at(context: Context, found: Mapping[tuple[str, int], UniLoad], place: Place) -> Iterable[UniLoad]:
    pon = context.topology.routes[place.name].pon
    return () if pon is None else (found[pon.onu.name, pon.uni],)
