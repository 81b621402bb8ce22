"""What every part of the compiler looks at, and where it puts the objects that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from intents.compile.allocate import cookie
from intents.compile.demand import Stream
from intents.compile.topology import Route, Topology
from intents.model.campus import Campus, Place, ServiceClass
from intents.model.intent import Intent
from intents.model.plan import Asker, Intended
from intents.model.state import DeviceObject, DeviceState, ObjectKey, Operational
from intents.model.switch import FlowEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The checked input of a compilation. marks: the class that each place in use is marked with."""

    campus: Campus
    topology: Topology
    streams: tuple[Stream, ...]
    marks: Mapping[str, ServiceClass]
    operational: Operational | None

    @property
    def used(self) -> tuple[Route, ...]:
        """Routes of the places that send or receive something, by name."""
        return tuple(self.topology.routes[name] for name in sorted(self.marks))

    def vid(self, place: Place) -> int:
        """The VLAN of a place."""
        return self.campus.segments[place.segment].vid

    def held(self, device: str) -> Mapping[ObjectKey, DeviceObject]:
        """What a device was read to hold; empty when it was not read."""
        if self.operational is None or device not in self.operational.devices:
            return {}
        return self.operational.devices[device].state.objects


def place_asker(place: Place) -> Asker:
    """The place itself as the one who asks for an object."""
    return Asker(place.name, place.position)


def intent_askers(intents: Iterable[Intent]) -> tuple[Asker, ...]:
    """Intents as those who ask."""
    return tuple(Asker(i.name, i.position) for i in intents)


def choose_cookie(
    held: Mapping[ObjectKey, DeviceObject], key: ObjectKey, names: Iterable[str], also: Iterable[str] = ()
) -> int:
    """The cookie of an entry that several intents ask for: the one it has, if one of them gave it, or one of those that
    `also` would need it; else the first's. So an intent more does not rewrite the entries of the others."""
    candidates = [cookie(name) for name in sorted(names)]
    entry = held.get(key)
    if isinstance(entry, FlowEntry) and entry.cookie in {*candidates, *map(cookie, also)}:
        return entry.cookie
    return candidates[0]


@dataclass(slots=True)
class Recorder:
    """Collects objects by device, with who asked and whom they serve. The same object from several askers is one;
    two different objects under one key are a bug."""

    _objects: dict[str, dict[ObjectKey, DeviceObject]] = field(default_factory=dict)
    _askers: dict[tuple[str, ObjectKey], set[Asker]] = field(default_factory=dict)
    _places: dict[tuple[str, ObjectKey], set[str]] = field(default_factory=dict)

    def device(self, name: str) -> None:
        """Note a device, that it appears even when it holds nothing."""
        self._objects.setdefault(name, {})

    def add(self, device: str, thing: DeviceObject, askers: Iterable[Asker] = (), places: Iterable[str] = ()) -> str:
        """Record an object; returns its name, or an empty text for objects of switches."""
        key = thing.key
        objects = self._objects.setdefault(device, {})
        before = objects.setdefault(key, thing)
        if before is not thing and before != thing:
            raise ValueError(f"two objects under one key on {device}: {before} and {thing}")
        self._askers.setdefault((device, key), set()).update(askers)
        self._places.setdefault((device, key), set()).update(places)
        return str(getattr(thing, "name", ""))

    def intended(self) -> Intended:
        """Everything recorded, sorted."""
        return Intended(
            states={
                name: DeviceState.of(name, (self._objects[name][k] for k in sorted(self._objects[name], key=repr)))
                for name in sorted(self._objects)
            },
            askers={where: tuple(sorted(found)) for where, found in self._askers.items()},
            places={where: tuple(sorted(found)) for where, found in self._places.items()},
        )
