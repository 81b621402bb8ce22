"""Which class each way is owed, and how the network as read treats its packets: the crossings, computed once.

The class of a way is what its intent names; where it names none and promises something, the class that the promise
implies, unless another intent names one for the same pair. A place is entitled to the highest class in which it sends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from intents.model.campus import Endpoint, ServiceClass
from intents.model.classes import DEFAULT_CLASS
from intents.model.intent import Intent, Permission, ResolvedIntent
from intents.model.wire import implied_class, promised_bps
from intents.verify.claims import Way, quarantined, ways
from intents.verify.network import Network
from intents.verify.packet import Header
from intents.verify.reach import sent_on
from intents.verify.steps import Leaf


@dataclass(frozen=True, slots=True)
class Crossing:
    """A set of packets of a way that is delivered, as it was sent and as it went."""

    sent: Header
    leaf: Leaf


class Treatment:
    """What all intents together owe, and how the network treats each of their ways."""

    def __init__(self, network: Network, intents: Sequence[ResolvedIntent]) -> None:
        self.network = network
        self.intents = tuple(intents)
        self.suspended = quarantined(intents)
        self._explicit: dict[tuple[str, str], list[ServiceClass]] = {}
        self._entitled: dict[Endpoint, int] = {}
        self._crossings: dict[tuple[str, str, str, tuple[str, ...]], tuple[Crossing, ...]] = {}
        allowing = [r for r in self.intents if r.intent.permission is Permission.ALLOW]
        for resolved in allowing:
            if resolved.intent.service_class is not None:
                cls = network.campus.classes[resolved.intent.service_class]
                for way in ways(resolved):
                    self._explicit.setdefault((way.source.name, way.destination.name), []).append(cls)
        for resolved in allowing:
            for way in self.ways(resolved):
                now = self._entitled.get(way.source.port, self.default.priority)
                owed = self.owed_class(resolved.intent, way)
                self._entitled[way.source.port] = max(now, (owed or self.default).priority)

    @property
    def default(self) -> ServiceClass:
        """The class of what nobody speaks of."""
        return self.network.campus.classes[DEFAULT_CLASS]

    def ways(self, resolved: ResolvedIntent) -> tuple[Way, ...]:
        """The ways of an intent that are not suspended by a quarantine."""
        return tuple(w for w in ways(resolved) if not {w.source.name, w.destination.name} & self.suspended)

    def owed_class(self, intent: Intent, way: Way) -> ServiceClass | None:
        """The class that an intent owes a way; None where it only allows."""
        classes = self.network.campus.classes
        if intent.service_class is not None:
            return classes[intent.service_class]
        if not promises(intent):
            return None
        named = self._explicit.get((way.source.name, way.destination.name))
        if named:
            return min(named, key=lambda c: c.priority)
        return classes.get(implied_class(intent), self.default)

    def entitled(self, port: Endpoint) -> int:
        """The priority of the highest class in which somebody at an edge port may send; -1 where nobody may."""
        return self._entitled.get(port, -1)

    def crossings(self, way: Way) -> tuple[Crossing, ...]:
        """How the packets of a way get there, in the state as read."""
        key = (way.source.name, way.destination.name, way.role, tuple(s.name for s in way.services))
        if key not in self._crossings:
            self._crossings[key] = tuple(self._follow(way))
        return self._crossings[key]

    def _follow(self, way: Way) -> Iterator[Crossing]:
        for sent in sent_on(self.network, way):
            for leaf in self.network.follow(way.source.port, sent, only_now=True):
                if leaf.end == "delivered" and leaf.port == way.destination.port:
                    yield Crossing(sent, leaf)


def promises(intent: Intent) -> bool:
    """Whether an intent promises more than that packets arrive."""
    return intent.guarantee_bps is not None or intent.deliver is not None or intent.latency_us is not None


def owed_bps(intent: Intent, way: Way) -> int:
    """What an intent promises a way, bit/s on the wire."""
    forward, back = promised_bps(intent)
    return forward if way.forward else back
