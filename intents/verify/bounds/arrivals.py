"""Who sends into each queue, as read: the ways of all intents through the network, with the meters that they meet.

The rule by which this becomes what may come in is in intents/calculus/senders.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import HTB_BURST_BITS, Served, granted_at_once
from intents.calculus.senders import Arrivals, Due, Sent, Terms, added
from intents.calculus.way import Other
from intents.model.campus import Place
from intents.model.intent import Permission, ResolvedIntent
from intents.verify.bounds.scheduling import Scheduling
from intents.verify.claims import Way
from intents.verify.packets.steps import QueueUse
from intents.verify.treatment import Crossing, Treatment, owed_bps

_Kind = tuple[str, str, tuple[str, ...]]  # receiver, role, services


@dataclass(slots=True)
class _Stream:
    """What one sender sends one receiver of some services through a queue, by all intents that speak of it."""

    promised_bps: int = 0
    limit_bps: int | None = None
    cls: str | None = None
    meters: set[Bucket] = field(default_factory=set)
    is_unmetered: bool = False

    @property
    def adds_nothing(self) -> bool:
        """Whether intents only allow it, so that what is said of the whole pair is said of it."""
        return not self.promised_bps and self.limit_bps is None and self.cls is None


@dataclass(slots=True)
class _Sender:
    """What one sender sends through a queue."""

    place: Place
    streams: dict[_Kind, _Stream] = field(default_factory=dict)
    before: set[tuple[QueueUse, ...]] = field(default_factory=set)


class Read:
    """The queues of a network as read, and who sends through them."""

    def __init__(self, treatment: Treatment, scheduling: Scheduling) -> None:
        self._treatment, self._scheduling = treatment, scheduling
        self._arrivals = Arrivals(self)
        self._sent: dict[QueueUse, Mapping[str, Sent]] = {}

    def others(self, use: QueueUse, way: Way, *, apart: bool) -> tuple[Other, ...]:
        """Everybody else who sends through a queue, by name. apart: and what the sender himself sends beside the
        way."""
        rest = self._rest(use, way) if apart else None
        return self._arrivals.others(use, way.source.name, rest)

    def due(self, use: QueueUse, sender: str) -> Due:
        """What a sender is bound to in a queue."""
        return self._arrivals.due(use, sender)

    def _rest(self, use: QueueUse, way: Way) -> Sent | None:
        own = self._senders.get(use, {}).get(way.source.name)
        streams = {k: s for k, s in own.streams.items() if k != _kind(way)} if own is not None else {}
        return self._as_sent(replace(own, streams=streams)) if own is not None and streams else None

    # --- the queues

    def served(self, queue: Hashable) -> Served | None:
        """What a queue is served at least."""
        return self._scheduling.served(_use(queue))

    def through(self, queue: Hashable) -> Bucket:
        """The most that leaves a queue that is not the last: that of a UNI is."""
        use = _use(queue)
        most = self._scheduling.most_bps(use)
        return granted_at_once(most) if use.kind == "tcont" else Bucket(most, HTB_BURST_BITS)

    def stamp(self, queue: Hashable) -> Hashable:
        """Nothing changes in what was read."""
        return _use(queue)

    def senders(self, queue: Hashable) -> Mapping[str, Sent]:
        """Who sends through a queue, by name."""
        use = _use(queue)
        if use not in self._sent:
            self._sent[use] = {name: self._as_sent(found) for name, found in self._senders.get(use, {}).items()}
        return self._sent[use]

    def _as_sent(self, sender: _Sender) -> Sent:
        campus = self._treatment.network.campus
        device, port = sender.place.port
        ports = campus.onus[device].ports if device in campus.onus else campus.switches[device].ports
        streams = sender.streams.values()
        is_metered = all(s.meters and not s.is_unmetered for s in streams)
        return Sent(
            name=sender.place.name,
            line_bps=ports[int(port)],
            terms=tuple(self._terms(sender.streams)),
            before=frozenset(sender.before),
            metered=added(added(s.meters) for s in streams) if is_metered else None,
        )

    def _terms(self, streams: Mapping[_Kind, _Stream]) -> list[Terms]:
        classes, default = self._treatment.network.campus.classes, self._treatment.default.name
        found = []
        for kind, stream in streams.items():
            pair = streams.get((kind[0], "any", ()), stream)
            if pair is not stream and stream.adds_nothing:
                continue
            cls = stream.cls or pair.cls or default
            limit = stream.limit_bps if stream.limit_bps is not None else pair.limit_bps
            found.append(Terms(cls, classes[cls].cap_bps, stream.promised_bps, limit))
        return found

    # --- the ways

    @cached_property
    def _senders(self) -> Mapping[QueueUse, Mapping[str, _Sender]]:
        found: dict[QueueUse, dict[str, _Sender]] = {}
        for resolved in self._treatment.intents:
            if resolved.intent.permission is not Permission.ALLOW:
                continue
            for way in self._treatment.ways(resolved):
                for crossing in self._treatment.promised_crossings(resolved.intent, way):
                    self._note(found, resolved, way, crossing)
        return found

    def _note(
        self,
        found: dict[QueueUse, dict[str, _Sender]],
        resolved: ResolvedIntent,
        way: Way,
        crossing: Crossing,
    ) -> None:
        owed = self._treatment.owed_class(resolved.intent, way)
        limit = resolved.intent.limit_bps
        before: tuple[QueueUse, ...] = ()
        meters: list[Bucket] = []
        for step in crossing.leaf.steps:
            meters += (Bucket(x.rate_bps, x.burst_bits) for x in step.limits if x.burst_bits)
            if step.queue is None:
                continue
            sender = found.setdefault(step.queue, {}).setdefault(way.source.name, _Sender(way.source))
            sender.before.add(before)
            stream = sender.streams.setdefault(_kind(way), _Stream())
            stream.promised_bps = max(stream.promised_bps, owed_bps(resolved.intent, way))
            if limit is not None:
                stream.limit_bps = limit if stream.limit_bps is None else min(limit, stream.limit_bps)
            stream.cls = stream.cls or (owed.name if owed is not None else None)
            stream.meters |= {min(meters)} if meters else set()
            stream.is_unmetered = stream.is_unmetered or not meters
            before = (*before, step.queue)


def _kind(way: Way) -> _Kind:
    return way.destination.name, way.role, tuple(s.name for s in way.services)


def _use(queue: Hashable) -> QueueUse:
    if not isinstance(queue, QueueUse):
        raise TypeError(f"{queue!r} is no queue as read")
    return queue
