"""Latency: what an intent promises a delay for arrives within it, by network calculus.

In words: each packet of each way, from the sender's port to the receiver's, takes no longer than is owed, whatever
anybody sends, while the sender himself keeps to what he is bound to in the queues of the way, and hands over no more at
once than the statement says; and while those keep to theirs whom no device holds to it, and who are named in it
(arrivals.py). A sender who is bound to nothing in one of these queues has no bound himself.

In numbers: with b(t) = r t + s what the sender is bound to, and the hops' curves convolved to B, the horizontal
deviation of b and B is at most what is owed (theorems 1.4.2 and 1.4.6; bounds.py).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import FRAME_BITS
from intents.calculus.way import Hop, Whole
from intents.model.evidence import Bound, Finding, Property
from intents.model.intent import ResolvedIntent
from intents.model.units import format_duration, format_longer, format_rate, format_size
from intents.verify.bounds.bounds import Bounded, Bounds, evidence, up_us
from intents.verify.claims import Way
from intents.verify.evidence.arrived import arrived
from intents.verify.treatment import Crossing, Treatment

_MOST_NAMED: Final = 3


def check_latency(treatment: Treatment, bounds: Bounds, resolved: ResolvedIntent) -> Finding | None:
    """The finding for an intent with a latency; None for any other."""
    if resolved.intent.latency_us is None:
        return None
    worst: _Delayed | None = None
    for way in treatment.ways(resolved):
        for crossing in treatment.promised_crossings(resolved.intent, way):
            delayed = _delayed(bounds, way, crossing)
            if delayed.us is None or delayed.us > resolved.intent.latency_us:
                return _broken(treatment, resolved, delayed)
            if worst is None or delayed.us > (worst.us or 0):
                worst = delayed
    if worst is None:
        statement = "no packet arrives to be delayed"
        return Finding(property=Property.LATENCY, holds=True, statement=statement, vacuous=True)
    statement = _kept(worst, resolved.intent.latency_us)
    return Finding(property=Property.LATENCY, holds=True, statement=statement, bound=worst.bound)


class _Delayed(NamedTuple):
    """A crossing and its delay, us; None: it has none, for `why`. hop: that takes most of it, or has no bound."""

    way: Way
    crossing: Crossing
    bounded: Bounded
    hop: Hop
    us: int | None
    why: str = ""
    own: Bucket = Bucket(0, FRAME_BITS)
    bound: Bound | None = None


def _delayed(bounds: Bounds, way: Way, crossing: Crossing) -> _Delayed:
    bounded, own = bounds.shared(way, crossing), bounds.own(way, crossing)
    found, sender = bounded.found, way.source.name
    if isinstance(found, Hop):
        return _Delayed(way, crossing, bounded, found, None, found.why)
    if own.rate_bps is None:
        why = f"{sender} itself may send more into it, without promise, limit or cap"
        return _Delayed(way, crossing, bounded, bounded.hops[0], None, why)
    bucket = Bucket(own.rate_bps, own.burst_bits)
    delay = found.delay_s(bucket)
    if delay is None:
        rates = (
            f"{format_rate(int(found.rate_bps))} is left at worst, and {sender} may send {format_rate(own.rate_bps)}"
        )
        return _Delayed(way, crossing, bounded, found.slowest().hop, None, rates)
    hop = found.longest(own.burst_bits).hop
    return _Delayed(way, crossing, bounded, hop, up_us(delay), "", bucket, evidence(way, bounded, bucket))


def _kept(worst: _Delayed, owed_us: int) -> str:
    """What holds, and on what it rests."""
    sender, own, bound = worst.way.source.name, worst.own, worst.bound
    took = f"at most {format_duration(worst.us or 0)} of {format_duration(owed_us)}, most of it at {worst.hop.where}"
    sends = (
        f"{sender} sends at most {format_rate(int(own.rate_bps))} in all by the same queues, {at_once(own.burst_bits)}"
    )
    room = ""
    if isinstance(worst.bounded.found, Whole):
        bits = (Fraction(owed_us, 10**6) - worst.bounded.found.latency_s) * worst.bounded.found.rate_bps
        room = f"; holds for up to {format_size(int(bits) // 8)} at once"
    others = others_keep(bound.relies) if bound is not None else ""
    return f"{worst.way}: {took}; while {sends}{f', and {others}' if others else ''}{room}"


def at_once(burst_bits: Fraction | int) -> str:
    """A burst in words."""
    return "a frame at a time" if burst_bits == FRAME_BITS else f"{format_size(int(burst_bits) // 8)} at once"


def others_keep(names: tuple[str, ...]) -> str:
    """On whom a bound relies, as a clause; empty where on nobody."""
    if not names:
        return ""
    shown = names[:_MOST_NAMED]
    *first, last = shown if len(names) <= _MOST_NAMED else (*shown, f"{len(names) - _MOST_NAMED} more")
    who = f"{', '.join(first)} and {last}" if first else last
    return f"{who} {'keep' if first else 'keeps'} to what intents say of them"


def _broken(treatment: Treatment, resolved: ResolvedIntent, delayed: _Delayed) -> Finding:
    owed_us, hop = resolved.intent.latency_us or 0, delayed.hop
    owed = format_duration(owed_us)
    actual = f"cannot be bounded: {hop.where}, because {delayed.why}"
    if delayed.us is not None:
        actual = f"may take {format_longer(delayed.us, owed_us)}, most of it at {hop.where}"
    step, expected = delayed.bounded.step_of(hop), f"arrives within {owed}"
    return Finding(
        property=Property.LATENCY,
        holds=False,
        statement=f"{resolved.name}: {delayed.way} is owed {owed}, and {actual}",
        counterexample=arrived(treatment, delayed.way, delayed.crossing, expected, actual, step, hop.where),
        bound=delayed.bound,
    )
