"""Arrival and service curves, and the bounds that follow from them.

An arrival curve is concave: the least of some token buckets; a service curve is convex and begins at 0: segments whose
rates rise. Both are piecewise linear, so that every supremum is at a corner, and exact. Time in seconds as fractions,
data in bits, rates in bit/s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

Seconds = Fraction
Number = Fraction | int


class Bucket(NamedTuple):
    """A token bucket (RFC 2697, 3): in any time t at most rate_bps * t + burst_bits."""

    rate_bps: Number
    burst_bits: Number


class Segment(NamedTuple):
    """A stretch of a service curve: a rate for so long; None: for ever."""

    rate_bps: Number
    length_s: Seconds | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What may come: the least of its buckets, and nothing in no time. Make it by `arrival`."""

    buckets: tuple[Bucket, ...]  # rates fall, bursts rise; each is the least somewhere

    def bits(self, time_s: Number) -> Fraction:
        """The most that comes within a time, its first instant included."""
        return min(Fraction(b.burst_bits) + Fraction(b.rate_bps) * time_s for b in self.buckets)

    def corners(self) -> Iterator[Seconds]:
        """The times at which another bucket becomes the least; ascending."""
        for one, other in pairwise(self.buckets):
            yield _crossing(one, other)

    @property
    def rate_bps(self) -> Fraction:
        """What comes in the long run."""
        return Fraction(self.buckets[-1].rate_bps)


def arrival(buckets: Iterable[Bucket]) -> Arrival:
    """The curve of what keeps to all of some buckets. Raises ValueError where there is none."""
    kept: list[Bucket] = []
    for bucket in sorted(set(buckets), key=lambda b: (-b.rate_bps, b.burst_bits)):
        if kept and kept[-1].rate_bps == bucket.rate_bps:
            continue
        while kept and kept[-1].burst_bits >= bucket.burst_bits:
            kept.pop()
        while len(kept) > 1 and _crossing(kept[-1], bucket) <= _crossing(kept[-2], kept[-1]):
            kept.pop()
        kept.append(bucket)
    if not kept:
        raise ValueError("an arrival curve needs a bucket")
    return Arrival(tuple(kept))


def _crossing(one: Bucket, other: Bucket) -> Seconds:
    return Fraction(other.burst_bits - one.burst_bits) / Fraction(one.rate_bps - other.rate_bps)


def together(curves: Iterable[Arrival]) -> Arrival:
    """What comes of several: the sum, which is concave too. Nothing of none."""
    found = tuple(curves)
    if not found:
        return Arrival((Bucket(0, 0),))
    corners = sorted({Fraction(0), *(c for curve in found for c in curve.corners())})
    return arrival(_bucket_at(found, time_s) for time_s in corners)


def _bucket_at(curves: Iterable[Arrival], time_s: Seconds) -> Bucket:
    """The line that the sum follows from a time on."""
    rate, burst = Fraction(0), Fraction(0)
    for curve in curves:
        # Of those that are least there, the one that stays so.
        least = min(curve.buckets, key=lambda b: (b.burst_bits + b.rate_bps * time_s, b.rate_bps))
        rate, burst = rate + least.rate_bps, burst + least.burst_bits
    return Bucket(rate, burst)


