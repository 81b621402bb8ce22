"""Who sends into queues that follow one another: what is held of each sender, and what he is bound to.

For a sender in a queue, as token buckets:
- held by the line of his port, a frame at once, and by each queue before on his way, with what that lets through at
  once (an HTB two frames, a T-CONT what it may send between two turns of the DBA); and by the meters that all he sends
  there goes through.
- bound by intents: to what they promise him there, to their limits, and in a class with a cap to that, once a class.
  Who sends what none of these speaks of is bound to nothing. Nobody enforces it, so a bound that relies on it has to
  say so.

What one is bound to grows on the way by what collects while it waits (theorem 1.4.3); each queue holds it again.

Which queues there are and who sends through them is for others to say: the planner from what it plans, the verifier
from what it reads.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, NamedTuple, Protocol

from intents.calculus.curves import Bucket, Seconds
from intents.calculus.schedulers import FRAME_BITS, Served
from intents.calculus.way import Other, queue_delay_s

# What a host hands to its port at once where it sends in bulk: a burst of TCP segments, which Linux makes a thousandth
# of a second of the rate, two segments at least and 64 KiB at most (net/ipv4/tcp_output.c, tcp_tso_autosize).
# In classes with a cap, which are small and urgent, it is a frame at a time.
MOST_AT_ONCE_BITS: Final = 64 * 1024 * 8
AT_ONCE_PART: Final = 1000


def bulk_bits(rate_bps: int) -> int:
    """What a host hands over at once of a rate in bulk, rounded up."""
    return min(MOST_AT_ONCE_BITS, max(2 * FRAME_BITS, -(-rate_bps // AT_ONCE_PART)))


class Terms(NamedTuple):
    """What intents say of one stream: its class and the cap of that, what it is promised, its limit; bit/s."""

    cls: str
    cap_bps: int | None
    promised_bps: int
    limit_bps: int | None


class Due(NamedTuple):
    """What somebody is bound to; rate None: nothing binds him. burst_bits: what he hands over at once."""

    rate_bps: int | None
    burst_bits: int


def due(terms: Iterable[Terms]) -> Due:
    """What a sender of some streams is bound to: class by class what is promised and the limits of the rest; where
    there is neither, or where it is more, the cap."""
    promised: dict[str, int] = {}
    limited: dict[str, int | None] = {}
    caps: dict[str, int | None] = {}
    for cls, cap, promise, limit in terms:
        caps[cls] = cap
        promised[cls] = promised.get(cls, 0) + promise
        more = 0 if promise else limit
        before = limited.get(cls, 0)
        limited[cls] = None if more is None or before is None else before + more
    total = 0
    for cls, cap in caps.items():
        rest = limited[cls]
        wanted = None if rest is None else promised[cls] + rest
        bounds = [bps for bps in (wanted, None if cap is None else max(cap, promised[cls])) if bps is not None]
        if not bounds:
            return Due(None, MOST_AT_ONCE_BITS)
        total += min(bounds)
    return Due(total, bulk_bits(total) if None in caps.values() else FRAME_BITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one sender sends through a queue. line_bps: of his port. before: the queues that it has been in, way by way.
    metered: what the meters let through that all of it goes through; None: not all does."""

    name: str
    line_bps: int
    terms: tuple[Terms, ...]
    before: frozenset[tuple[Hashable, ...]]
    metered: Bucket | None = None
    due: Due = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "due", due(self.terms))


class Queues(Protocol):
    """The queues of a network."""

    def served(self, queue: Hashable) -> Served | None:
        """What a queue is served at least."""

    def through(self, queue: Hashable) -> Bucket:
        """The most that leaves a queue."""

    def senders(self, queue: Hashable) -> Mapping[str, Sent]:
        """Who sends through a queue, by name."""

    def stamp(self, queue: Hashable) -> Hashable:
        """Another one whenever something of what comes into a queue, or of the queues before it, is another."""


class Arrivals:
    """What comes into queues; kept as long as its stamp is the same, since many ways go by one queue."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues
        self._others: dict[tuple[Hashable, str], tuple[Hashable, Other]] = {}
        self._delays: dict[Hashable, tuple[Hashable, Seconds | None]] = {}

    def others(self, queue: Hashable, sender: str, rest: Sent | None = None) -> tuple[Other, ...]:
        """Everybody else who sends through a queue, by name. rest: of the sender himself, what is to count as
        another's."""
        names = sorted(name for name in self._queues.senders(queue) if name != sender)
        found = tuple(self._one(queue, name) for name in names)
        return (*found, self._other(rest)) if rest is not None else found

    def due(self, queue: Hashable, sender: str) -> Due:
        """What a sender is bound to in a queue, as he sends it."""
        sent = self._queues.senders(queue).get(sender)
        return sent.due if sent is not None else Due(0, FRAME_BITS)

    def delay_s(self, queue: Hashable) -> Seconds | None:
        """The longest that anything waits in a queue while everybody keeps to what he is bound to; None: no bound."""
        stamp, known = self._queues.stamp(queue), self._delays.get(queue)
        if known is None or known[0] != stamp:
            self._delays[queue] = (stamp, None)  # while it is worked out: a way that comes back to it has no bound
            found = [self._one(queue, name).least for name in self._queues.senders(queue)]
            self._delays[queue] = (stamp, queue_delay_s(self._queues.served(queue), found))
        return self._delays[queue][1]

    def _one(self, queue: Hashable, sender: str) -> Other:
        stamp, known = self._queues.stamp(queue), self._others.get((queue, sender))
        if known is None or known[0] != stamp:
            known = self._others[queue, sender] = (stamp, self._other(self._queues.senders(queue)[sender]))
        return known[1]

    def _other(self, sent: Sent) -> Other:
        return Other(name=sent.name, held=tuple(self._held(sent)), bound=self._grown(sent))

    def _held(self, sent: Sent) -> Iterator[Bucket]:
        yield Bucket(sent.line_bps, FRAME_BITS)
        if len({len(queues) for queues in sent.before}) == 1:
            for queues in zip(*sent.before, strict=True):
                yield added(self._queues.through(queue) for queue in set(queues))
        if sent.metered is not None:
            yield sent.metered

    def _grown(self, sent: Sent) -> Bucket | None:
        bound = sent.due
        if bound.rate_bps is None:
            return None
        longest = Fraction(0)
        for queues in sent.before:
            waited = Fraction(0)
            for queue in queues:
                delay = self.delay_s(queue)
                if delay is None:
                    return None
                waited += delay
            longest = max(longest, waited)
        return Bucket(bound.rate_bps, bound.burst_bits + math.ceil(bound.rate_bps * longest))


def silent(others: Iterable[Other]) -> tuple[Other, ...]:
    """The same, those who are bound to nothing taken to send next to nothing: they are relied on for that."""
    return tuple(o if o.bound is not None else replace(o, bound=Bucket(0, MOST_AT_ONCE_BITS)) for o in others)


def added(buckets: Iterable[Bucket]) -> Bucket:
    """Several together."""
    found = tuple(buckets)
    return Bucket(sum(b.rate_bps for b in found), sum(b.burst_bits for b in found))
