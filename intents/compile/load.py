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
    """One class on one port. promised: sum of the promises; senders: what each capped sender may send at most."""

    cls: ServiceClass
    promised_bps: int = 0
    by_sender: dict[str, int] = field(default_factory=dict)

    def add(self, stream: Stream) -> None:
        """One stream more."""
        self.promised_bps += stream.promised_bps
        self.by_sender[stream.source.name] = self.by_sender.get(stream.source.name, 0) + stream.promised_bps

    @property
    def cap_bps(self) -> int | None:
        """The most that arrives in a capped class: each sender up to the cap, or to what he is promised."""
        cap = self.cls.cap_bps
        return None if cap is None else sum(max(cap, promised) for promised in self.by_sender.values())


@dataclass(slots=True, kw_only=True)
class UniLoad:
    """One UNI of an ONU: the places there, what they send, what they receive by class priority."""

    onu: Onu
    uni: int
    places: list[Place]
    mark: ServiceClass
    send_bps: int = 0
    send_limit_bps: int | None = 0  # None: something that they send has no limit
    receive: dict[int, ClassLoad] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)

    @property
    def rate_bps(self) -> int:
        """The port's rate."""
        return self.onu.ports[self.uni]

    @property
    def pon(self) -> PonId:
        """Its PON."""
        return self.onu.pon


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
            load.send_bps += stream.promised_bps
            load.intents.update({i.name: i for i in stream.intents})
            if stream.limit_bps is None or load.send_limit_bps is None:
                load.send_limit_bps = None
            else:
                load.send_limit_bps += stream.limit_bps
        for load in _at(context, found, stream.destination):
            load.receive.setdefault(stream.cls.priority, ClassLoad(stream.cls)).add(stream)
            load.intents.update({i.name: i for i in stream.intents})
    return tuple(found[key] for key in sorted(found))


def _at(context: Context, found: Mapping[tuple[str, int], UniLoad], place: Place) -> Iterable[UniLoad]:
    pon = context.topology.routes[place.name].pon
    return () if pon is None else (found[pon.onu.name, pon.uni],)