@dataclass(frozen=True, slots=True)
class Service:
    """What is served at least: segments, their rates rising, the last for ever. Make it by `service`."""

    segments: tuple[Segment, ...]

    def bits(self, time_s: Number) -> Fraction:
        """The least that is served within a time of work."""
        done, left = Fraction(0), Fraction(time_s)
        for rate, length in self.segments:
            here = left if length is None else min(left, length)
            done, left = done + here * rate, left - here
        return done

    def time_s(self, bits: Number) -> Seconds | None:
        """After how long so much is served; None: never."""
        after, left = Fraction(0), Fraction(bits)
        for rate, length in self.segments:
            if left <= 0:
                break
            if length is None or left <= length * rate:
                return after + left / rate if rate else None
            after, left = after + length, left - length * rate
        return after

    def corners(self) -> Iterator[Seconds]:
        """The times at which the rate rises; ascending."""
        after = Fraction(0)
        for _, length in self.segments[:-1]:
            after += length or 0
            yield after

    @property
    def rate_bps(self) -> Fraction:
        """What is served in the long run."""
        return Fraction(self.segments[-1].rate_bps)

    @property
    def latency_s(self) -> Seconds:
        """For how long nothing is served."""
        first = self.segments[0]
        return first.length_s or Fraction(0) if not first.rate_bps else Fraction(0)


def rate_latency(rate_bps: Number, latency_s: Number) -> Service:
    """Nothing for a while, then a rate (1.3.2)."""
    rest = Segment(Fraction(rate_bps), None)
    return Service((Segment(Fraction(0), Fraction(latency_s)), rest) if latency_s else (rest,))


def convolve(one: Service, other: Service) -> Service:
    """Both one after the other on the way (theorem 1.4.6, concatenation). Of convex curves: the segments end to end,
    the slowest first (theorem 3.1.6); so a burst is paid for once, at the slowest (1.4.3)."""
    forever = min(one.rate_bps, other.rate_bps)
    parts = [s for s in (*one.segments, *other.segments) if s.length_s is not None and s.rate_bps < forever]
    joined: dict[Number, Seconds] = {}
    for rate, length in sorted(parts, key=lambda s: s.rate_bps):
        joined[rate] = joined.get(rate, Fraction(0)) + (length or 0)
    return Service((*(Segment(rate, length) for rate, length in joined.items()), Segment(forever, None)))


def delay_s(coming: Arrival, served: Service) -> Seconds | None:
    """The longest that data waits: the horizontal deviation (theorem 1.4.2); None: no bound."""
    if coming.rate_bps > served.rate_bps:
        return None
    # The deviation is concave in time, so it is greatest at a corner of either curve.
    times = {Fraction(0), *coming.corners()}
    for corner in served.corners():
        times |= set(_reached(coming, served.bits(corner)))
    found = []
    for time in times:
        done = served.time_s(coming.bits(time))
        if done is None:
            return None
        found.append(done - time)
    return max(*found, Fraction(0))


def _reached(coming: Arrival, bits: Fraction) -> Iterator[Seconds]:
    """When so much has come."""
    times = [(bits - b.burst_bits) / Fraction(b.rate_bps) for b in coming.buckets if b.rate_bps]
    if times and max(times) > 0:
        yield max(times)


def backlog_bits(coming: Arrival, served: Service) -> Fraction | None:
    """The most that waits: the vertical deviation (theorem 1.4.1); None: no bound."""
    if coming.rate_bps > served.rate_bps:
        return None
    times = {Fraction(0), *coming.corners(), *served.corners()}
    return max(coming.bits(time) - served.bits(time) for time in times)


def output(coming: Arrival, served: Service) -> Arrival | None:
    """What comes out: the deconvolution (theorem 1.4.3); None: no bound.

    It is concave, and its slopes are those of the two curves: a bucket for each, whose burst is the greatest of
    coming(t + u) - served(u) - rate * t, which is at corners.
    """
    if coming.rate_bps > served.rate_bps:
        return None
    rates = {Fraction(b.rate_bps) for b in coming.buckets} | {Fraction(s.rate_bps) for s in served.segments}
    starts = sorted({Fraction(0), *coming.corners(), *served.corners()})
    ends = tuple(coming.corners())

    def burst(rate: Fraction) -> Fraction:
        return max(
            coming.bits(end) - served.bits(start) - rate * (end - start)
            for start in starts
            for end in (start, *(e for e in ends if e > start))
        )

    return arrival(Bucket(rate, burst(rate)) for rate in rates if rate >= coming.rate_bps)
