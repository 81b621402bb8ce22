"""Guarantee, deliver and limit: what is left for each way in the worst case, from shapers, T-CONTs, queues and meters.

In words: at each hop of each way the queue that the way's packets wait in gets, when every other queue is full
(scheduling.py), at least all that is promised in it; no meter, policer, shaper or T-CONT on the way lets through less
than what is promised through it; and an OLT's uplink, which has no queues, cannot be filled by its PONs. A promise is a
contract: it holds while those who share its queue stay within their own promises or limits. Who shares it and has
neither is named in the statement.

A limit holds if on each way something lets through no more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from intents.calculus.curves import Bucket
from intents.calculus.senders import bulk_bits
from intents.model.evidence import Finding, Property
from intents.model.intent import Deliver, Permission, ResolvedIntent
from intents.model.units import format_duration, format_longer, format_rate
from intents.verify.bounds.bounds import Bounds, evidence
from intents.verify.bounds.scheduling import Scheduling
from intents.verify.claims import Way
from intents.verify.evidence.arrived import arrived
from intents.verify.packets.steps import Limit, QueueUse, Step
from intents.verify.properties.completion import completions
from intents.verify.properties.latency import others_keep
from intents.verify.properties.priority import has_queues
from intents.verify.treatment import Crossing, Treatment, owed_bps

# Meters and profiles count in kbit/s.
ROUNDING_BPS: Final = 1_000
_MOST_NAMED: Final = 3

Stream = tuple[str, str]  # sender, receiver


@dataclass(slots=True)
class _Use:
    """Who goes through a queue or a limit: what each pair is promised there, and who has neither promise nor limit."""

    promised: dict[Stream, int] = field(default_factory=dict)
    free: set[Stream] = field(default_factory=set)

    @property
    def total_bps(self) -> int:
        return sum(self.promised.values())


class _Left(NamedTuple):
    """What a hop leaves for a way at worst, and why not more."""

    left_bps: int
    step: Step
    where: str


class _Worst(NamedTuple):
    """The way with the least to spare."""

    left: _Left
    way: Way
    crossing: Crossing
    promised_bps: int

    @property
    def text(self) -> str:
        """For people."""
        promised = format_rate(self.promised_bps)
        return (
            f"{self.way}: {format_rate(self.left.left_bps)} is left at worst ({self.left.where}), {promised} promised"
        )


class Rates:
    """The promises of all intents on the network as read."""

    def __init__(self, treatment: Treatment, scheduling: Scheduling, bounds: Bounds) -> None:
        self._treatment = treatment
        self._scheduling = scheduling
        self._free: dict[QueueUse, frozenset[str]] = {}
        self._bounds = bounds

    @cached_property
    def _uses(self) -> tuple[Mapping[QueueUse, _Use], Mapping[Limit, _Use]]:
        queues: dict[QueueUse, _Use] = {}
        limits: dict[Limit, _Use] = {}
        for resolved in self._treatment.intents:
            if resolved.intent.permission is not Permission.ALLOW:
                continue
            for way in self._treatment.ways(resolved):
                promised = owed_bps(resolved.intent, way)
                for step in _steps(self._treatment.promised_crossings(resolved.intent, way)):
                    if step.queue is not None:
                        _note(queues.setdefault(step.queue, _Use()), way, promised)
                    for limit in step.limits:
                        _note(limits.setdefault(limit, _Use()), way, promised)
        for use in (*queues.values(), *limits.values()):
            use.free -= set(use.promised)
        return queues, limits

    @cached_property
    def _limited(self) -> frozenset[Stream]:
        return frozenset(
            (way.source.name, way.destination.name)
            for resolved in self._treatment.intents
            if resolved.intent.limit_bps is not None
            for way in self._treatment.ways(resolved)
        )

    def left(self, way: Way, crossing: Crossing) -> _Left | None:
        """The least that a hop of a crossing leaves for the way; None where no hop bounds it."""
        queues, limits = self._uses
        pair = (way.source.name, way.destination.name)
        found: list[_Left] = []
        for step in crossing.leaf.steps:
            if step.queue is not None:
                use = queues.get(step.queue, _Use())
                others = use.total_bps - use.promised.get(pair, 0)
                where = f"{step.queue.text} on {step.queue.scheduler[0]}"
                found.append(_Left(self._scheduling.share_bps(step.queue) - others, step, where))
            elif has_queues(self._treatment.network, step):
                found.append(_Left(0, step, f"no queue at {step.device}"))
            else:
                found.extend(self._uplink(step))
            for limit in step.limits:
                use = limits.get(limit, _Use())
                others = use.total_bps - use.promised.get(pair, 0)
                found.append(_Left(limit.rate_bps - others, step, f"{limit.name} on {limit.device}"))
        return min(found, key=lambda f: f.left_bps, default=None)

    def _uplink(self, step: Step) -> Iterator[_Left]:
        pon = self._treatment.network.pons.get(step.device)
        if pon is None:
            return
        rate = self._treatment.network.campus.olts[step.device].uplinks[step.out_port]
        pairs = {t.channel_pair for t in pon.config.terminations.values()}  # two ports of one (Type B) are one PON
        most = sum(self._scheduling.capacity_bps(pon, pair)[1] for pair in pairs)
        if most > rate:
            where = f"uplink {step.out_port} of {step.device}, {format_rate(rate)} for PONs of {format_rate(most)}"
            yield _Left(0, step, where)

    def _senders(self, queue: QueueUse) -> frozenset[str]:
        """Who sends into a queue with neither promise nor limit."""
        if queue not in self._free:
            use = self._uses[0].get(queue)
            self._free[queue] = frozenset(s for s, r in use.free if (s, r) not in self._limited) if use else frozenset()
        return self._free[queue]

    def _beside(self, shared: Mapping[QueueUse, set[str]]) -> set[str]:
        """Who shares queues with ways (by queue the senders of those): all others with neither promise nor limit."""
        found: set[str] = set()
        for queue, own in shared.items():
            found |= self._senders(queue) - own if len(own) == 1 else self._senders(queue)
        return found

    # --- findings

    def check_guarantee(self, resolved: ResolvedIntent) -> Finding | None:
        """The finding for an intent that promises a rate or a delivery; None for any other."""
        intent = resolved.intent
        if intent.guarantee_bps is None and intent.deliver is None:
            return None
        what = Property.DELIVER if intent.deliver is not None else Property.GUARANTEE
        worst: _Worst | None = None
        shared: dict[QueueUse, set[str]] = {}
        for way, crossing in self._promised(resolved):
            promised = owed_bps(intent, way)
            left = self.left(way, crossing)
            if left is None:
                continue
            if left.left_bps < promised:
                return self._broken(resolved, what, way, crossing, left)
            for step in crossing.leaf.steps:
                if step.queue is not None:
                    shared.setdefault(step.queue, set()).add(way.source.name)
            if intent.deliver is not None and not way.forward:
                continue  # acknowledgements: bounded above, but no study to time
            if worst is None or left.left_bps - promised < worst.left.left_bps - worst.promised_bps:
                worst = _Worst(left, way, crossing, promised)
        if worst is None:
            return Finding(property=what, holds=True, statement="no packet arrives to be bounded", vacuous=True)
        beside = self._beside(shared)
        if intent.deliver is not None:
            return self._delivered(resolved, intent.deliver, worst, beside)
        bucket = Bucket(worst.promised_bps, bulk_bits(worst.promised_bps))
        bound = evidence(worst.way, self._bounds.alone(worst.way, worst.crossing), bucket)
        return Finding(property=what, holds=True, statement=worst.text + _named(beside), bound=bound)

    def _delivered(self, resolved: ResolvedIntent, deliver: Deliver, worst: _Worst, beside: set[str]) -> Finding:
        """The finding for a delivery whose rate is left everywhere: whether it is in time."""
        found = [*completions(self._treatment, self._bounds, resolved, deliver)]
        longest = max(found, key=lambda c: math.inf if c.took_us is None else c.took_us)
        what, images = Property.DELIVER, f"{deliver.images:,} images"
        if longest.took_us is not None and longest.took_us <= deliver.within_us:
            relies = longest.bound.relies if longest.bound is not None else ()
            took = f"{images} take at most {format_duration(longest.took_us)}, bound by {longest.hop.where}"
            others = f"; while {others_keep(relies)}" if relies else ""
            return Finding(
                property=what,
                holds=True,
                statement=f"{took}; {worst.text}{others}{_named(beside)}",
                bound=longest.bound,
            )
        owed, hop, way = format_duration(deliver.within_us), longest.hop, longest.way
        actual = f"cannot be bounded: {hop.where}, because {longest.why}"
        if longest.took_us is not None:
            actual = f"may take {format_longer(longest.took_us, deliver.within_us)}, bound by {hop.where}"
        step = longest.bounded.step_of(hop)
        return Finding(
            property=what,
            holds=False,
            statement=f"{resolved.name}: {images} from {way} are owed within {owed}, and {actual}",
            counterexample=arrived(
                self._treatment, way, longest.crossing, f"arrives within {owed} with the rest", actual, step, hop.where
            ),
            bound=longest.bound,
        )

    def check_limit(self, resolved: ResolvedIntent) -> Finding | None:
        """The finding for an intent with a limit; None for any other."""
        limit_bps = resolved.intent.limit_bps
        if limit_bps is None:
            return None
        count = 0
        for way, crossing in self._crossings(resolved):
            if self._treatment.belongs_to_another(way, crossing.leaf.header):
                continue
            count += 1
            least = min((x.rate_bps for step in crossing.leaf.steps for x in step.limits), default=None)
            if least is None or least > limit_bps + ROUNDING_BPS:
                return self._not_limited(resolved, way, crossing, limit_bps, least)
        statement = f"no way lets through more than {format_rate(limit_bps)}"
        return Finding(property=Property.LIMIT, holds=True, statement=statement, vacuous=not count)

    def _crossings(self, resolved: ResolvedIntent) -> Iterator[tuple[Way, Crossing]]:
        for way in self._treatment.ways(resolved):
            for crossing in self._treatment.crossings(way):
                yield way, crossing

    def _promised(self, resolved: ResolvedIntent) -> Iterator[tuple[Way, Crossing]]:
        for way in self._treatment.ways(resolved):
            for crossing in self._treatment.promised_crossings(resolved.intent, way):
                yield way, crossing

    def _broken(self, resolved: ResolvedIntent, what: Property, way: Way, crossing: Crossing, left: _Left) -> Finding:
        promised = format_rate(owed_bps(resolved.intent, way))
        actual = f"{format_rate(max(left.left_bps, 0))} is left at worst: {left.where}"
        return Finding(
            property=what,
            holds=False,
            statement=f"{resolved.name}: {way} is promised {promised} on the wire, {actual}",
            counterexample=arrived(
                self._treatment, way, crossing, f"{promised} is left for it", actual, left.step, left.where
            ),
        )

    def _not_limited(
        self, resolved: ResolvedIntent, way: Way, crossing: Crossing, limit_bps: int, least: int | None
    ) -> Finding:
        allowed = format_rate(limit_bps)
        actual = "nothing on the way limits it" if least is None else f"{format_rate(least)} gets through"
        bounding = [s for s in crossing.leaf.steps if any(x.rate_bps == least for x in s.limits)]
        step = (bounding or [s for s in crossing.leaf.steps if s.device in self._treatment.network.switches])[-1]
        blame = next((x.name for x in step.limits if x.rate_bps == least), step.blame)
        return Finding(
            property=Property.LIMIT,
            holds=False,
            statement=f"{resolved.name}: {way} may get at most {allowed}, {actual}",
            counterexample=arrived(
                self._treatment, way, crossing, f"at most {allowed} gets through", actual, step, blame
            ),
        )


def _steps(crossings: Iterable[Crossing]) -> Iterator[Step]:
    for crossing in crossings:
        yield from crossing.leaf.steps


def _note(use: _Use, way: Way, promised: int) -> None:
    stream = (way.source.name, way.destination.name)
    if promised:
        use.promised[stream] = max(use.promised.get(stream, 0), promised)
    else:
        use.free.add(stream)


def _named(senders: set[str]) -> str:
    if not senders:
        return ""
    named = sorted(senders)
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return f"; in the same queue without promise or limit: {', '.join(named[:_MOST_NAMED])}{more}"
