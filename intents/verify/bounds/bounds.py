"""The worst case of a way by network calculus, from the state as read: hop by hop what is left, and for how long.

In words: at each hop the queue that the way's packets wait in is served at least a rate after a latency
(scheduling.py), whoever else sends into it does no more than arrivals.py says, and what that leaves is the hop's part
of the way (intents/calculus/way.py). An OLT's uplink and an ONU's UNI have no queues to choose from: there nothing
waits longer than for what comes in at once, if all that can come in together is no faster; otherwise there is no bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import FRAME_BITS, line
from intents.calculus.senders import Due, silent
from intents.calculus.way import Hop, Whole, too_much, whole
from intents.model.evidence import Bound, HopBound
from intents.model.units import format_rate
from intents.verify.bounds.arrivals import Read
from intents.verify.bounds.scheduling import Scheduling
from intents.verify.claims import Way
from intents.verify.packets.steps import QueueUse, Step
from intents.verify.pon.evaluate import PonModel
from intents.verify.properties.priority import has_queues
from intents.verify.treatment import Crossing, Treatment


class Bounded(NamedTuple):
    """A way with its hops; found: the whole, or the hop without a bound. steps: those of the hops, in their order."""

    found: Whole | Hop
    steps: tuple[Step, ...]
    hops: tuple[Hop, ...]

    def step_of(self, hop: Hop) -> Step:
        """The step at a hop."""
        return next(step for step, h in zip(self.steps, self.hops, strict=True) if h is hop)


class Bounds:
    """The worst cases of ways on the network as read; kept, since several findings ask for the same."""

    def __init__(self, treatment: Treatment, scheduling: Scheduling) -> None:
        self._treatment, self._scheduling = treatment, scheduling
        self._read = Read(treatment, scheduling)

    def alone(self, way: Way, crossing: Crossing) -> Bounded:
        """The way without what else its sender sends. Who is bound to nothing is taken to send nothing in his queues,
        and is relied on for it."""
        return self._bounded(way, crossing, apart=True)

    def shared(self, way: Way, crossing: Crossing) -> Bounded:
        """The way together with all that its sender sends through the same queues. Who is bound to nothing sends what
        devices and lines let through."""
        return self._bounded(way, crossing, apart=False)

    def own(self, way: Way, crossing: Crossing) -> Due:
        """What the sender is bound to in the queues of the way, all that he sends there together."""
        found = [self._read.due(s.queue, way.source.name) for s in crossing.leaf.steps if s.queue is not None]
        rates = [b.rate_bps for b in found]
        burst = max((b.burst_bits for b in found), default=FRAME_BITS)
        return Due(None if None in rates else max((r for r in rates if r is not None), default=0), burst)

    def _bounded(self, way: Way, crossing: Crossing, *, apart: bool) -> Bounded:
        steps, hops = [], []
        for step in crossing.leaf.steps:
            hop = self._hop(way, step, apart=apart)
            if hop is not None:
                steps.append(step)
                hops.append(hop)
        return Bounded(whole(hops), tuple(steps), tuple(hops))

    def _hop(self, way: Way, step: Step, *, apart: bool) -> Hop | None:
        network = self._treatment.network
        if step.queue is not None:
            return self._queue(way, step.queue, apart=apart)
        if has_queues(network, step):
            return Hop(where=f"{step.out_port} on {step.device}", served=None, why="it waits in no queue")
        pon = network.pons.get(step.device)
        if pon is not None:
            return self._uplink(pon, step)
        return self._uni(step) if step.in_port == "PON" else None

    def _queue(self, way: Way, use: QueueUse, *, apart: bool) -> Hop:
        where = f"{use.text} on {use.scheduler[0]}"
        if not use.exists:
            return Hop(where=where, served=None, why="the queue is not there")
        others = self._read.others(use, way, apart=apart)
        hop = Hop(where=where, served=self._scheduling.served(use), others=silent(others) if apart else others)
        return replace(hop, why=too_much(hop))

    def _uplink(self, pon: PonModel, step: Step) -> Hop:
        rate = self._treatment.network.campus.olts[step.device].uplinks[step.out_port]
        pairs = {t.channel_pair for t in pon.config.terminations.values()}  # two ports of one (Type B) are one PON
        coming = [Bucket(self._scheduling.capacity_bps(pon, pair)[1], FRAME_BITS) for pair in sorted(pairs)]
        return _line(f"uplink {step.out_port} on {step.device}", rate, coming)

    def _uni(self, step: Step) -> Hop | None:
        network = self._treatment.network
        onu = network.campus.onus.get(step.device)
        if onu is None or not step.out_port.isdigit():
            return None
        pon = network.pons[onu.pon.olt]
        found = pon.config.uni(onu, step.out_port)
        if isinstance(found, str):
            return None
        rate = onu.ports[int(step.out_port)]
        return _line(f"UNI {step.out_port} on {step.device}", rate, self._scheduling.into_uni(pon, found.venet.name))


def _line(where: str, rate_bps: int, coming: Iterable[Bucket]) -> Hop:
    coming = tuple(coming)
    together = format_rate(int(sum(b.rate_bps for b in coming)))
    why = f"up to {together} come in, and it carries {format_rate(rate_bps)}"
    return Hop(where=where, served=line(rate_bps, coming), why=why)


def evidence(way: Way, bounded: Bounded, own: Bucket, completion_us: int | None = None) -> Bound | None:
    """A worst case for people and machines; None where there is none."""
    found = bounded.found
    if isinstance(found, Hop):
        return None
    delay, backlog = found.delay_s(own), found.backlog_bits(own)
    return Bound(
        source=way.source.name,
        destination=way.destination.name,
        rate_bps=int(found.rate_bps),
        slowest=found.slowest().hop.where,
        delay_us=up_us(delay) if delay is not None else None,
        longest=found.longest(own.burst_bits).hop.where,
        backlog_bits=math.ceil(backlog) if backlog is not None else None,
        completion_us=completion_us,
        relies=tuple(name for name in found.relies),
        hops=tuple(
            HopBound(
                device=bounded.step_of(share.hop).device,
                where=share.hop.where,
                rate_bps=int(share.rate_bps),
                latency_us=up_us(share.latency_s),
            )
            for share in found.shares
        ),
    )


def up_us(seconds: Fraction) -> int:
    """Microseconds, rounded up."""
    return math.ceil(seconds * 10**6)
