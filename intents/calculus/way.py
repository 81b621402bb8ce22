"""Hop after hop of a way: queues that are shared first come first served, the whole way, and the hop that binds.

A hop serves the queue that a stream waits in. Who else waits there is told by what devices let through of him, whatever
he does, and by what he is bound to; which of the two is reckoned with is chosen so that the bound is least, and whoever
is then relied on is named. A hop that cannot be bounded says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from typing import Final

from intents.calculus.curves import (
    Bucket,
    Seconds,
    Service,
    arrival,
    backlog_bits,
    convolve,
    delay_s,
    rate_latency,
)
from intents.calculus.schedulers import FRAME_BITS, Served
from intents.model.units import format_rate

_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Somebody else in a queue. held: what devices and lines let through of him, at least one bucket; bound: what he is
    bound to, None: to nothing."""

    name: str
    held: tuple[Bucket, ...]
    bound: Bucket | None = None

    @property
    def at_line(self) -> Bucket:
        """What is held of him that has the least burst."""
        return min(self.held, key=lambda b: (b.burst_bits, b.rate_bps))

    @property
    def at_rate(self) -> Bucket:
        """What is held of him that has the least rate."""
        return min(self.held, key=lambda b: (b.rate_bps, b.burst_bits))

    @property
    def least(self) -> Bucket:
        """What he sends where he keeps to what he is bound to: of that and of what is held the least rate."""
        return min(b for b in (self.bound, *self.held) if b is not None)

    @property
    def as_bound(self) -> tuple[Bucket, bool]:
        """What he is bound to where that is less than is held, and whether it is."""
        held = self.at_rate
        is_less = self.bound is not None and self.bound.rate_bps <= held.rate_bps and self.bound != held
        return (self.bound, True) if self.bound is not None and is_less else (held, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A hop of a way. served: what its queue is served; None: nothing, `why` says so."""

    where: str
    served: Served | None
    others: tuple[Other, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a hop leaves of its queue: a rate after a latency. relies: on whom."""

    hop: Hop
    rate_bps: Fraction
    latency_s: Seconds
    relies: tuple[str, ...] = ()

    @property
    def curve(self) -> Service:
        """As a service curve."""
        return rate_latency(self.rate_bps, self.latency_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A way as a whole."""

    shares: tuple[Share, ...]
    curve: Service = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "curve", reduce(convolve, (s.curve for s in self.shares)))

    @property
    def rate_bps(self) -> Fraction:
        """What is guaranteed."""
        return self.curve.rate_bps

    @property
    def latency_s(self) -> Seconds:
        """How long nothing of it may be served."""
        return self.curve.latency_s

    @property
    def relies(self) -> tuple[str, ...]:
        """On whom the bound relies, sorted."""
        return tuple(sorted({name for share in self.shares for name in share.relies}))

    def delay_s(self, own: Bucket) -> Seconds | None:
        """The longest that what keeps to a bucket takes; None: no bound."""
        return delay_s(arrival([own]), self.curve)

    def backlog_bits(self, own: Bucket) -> Fraction | None:
        """The most of it that waits anywhere on the way; None: no bound."""
        return backlog_bits(arrival([own]), self.curve)

    def slowest(self) -> Share:
        """The hop that binds the rate, the first of them."""
        return min(self.shares, key=lambda s: s.rate_bps)

    def longest(self, burst_bits: Fraction | int) -> Share:
        """The hop that takes most of the delay of a burst: its latency, and at the slowest what the burst costs
        there."""
        slowest = self.slowest()
        return max(
            self.shares,
            key=lambda s: s.latency_s + (Fraction(burst_bits) / s.rate_bps if s is slowest else 0),
        )


def whole(hops: Iterable[Hop]) -> Whole | Hop:
    """A way of hops, or the first hop that has no bound.

    Of what each hop may leave, the rate that the whole way can have is kept, and then the least latency.
    """
    options: list[list[Share]] = []
    for hop in hops:
        found = list(left_over(hop))
        if not found:
            return hop
        options.append(found)
    rate = min(max(s.rate_bps for s in found) for found in options)
    return Whole(
        shares=tuple(
            min((s for s in found if s.rate_bps >= rate), key=lambda s: (s.latency_s, len(s.relies)))
            for found in options
        )
    )


def left_over(hop: Hop) -> Iterator[Share]:
    """What a hop may leave, one share for each way to reckon with the others.

    A queue served first come first served leaves, beside what keeps to a bucket (r, b), a rate of R - r after T + b/R
    (proposition 6.2.1 with theta = T + b/R). The frame counts when its last bit is through (theorem 1.7.1).

    Everybody at the least burst that is held of him leaves the least rate. So one after the other, he of the most rate
    first, is reckoned with at the least rate that is held of him, or at what he is bound to.
    """
    if hop.served is None:
        return
    rate = hop.served.rate_bps
    ranked = sorted(((o, o.at_line) for o in hop.others), key=lambda x: (-x[1].rate_bps, x[0].name))
    for relying in (False, True):
        taken = sum(line.rate_bps for _, line in ranked)
        burst = sum(line.burst_bits for _, line in ranked) + FRAME_BITS
        relies: tuple[str, ...] = ()
        if rate > taken:
            yield _share(hop, hop.served, rate - taken, burst, relies)
        for other, line in ranked:
            bucket, is_relied = other.as_bound if relying else (other.at_rate, False)
            taken += bucket.rate_bps - line.rate_bps
            burst += bucket.burst_bits - line.burst_bits
            relies = (*relies, other.name) if is_relied else relies
            if rate > taken:
                yield _share(hop, hop.served, rate - taken, burst, relies)


def _share(
    hop: Hop, served: Served, left_bps: Fraction | int, burst_bits: Fraction | int, relies: tuple[str, ...]
) -> Share:
    """What is left beside bursts that come at once."""
    waits = served.latency_s + Fraction(burst_bits) / served.rate_bps
    return Share(hop=hop, rate_bps=Fraction(left_bps), latency_s=waits, relies=relies)


def too_much(hop: Hop) -> str:
    """Why a hop with a queue has no bound, for people, if it has none."""
    if hop.served is None:
        return "nothing is left for it at worst"
    loose = [o.name for o in hop.others if o.bound is None]
    rate = format_rate(int(hop.served.rate_bps))
    if not loose:
        return f"those who share it may together send more than the {rate} that it is served"
    more = f" and {len(loose) - _MOST_NAMED} more" if len(loose) > _MOST_NAMED else ""
    names = ", ".join(loose[:_MOST_NAMED]) + more
    return f"{names} may send into it without promise, limit or cap, and it is served {rate}"


def queue_delay_s(served: Served | None, buckets: Sequence[Bucket]) -> Seconds | None:
    """The longest that anything waits in a queue into which all this comes; None: no bound."""
    if served is None or sum(b.rate_bps for b in buckets) > served.rate_bps:
        return None
    return (
        served.latency_s + (sum((Fraction(b.burst_bits) for b in buckets), Fraction(0)) + FRAME_BITS) / served.rate_bps
    )
