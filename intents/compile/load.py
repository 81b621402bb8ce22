"""What streams put on each port and each UNI: promised rates and the most that capped classes can send.

Used by admission (is there room?) and by the queues and profiles (how much for whom?). Loads of switch ports are kept
up to date stream by stream; a UNI carries few, so its load is worked out when it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from intents.compile.context import Context
from intents.compile.demand import Stream, Treatment
from intents.compile.topology import OutPort, Route
from intents.model.campus import Onu, Place, PonId, ServiceClass
from intents.model.intent import Intent

_Key = TypeVar("_Key")


@dataclass(slots=True)
class ClassLoad:
    """One class on one port, as the frames are marked there. answered: places that the gateway answers in it.

    Before the gateway a place's one mark covers all that it sends: an uncapped class may be under a capped mark.
    """

    cls: ServiceClass
    promised_bps: int = 0
    answered: int = 0
    treatments: dict[Treatment, int] = field(default_factory=dict)
    senders: dict[str, int] = field(default_factory=dict)  # how many streams each sends
    promises: dict[str, int] = field(default_factory=dict)  # what each is promised, where anything

    def add(self, stream: Stream) -> None:
        """One stream more."""
        sender, treatment = stream.source.name, stream.treatment
        self.senders[sender] = self.senders.get(sender, 0) + 1
        self.treatments[treatment] = self.treatments.get(treatment, 0) + 1
        if treatment.promised_bps:
            self.promised_bps += treatment.promised_bps
            self.promises[sender] = self.promises.get(sender, 0) + treatment.promised_bps

    def take(self, stream: Stream) -> None:
        """One stream less."""
        sender, treatment = stream.source.name, stream.treatment
        _less(self.senders, sender, 1)
        _less(self.treatments, treatment, 1)
        if treatment.promised_bps:
            self.promised_bps -= treatment.promised_bps
            _less(self.promises, sender, treatment.promised_bps)

    @property
    def is_used(self) -> bool:
        """Whether anything is or may be sent in it."""
        return bool(self.senders or self.answered)

    @property
    def intents(self) -> Iterable[Intent]:
        """Who asks for what it carries."""
        return {i.name: i for t in self.treatments for i in t.intents}.values()

    @property
    def reserve_bps(self) -> int:
        """What to keep for a capped class beside promises: each sender's cap, or what he is promised if more."""
        cap = self.cls.cap_bps
        if cap is None:
            return 0
        return cap * len(self.senders) + sum(promised - cap for promised in self.promises.values() if promised > cap)

    @property
    def cap_bps(self) -> int | None:
        """The most that arrives in the class; None: up to the port."""
        cap = self.cls.cap_bps
        if cap is None or any(t.cls.cap_bps is None for t in self.treatments):
            return None
        return max(self.reserve_bps, cap)


def _less(counts: dict[_Key, int], key: _Key, number: int) -> None:
    left = counts[key] - number
    if left:
        counts[key] = left
    else:
        del counts[key]


@dataclass(slots=True, kw_only=True)
class UniLoad:
    """One UNI of an ONU: the places there, what they send, what they receive by class priority."""

    onu: Onu
    uni: int
    places: list[Place]
    mark: ServiceClass
    send: list[Stream] = field(default_factory=list)
    receive: dict[int, ClassLoad] = field(default_factory=dict)

    @property
    def rate_bps(self) -> int:
        """The port's rate."""
        return self.onu.ports[self.uni]

    @property
    def send_bps(self) -> int:
        """What the places are promised to send."""
        return sum(s.treatment.promised_bps for s in self.send)

    @property
    def send_most_bps(self) -> int | None:
        """What the places may send at most, by the caps of their classes and the limits of their intents; never less
        than is promised. None: up to the port."""
        if not self.send:
            return self.mark.cap_bps
        most = 0
        by_class: dict[tuple[str, str], list[Stream]] = defaultdict(list)
        for stream in self.send:
            by_class[stream.source.name, stream.treatment.cls.name].append(stream)
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

    @property
    def intents(self) -> Iterable[Intent]:
        """Who asks for what it carries."""
        found = {i.name: i for s in self.send for i in s.treatment.intents}
        for load in self.receive.values():
            found.update((i.name, i) for t in load.treatments for i in t.intents)
        return found.values()


