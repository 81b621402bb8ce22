"""Which class each way is owed, and how the network as read treats its packets: the crossings, computed once.

The class of a way is what its intent names; where it names none and promises something, the class that the promise
implies, unless another intent names one for the same pair. What is said of services goes before what is said of the
whole pair. A place is entitled to the highest class in which it sends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass

from intents.model.campus import Endpoint, ServiceClass
from intents.model.classes import DEFAULT_CLASS
from intents.model.intent import Intent, Permission, ResolvedIntent
from intents.model.wire import implied_class, promised_bps
from intents.verify.asking import Asking
from intents.verify.claims import Way, quarantined, service_sets, ways
from intents.verify.network.network import Network
from intents.verify.packets.packet import ETH_IPV4, Header
from intents.verify.packets.steps import Leaf
from intents.verify.properties.reach import sent_on

_Kind = tuple[str, str, str, tuple[str, ...]]  # what tells ways apart


@dataclass(frozen=True, slots=True)
class Crossing:
    """A set of packets of a way that is delivered, as it was sent and as it went."""

    sent: Header
    leaf: Leaf


class Treatment:
    """What all intents together owe, and how the network treats each of their ways."""

    def __init__(self, network: Network, intents: Sequence[ResolvedIntent]) -> None:
        self.network = network
        self.asking = Asking(network)
        self.intents = tuple(intents)
        self.suspended = quarantined(intents)
        self._explicit: dict[tuple[str, str], list[ServiceClass]] = {}
        self._of_services: dict[tuple[str, str], list[tuple[Way, ServiceClass | None]]] = {}
        self._limited: dict[tuple[str, str], list[Way]] = {}
        self._entitled: dict[Endpoint, int] = {}
        self._ways: dict[str, tuple[Way, ...]] = {}
        self._crossings: dict[_Kind, tuple[Crossing, ...]] = {}
        self._promised: dict[tuple[str, _Kind], tuple[Crossing, ...]] = {}
        allowing = [r for r in self.intents if r.intent.permission is Permission.ALLOW]
        for resolved in allowing:
            named = resolved.intent.service_class
            cls = network.campus.classes[named] if named is not None else None
            for way in ways(resolved):
                pair = (way.source.name, way.destination.name)
                if way.services and resolved.intent.limit_bps is not None:
                    self._limited.setdefault(pair, []).append(way)
                if way.services:
                    self._of_services.setdefault(pair, []).append((way, cls))
                elif cls is not None:
                    self._explicit.setdefault(pair, []).append(cls)
        for resolved in allowing:
            for way in self.ways(resolved):
                now = self._entitled.get(way.source.port, self.default.priority)
                owed = self.owed_class(resolved.intent, way)
                self._entitled[way.source.port] = max(now, (owed or self.default).priority)

    def on(self, network: Network) -> Treatment:
        """The same intents on another state of the network."""
        other = copy(self)
        other.network, other.asking = network, Asking(network)
        other._crossings, other._promised = {}, {}  # noqa: SLF001 - one of its own kind
        return other

    @property
    def default(self) -> ServiceClass:
        """The class of what nobody speaks of."""
        return self.network.campus.classes[DEFAULT_CLASS]

    def ways(self, resolved: ResolvedIntent) -> tuple[Way, ...]:
        """The ways of an intent that are not suspended by a quarantine."""
        if resolved.name not in self._ways:
            unsuspended = (w for w in ways(resolved) if not {w.source.name, w.destination.name} & self.suspended)
            self._ways[resolved.name] = tuple(unsuspended)
        return self._ways[resolved.name]

    def owed_class(self, intent: Intent, way: Way, header: Header | None = None) -> ServiceClass | None:
        """The class that an intent owes a way; None where it only allows. header: of these packets of the way, since
        for some services another intent may name another class."""
        classes = self.network.campus.classes
        pair = (way.source.name, way.destination.name)
        if header is not None:
            others = [c for other, c in self._rivals(way) if self._within(header, other)]
            if others:
                return min(others, key=lambda c: c.priority)
        if intent.service_class is not None:
            return classes[intent.service_class]
        if not promises(intent):
            return None
        named = self._explicit.get(pair, [])
        if way.services:
            same = [c for other, c in self._of_services.get(pair, ()) if _alike(other, way)]
            named = [c for c in same if c is not None] or named
        if named:
            return min(named, key=lambda c: c.priority)
        return classes.get(implied_class(intent), self.default)

    def belongs_to_another(self, way: Way, header: Header) -> bool:
        """Whether packets of a way of services are also of the other role of services that an intent allows."""
        return bool(way.services) and any(self._within(header, other) for other, _ in self._rivals(way))

    def may_be_of(self, way: Way, header: Header) -> bool:
        """Whether some packet of a header is of a way's services; where none are named, whatever it is."""
        if not way.services:
            return True
        if not header.get("eth_type") & self.network.atoms["eth_type"].of(ETH_IPV4):
            return False
        return any(
            all(header.get(name) & bits for name, bits in sets.items()) for sets in service_sets(self.network, way)
        )

    def _rivals(self, way: Way) -> Iterator[tuple[Way, ServiceClass]]:
        """Ways whose packets may also be of this way and are owed another class: for a whole pair those of services
        with a class named; for services those of the other role (both ports of a packet may be a service's)."""
        for other, cls in self._of_services.get((way.source.name, way.destination.name), ()):
            if not way.services:
                if cls is not None:
                    yield other, cls
            elif other.role != way.role:
                yield other, cls or self.default

    def _within(self, header: Header, way: Way) -> bool:
        """Whether all packets of a header are of a way's services."""
        return any(
            all(not header.get(name) & ~bits for name, bits in sets.items()) for sets in service_sets(self.network, way)
        )

    def entitled(self, port: Endpoint) -> int:
        """The priority of the highest class in which somebody at an edge port may send; -1 where nobody may."""
        return self._entitled.get(port, -1)

    def crossings(self, way: Way) -> tuple[Crossing, ...]:
        """How the packets of a way get there, in the state as read."""
        key = _kind(way)
        if key not in self._crossings:
            self._crossings[key] = tuple(self._follow(way))
        return self._crossings[key]

    def promised_crossings(self, intent: Intent, way: Way) -> tuple[Crossing, ...]:
        """The crossings that an intent's promise speaks of: all but those that another intent has for its services,
        by a class or a limit."""
        key = (intent.name, _kind(way))
        if key not in self._promised:
            self._promised[key] = tuple(self._of_promise(intent, way))
        return self._promised[key]

    def _of_promise(self, intent: Intent, way: Way) -> Iterator[Crossing]:
        owed = self.owed_class(intent, way)
        limited = self._limited.get((way.source.name, way.destination.name), ()) if not way.services else ()
        for crossing in self.crossings(way):
            header = crossing.leaf.header
            if self.owed_class(intent, way, header) == owed and not any(self._within(header, o) for o in limited):
                yield crossing

    def _follow(self, way: Way) -> Iterator[Crossing]:
        for sent in sent_on(self.asking, way):
            for leaf in self.network.follow(way.source.port, sent, only_now=True, to=way.destination.port):
                if leaf.end == "delivered":
                    yield Crossing(sent, leaf)


def _kind(way: Way) -> _Kind:
    return way.source.name, way.destination.name, way.role, tuple(s.name for s in way.services)


def _alike(one: Way, other: Way) -> bool:
    return (one.services, one.role) == (other.services, other.role)


def promises(intent: Intent) -> bool:
    """Whether an intent promises more than that packets arrive."""
    return intent.guarantee_bps is not None or intent.deliver is not None or intent.latency_us is not None


def owed_bps(intent: Intent, way: Way) -> int:
    """What an intent promises a way, bit/s on the wire."""
    forward, back = promised_bps(intent)
    return forward if way.forward else back
