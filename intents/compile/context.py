"""What every part of the compiler looks at: the campus, the ways through it, who sends whom what, what devices hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from intents.compile.allocate import cookie
from intents.compile.demand import Demand, PairName, Stream
from intents.compile.held import HeldNumbers, held_numbers
from intents.compile.pon_profiles import downstream_policy
from intents.compile.topology import OutPort, Route, Topology
from intents.compile.type_b import type_b
from intents.model.campus import Campus, Place, ServiceClass
from intents.model.classes import DEFAULT_CLASS
from intents.model.intent import Intent
from intents.model.plan import Asker
from intents.model.state import DeviceObject, ObjectKey, Operational
from intents.model.switch import Action, FieldMatch, FlowEntry, Match


class Context:
    """The state of a compilation. marks: the class that each place in use is marked with, the highest in which it
    sends; the default class where it only receives. sends: streams by source, then destination; receives: the other way
    round."""

    def __init__(self, campus: Campus, topology: Topology, operational: Operational | None) -> None:
        self.campus = campus
        self.topology = topology
        self.operational = operational
        self.demand = Demand(campus)
        self.sends: dict[str, dict[str, tuple[Stream, ...]]] = {}
        self.receives: dict[str, dict[str, tuple[Stream, ...]]] = {}
        self.marks: dict[str, ServiceClass] = {}
        self.protected: frozenset[OutPort] = frozenset()  # both ends of each cable that another takes over from
        self._held: dict[str, HeldNumbers] = {}
        self._askers: dict[str, Asker] = {}
        self._intent_askers: dict[str, Asker] = {}
        self.towards: dict[tuple[str, str, bool], tuple[Action, ...]] = {}  # actions that route to a place
        self.senders: dict[tuple[str, int], tuple[Match, FieldMatch, Match]] = {}  # what a place's frames have alike
        self.shapes: dict[object, object] = {}  # of UNIs, by what they depend on (pon_service.py)

    @property
    def streams(self) -> Iterator[Stream]:
        """Every stream."""
        return (stream for by_place in self.sends.values() for streams in by_place.values() for stream in streams)

    @property
    def used(self) -> tuple[Route, ...]:
        """Routes of the places that send or receive something, by name."""
        return tuple(self.topology.routes[name] for name in sorted(self.marks))

    @cached_property
    def _at_uni(self) -> Mapping[tuple[str, str], Sequence[Place]]:
        found: dict[tuple[str, str], list[Place]] = {}
        for name in sorted(self.campus.places):
            place = self.campus.places[name]
            found.setdefault((place.port.device, place.port.port), []).append(place)
        return found

    def places_at(self, device: str, port: int) -> Sequence[Place]:
        """The places on a port, in use or not, by name."""
        return self._at_uni.get((device, str(port)), ())

    @cached_property
    def _in_vlan(self) -> Mapping[tuple[str, int], Sequence[Place]]:
        found: dict[tuple[str, int], list[Place]] = {}
        for name in sorted(self.campus.places):
            place = self.campus.places[name]
            onu = self.campus.onus.get(place.port.device)
            if onu is not None:
                found.setdefault((onu.pon.olt, self.vid(place)), []).append(place)
        return found

    def places_in(self, olt: str, vid: int) -> Sequence[Place]:
        """The places of a VLAN on the ONUs of an OLT, in use or not, by name."""
        return self._in_vlan.get((olt, vid), ())

    @cached_property
    def _alike(self) -> Mapping[object, Sequence[str]]:
        found: dict[object, list[str]] = {}
        for place in self.campus.places.values():
            for key in (place.port, place.address, (place.segment, place.mac) if place.mac else None):
                if key is not None:
                    found.setdefault(key, []).append(place.name)
        return {key: names for key, names in found.items() if len(names) > 1}

    def neighbours(self, names: Iterable[str]) -> set[str]:
        """These places and those that share a port, an address or a MAC address with them."""
        found = set(names)
        for name in tuple(found):
            place = self.campus.places[name]
            for key in (place.port, place.address, (place.segment, place.mac)):
                found.update(self._alike.get(key, ()))
        return found

    def pair(self, pair: PairName) -> tuple[Stream, ...]:
        """The streams of an ordered pair."""
        return self.sends.get(pair[0], {}).get(pair[1], ())

    def put(self, pair: PairName, streams: tuple[Stream, ...]) -> None:
        """Let these be the streams of a pair."""
        source, destination = pair
        for book, one, other in ((self.sends, source, destination), (self.receives, destination, source)):
            if streams:
                by_other = book.get(one)
                if by_other is None:
                    by_other = book[one] = {}
                by_other[other] = streams
            elif other in book.get(one, {}):
                del book[one][other]
                if not book[one]:
                    del book[one]

    def mark_of(self, place: str) -> ServiceClass | None:
        """The class that a place's port is to mark; None where it neither sends nor receives."""
        best: ServiceClass | None = None
        for streams in self.sends.get(place, {}).values():
            for stream in streams:
                cls = stream.treatment.cls
                if best is None or cls.priority > best.priority:
                    best = cls
        if best is None and place in self.receives:
            return self.campus.classes[DEFAULT_CLASS]
        return best

    def vid(self, place: Place) -> int:
        """The VLAN of a place."""
        return self.campus.segments[place.segment].vid

    @cached_property
    def beside(self) -> Mapping[OutPort, OutPort]:
        """The port of the cable beside, by the port of one that has such a twin."""
        return {end: other for used, twin in self.topology.twins.items() for end, other in zip(used, twin, strict=True)}

    def standby(self, port: OutPort) -> OutPort | None:
        """The port that takes over by itself when this one fails; None where none does."""
        return self.beside[port] if port in self.protected else None

    def held(self, device: str) -> Mapping[ObjectKey, DeviceObject]:
        """What a device was read to hold; empty when it was not read."""
        if self.operational is None or device not in self.operational.devices:
            return {}
        return self.operational.devices[device].state.objects

    def held_numbers(self, olt: str) -> HeldNumbers:
        """The numbers that an OLT was read to hold, by PON."""
        if olt not in self._held:
            self._held[olt] = held_numbers(self.campus, self.campus.olts[olt], self.held(olt))
        return self._held[olt]

    @cached_property
    def type_b(self) -> Mapping[str, Mapping[str, str]]:
        """PONs that their OLT moves to a port that stands by, by OLT."""
        return type_b(self.campus)

    def place_asker(self, place: Place) -> Asker:
        """The place itself as the one who asks for an object."""
        found = self._askers.get(place.name)
        if found is None:
            found = self._askers[place.name] = Asker(place.name, place.position)
        return found

    def intent_askers(self, intents: Iterable[Intent]) -> tuple[Asker, ...]:
        """Intents as those who ask."""
        return tuple(self._intent_asker(i) for i in intents)

    def _intent_asker(self, intent: Intent) -> Asker:
        found = self._intent_askers.get(intent.name)
        if found is None or found.position is not intent.position:
            found = self._intent_askers[intent.name] = Asker(intent.name, intent.position)
        return found

    @cached_property
    def downstream_policy(self) -> tuple[DeviceObject, ...]:
        """The policy of every uplink, the same objects wherever it is needed."""
        return downstream_policy(self.campus)

    @cached_property
    def shared_rank(self) -> int:
        """The scheduling priority of every promised queue of a class without a cap: that of the highest such class.

        Strict priority would let an uncapped class starve what is promised below it, so promises share one priority by
        weight; what is promised nothing keeps its class's priority.
        """
        return max((c.priority for c in self.campus.classes.values() if c.cap_bps is None), default=0)


def sorted_askers(askers: Iterable[Asker]) -> tuple[Asker, ...]:
    """Askers by name."""
    found = tuple(askers)
    return tuple(sorted(found)) if len(found) > 1 else found


def choose_cookie(
    held: Mapping[ObjectKey, DeviceObject], key: ObjectKey, names: Iterable[str], also: Iterable[str] = ()
) -> int:
    """The cookie of an entry that several intents ask for: the one it has, if one of them gave it, or one of those that
    `also` would need it; else the first's. So an intent more does not rewrite the entries of the others."""
    entry = held.get(key)
    if isinstance(entry, FlowEntry):
        candidates = {*map(cookie, names), *map(cookie, also)}
        if entry.cookie in candidates:
            return entry.cookie
    return cookie(min(names))