def _most(streams: list[Stream]) -> int | None:
    """The most that one place sends in one class."""
    cap = streams[0].treatment.cls.cap_bps
    limits = [s.treatment.limit_bps for s in streams]
    bounds = [] if None in limits else [sum(limit or 0 for limit in limits)]
    if cap is not None:
        bounds.append(cap)
    return max(min(bounds), sum(s.treatment.promised_bps for s in streams)) if bounds else None


def out_ports(source: Route, destination: Route) -> tuple[OutPort, ...]:
    """The switch ports that a packet leaves by on its way up to the gateway and down to the other place."""
    return source.ups + destination.downs


class PortLoads:
    """Per switch port out and class priority: the load. Every class with which a place is answered has an entry.

    touched: ports whose load is another than when this was cleared.
    """

    def __init__(self, routes: Mapping[str, Route]) -> None:
        self._routes = routes
        self.by_port: dict[OutPort, dict[int, ClassLoad]] = {}
        self.touched: set[OutPort] = set()

    def add(self, streams: Iterable[Stream], mark: ServiceClass) -> None:
        """Streams more, whose source is marked so."""
        for port, cls, stream in self._crossings(streams, mark):
            self._at(port, cls).add(stream)

    def take(self, streams: Iterable[Stream], mark: ServiceClass) -> None:
        """Streams less, which were added with this mark."""
        for port, cls, stream in self._crossings(streams, mark):
            classes = self.by_port[port]
            load = classes[cls.priority]
            load.take(stream)
            self._drop(port, load)

    def answer(self, place: str, mark: ServiceClass, number: int) -> None:
        """A place is answered in a class (number 1), or no longer (-1)."""
        for port in self._routes[place].downs:
            load = self._at(port, mark)
            load.answered += number
            self._drop(port, load)

    def _crossings(
        self, streams: Iterable[Stream], mark: ServiceClass
    ) -> Iterator[tuple[OutPort, ServiceClass, Stream]]:
        routes = self._routes
        for stream in streams:
            for port in routes[stream.source.name].ups:
                yield port, mark, stream
            cls = stream.treatment.cls
            for port in routes[stream.destination.name].downs:
                yield port, cls, stream

    def _at(self, port: OutPort, cls: ServiceClass) -> ClassLoad:
        self.touched.add(port)
        classes = self.by_port.get(port)
        if classes is None:
            classes = self.by_port[port] = {}
        load = classes.get(cls.priority)
        if load is None:
            load = classes[cls.priority] = ClassLoad(cls)
        return load

    def _drop(self, port: OutPort, load: ClassLoad) -> None:
        self.touched.add(port)
        if not load.is_used:
            del self.by_port[port][load.cls.priority]
            if not self.by_port[port]:
                del self.by_port[port]


class Uni(NamedTuple):
    """A UNI by its ONU and number."""

    onu: str
    number: int


def uni_load(context: Context, uni: Uni) -> UniLoad | None:
    """The load of a UNI; None where no place in use is."""
    places = [p for p in context.places_at(uni.onu, uni.number) if p.name in context.marks]
    if not places:
        return None
    load = UniLoad(onu=context.campus.onus[uni.onu], uni=uni.number, places=places, mark=context.marks[places[0].name])
    for place in places:
        mark = context.marks[place.name]
        load.receive.setdefault(mark.priority, ClassLoad(mark))
    for place in places:
        for streams in context.sends.get(place.name, {}).values():
            load.send += streams
        for streams in context.receives.get(place.name, {}).values():
            for stream in streams:
                cls = stream.treatment.cls
                load.receive.setdefault(cls.priority, ClassLoad(cls)).add(stream)
    return load


def uni_loads(context: Context) -> tuple[UniLoad, ...]:
    """The UNIs in use, by ONU and number."""
    found = (uni_load(context, uni) for uni in sorted(unis_in_use(context)))
    return tuple(load for load in found if load is not None)


def unis_in_use(context: Context) -> set[Uni]:
    """The UNIs of the places that send or receive something."""
    routes = context.topology.routes
    ways = (routes[name].pon for name in context.marks)
    return {Uni(pon.onu.name, pon.uni) for pon in ways if pon is not None}
