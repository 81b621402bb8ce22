"""What a queue is served at least by the schedulers of this field, from numbers alone: a rate after a latency.

Rates in bit/s, bursts in bits, latencies in seconds. `None`: nothing is left for it at worst. A frame is served whole,
so one of another queue that has begun is waited for (corollary 6.2.1, non preemptive priority node), and a queue's own
frame counts when its last bit is through (theorem 1.7.1, packetizer).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from intents.calculus.curves import Bucket, Seconds

# The longest frame at an MTU of 1500 with preamble, FCS and gap (IEEE 802.3), as intents/model/wire.py counts rates.
FRAME_BITS: Final = 1538 * 8


class Served(NamedTuple):
    """At least this rate, after this latency."""

    rate_bps: int
    latency_s: Seconds


# What a class of an HTB may send beyond its rate at once: its bucket, which Open vSwitch makes one frame, and the frame
# by which it may overdraw it, since it may send while its tokens are not below nothing. Open vSwitch gives no class a
# lower rate than this (lib/netdev-linux.c: 1500 bytes a second), so each has its burst whatever it is promised.
HTB_BURST_BITS: Final = 2 * FRAME_BITS
HTB_LEAST_BPS: Final = 12_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HtbQueue:
    """A queue of a port of type linux-htb. priority 0 goes first."""

    least_bps: int
    most_bps: int
    priority: int


def htb(port_bps: int, own: HtbQueue, others: Sequence[HtbQueue]) -> Served | None:
    """A queue of an HTB below one port, as Open vSwitch makes it: one level.

    Within its min-rate a queue is served before all that are beyond theirs, among those within theirs by priority
    (tc-htb(8); net/sched/sch_htb.c serves the lowest level first). So there are two curves, and the faster counts:
    - its min-rate, behind those that go before it within their min-rates;
    - what is left when those that go before it take their max-rates, and those behind it their min-rates.
    Never more than its max-rate.
    """
    before = [q for q in others if q.priority <= own.priority]
    behind = [q for q in others if q.priority > own.priority]
    first = port_bps - sum(max(q.least_bps, HTB_LEAST_BPS) for q in before)
    floor = _served(min(own.least_bps, first), first, len(before), is_blocked=bool(others))
    left = port_bps - sum(min(q.most_bps, port_bps) for q in before)
    left -= sum(max(q.least_bps, HTB_LEAST_BPS) for q in behind)
    rest = _served(left, left, len(others), is_blocked=bool(behind))
    return capped(faster(floor, rest), min(own.most_bps, port_bps))


def _served(rate_bps: int, left_bps: int, bursts: int, *, is_blocked: bool) -> Served | None:
    """A rate, after the bursts of so many others, and perhaps a frame that had begun, at what is left of the port."""
    if rate_bps <= 0 or left_bps <= 0:
        return None
    ahead = bursts * HTB_BURST_BITS + is_blocked * FRAME_BITS
    return Served(rate_bps, Fraction(ahead, left_bps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a T-CONT is granted. assured: fixed and assured together. priority 8 goes first in what is left; shares:
    whether it gets of that at all."""

    assured_bps: int
    most_bps: int
    priority: int
    shares: bool = True


# Assured bandwidth is back within 2 ms of being asked for, the target of G.987.3 and G.9807.1 (C.7.3).
DBA_S: Final = Fraction(2, 1000)


def granted_at_once(most_bps: int) -> Bucket:
    """What leaves a T-CONT: no more than its maximum, and what that comes to between two turns of the DBA; a frame."""
    return Bucket(most_bps, FRAME_BITS + math.ceil(most_bps * DBA_S))


def t_cont(pon_bps: int, own: Grant, others: Sequence[Grant]) -> Served | None:
    """A T-CONT of a PON (G.9807.1, C.7.3.5): fixed and assured bandwidth, its part where they together exceed the PON;
    or, where that is more, what is left when every other has what it is assured and those of its priority or a higher
    one all that they may have. By the DBA's cycle later."""
    assured = own.assured_bps + sum(g.assured_bps for g in others)
    floor = own.assured_bps if assured <= pon_bps else own.assured_bps * pon_bps // assured
    left = pon_bps
    for grant in others:
        left -= max(grant.most_bps, grant.assured_bps) if grant.priority >= own.priority else grant.assured_bps
    rate = max(floor, min(left, own.most_bps) if own.shares else 0)
    return Served(rate, DBA_S) if rate > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PonQueue:
    """A downstream queue of a PON. The highest priority goes first. most_bps, burst_bits: what its shapers let by."""

    priority: int
    weight: int
    most_bps: int
    burst_bits: int


def downstream(pon_bps: int, own: PonQueue, others: Sequence[PonQueue]) -> Served | None:
    """A queue in a scheduler that is strict by priority over the whole PON, and by weight among equals (TR-383;
    weights as generalised processor sharing, 2.1.1, a round of one frame a unit of weight later).

    Two curves, and the faster counts: its share by weight, and what is left where its equals take all they can.
    """
    before = [q for q in others if q.priority > own.priority]
    beside = [q for q in others if q.priority == own.priority]
    left = pon_bps - sum(q.most_bps for q in before)
    if left <= 0:
        return None
    bursts = sum(q.burst_bits for q in before) + FRAME_BITS
    round_bits = FRAME_BITS * sum(q.weight for q in beside)
    share = by_weight(left, own.weight, beside)
    fair = Served(share, Fraction(bursts + round_bits, left)) if share > 0 else None
    rest = left - sum(q.most_bps for q in beside)
    last = None
    if rest > 0:
        last = Served(rest, Fraction(bursts + sum(q.burst_bits for q in beside), rest))
    return capped(faster(fair, last), own.most_bps)


def by_weight(rate_bps: int, weight: int, beside: Iterable[PonQueue]) -> int:
    """The share of a queue when all those beside it want more than they get: generalised processor sharing. Shapers
    give back what they cannot take."""
    waiting = list(beside)
    while True:
        total = weight + sum(q.weight for q in waiting)
        sated = [q for q in waiting if q.most_bps * total < rate_bps * q.weight]
        if not sated:
            return rate_bps * weight // total
        rate_bps -= sum(q.most_bps for q in sated)
        waiting = [q for q in waiting if q not in sated]


def line(rate_bps: int, inputs: Iterable[Bucket]) -> Served | None:
    """A link without queues to choose from, for all that comes: where the inputs together are no faster, data waits for
    no more than what they can bring at once; else there is no bound."""
    coming = tuple(inputs)
    if rate_bps <= 0 or sum(b.rate_bps for b in coming) > rate_bps:
        return None
    return Served(rate_bps, Fraction(sum(b.burst_bits for b in coming)) / rate_bps)


def faster(one: Served | None, other: Served | None) -> Served | None:
    """Of two curves that both hold, the one with more rate, then the one with less latency."""
    found = [s for s in (one, other) if s is not None]
    return max(found, key=lambda s: (s.rate_bps, -s.latency_s), default=None)


def capped(served: Served | None, most_bps: int) -> Served | None:
    """Through a shaper that lets by no more (corollary 1.5.1)."""
    if served is None or most_bps <= 0:
        return None
    return Served(min(served.rate_bps, most_bps), served.latency_s)
