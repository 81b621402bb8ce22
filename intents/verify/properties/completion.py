"""Deliver: the longest that the images take, by network calculus.

In words: a delivery is a burst of all its bits on the wire, sent as soon as the network takes it. It has arrived after
what hosts need (HOSTS_US), the longest that the network delays the first bit of it and the acknowledgement that comes
back, and its bits at the rate that the whole way leaves at worst. The burst is paid for once, at the slowest hop
(1.4.3). Who shares a queue of the way is bound as arrivals.py says; who is bound to nothing is relied on to leave it
what is reckoned with, and is named. Where nothing is promised back, the way back is taken to be as long as that ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import FRAME_BITS
from intents.calculus.way import Hop, Whole
from intents.model.evidence import Bound
from intents.model.intent import Deliver, ResolvedIntent
from intents.model.wire import completion_us, wire_bits
from intents.verify.bounds.bounds import Bounded, Bounds, evidence
from intents.verify.claims import Way
from intents.verify.treatment import Crossing, Treatment


class Completion(NamedTuple):
    """How long a delivery takes at worst on one crossing. hop: that binds it. took_us None: no bound, for `why`."""

    way: Way
    crossing: Crossing
    bounded: Bounded
    hop: Hop
    took_us: int | None
    why: str = ""
    bound: Bound | None = None


def completions(
    treatment: Treatment, bounds: Bounds, resolved: ResolvedIntent, deliver: Deliver
) -> Iterator[Completion]:
    """Of each crossing of an intent's deliveries, ahead; none where no packet arrives."""
    for way in treatment.ways(resolved):
        if not way.forward:
            continue
        back = _back(treatment, bounds, resolved, way)
        for crossing in treatment.promised_crossings(resolved.intent, way):
            yield _completion(bounds, deliver, way, crossing, back)


def _back(treatment: Treatment, bounds: Bounds, resolved: ResolvedIntent, way: Way) -> Fraction | Completion | None:
    """The longest that an acknowledgement takes, seconds; None: none is promised."""
    longest: Fraction | None = None
    role = "from-server" if way.services else "any"
    for other in treatment.ways(resolved):
        if (other.source, other.destination, other.role) != (way.destination, way.source, role):
            continue
        for crossing in treatment.promised_crossings(resolved.intent, other):
            bounded = bounds.alone(other, crossing)
            if isinstance(bounded.found, Hop):
                return Completion(other, crossing, bounded, bounded.found, None, bounded.found.why)
            took = bounded.found.delay_s(Bucket(0, FRAME_BITS)) or Fraction(0)
            longest = max(took, longest or Fraction(0))
    return longest


def _completion(
    bounds: Bounds, deliver: Deliver, way: Way, crossing: Crossing, back: Fraction | Completion | None
) -> Completion:
    if isinstance(back, Completion):
        return back
    bounded = bounds.alone(way, crossing)
    found = bounded.found
    if not isinstance(found, Whole):
        return Completion(way, crossing, bounded, found, None, found.why)
    took = completion_us(deliver, found.rate_bps, found.latency_s + (found.latency_s if back is None else back))
    bits = wire_bits(deliver.payload_bits)
    bound = evidence(way, bounded, Bucket(0, bits), took)
    return Completion(way, crossing, bounded, found.longest(bits).hop, took, "", bound)
