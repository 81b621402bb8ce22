"""A bound on delay and rate that is never better than the exact one and costs little, since every change asks for many.

Everybody is reckoned with at what he is bound to, the sender's other streams among the others; a downstream queue at
its weight among all of its priority on the PON. Whatever it says is in time is in time; where it cannot say, or says
no, the exact bound decides (latency.py). Times in nanoseconds, rounded up.
"""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from typing import Final, NamedTuple

from intents.calculus.schedulers import FRAME_BITS
from intents.calculus.senders import MOST_AT_ONCE_BITS, Sent
from intents.compile.demand import Stream
from intents.compile.load import Uni
from intents.compile.planned import Down, Planned, Up
from intents.compile.pon_loads import PonLoads

NS: Final = 10**9
_BITS: Final = 10  # a thousandth


class Quick(NamedTuple):
    """Of a way: a rate, bit/s, that is left at least, and a time by which the first frame is through at most."""

    rate_bps: int
    delay_ns: int


class _Served(NamedTuple):
    rate_bps: int
    latency_ns: int


class Part(NamedTuple):
    """Of a queue, with the line behind it: what it is served, what all take together, how long anything waits."""

    rate_bps: int
    delay_ns: int
    taken_bps: int

    def is_no_worse(self, before: Part) -> bool:
        """Whether everything that was in time by it still is."""
        left, was = self.rate_bps - self.taken_bps, before.rate_bps - before.taken_bps
        return left >= was and self.delay_ns <= before.delay_ns


class QuickBounds:
    """Quick bounds of planned queues; kept as `Planned` keeps what it knows."""

    def __init__(self, planned: Planned, pons: PonLoads) -> None:
        self._planned, self._pons = planned, pons
        self._lines: dict[tuple[type, Uni], int | None] = {}
        self._turn = 0
        self._now: dict[Hashable, Part | None] = {}  # as long as nothing is touched
        self._known: dict[Hashable, tuple[object, Part | None]] = {}  # with what each was made of

    def way(self, stream: Stream) -> Quick | None:
        """Of a stream; None: it cannot be told quickly."""
        rate, delay = None, 0
        for queue in self._planned.queues(stream):
            part = self.part(queue)
            if part is None:
                return None
            sent = self._planned.senders(queue)[stream.source.name]
            left = part.rate_bps - part.taken_bps + (stream.promised_bps if sent.due.rate_bps is not None else 0)
            rate = left if rate is None else min(rate, left)
            delay += part.delay_ns
            if len(sent.terms) == 1:  # nothing but this stream: it does not wait for itself
                delay -= sent.due.burst_bits * NS // part.rate_bps
        if rate is None or rate <= 0:
            return None
        return Quick(rate, delay + -(-FRAME_BITS * NS // rate))

    def part(self, queue: Hashable) -> Part | None:
        """Of a queue; None: it cannot be told quickly."""
        if self._turn != self._planned.turn:
            self._turn = self._planned.turn
            self._now.clear()
        if queue not in self._now:
            self._now[queue] = self._again(queue)
        return self._now[queue]

    def _again(self, queue: Hashable) -> Part | None:
        """As before, where nothing that it is made of is another than before."""
        planned, served = self._planned, self._served(queue)
        before = [(self.part(b), planned.through(b).rate_bps) for b in planned.before(queue)]
        made_of = (served, planned.sent_turn(queue), before)
        known = self._known.get(queue)
        if known is None or known[0] != made_of:
            known = self._known[queue] = (made_of, self._make(queue, served))
        return known[1]

    def _make(self, queue: Hashable, served: _Served | None) -> Part | None:
        after_ns = self._line_ns(queue)
        if after_ns is None:
            return None
        if served is None:
            return None
        taken, burst = 0, FRAME_BITS
        for sent in self._planned.senders(queue).values():
            due = sent.due
            if due.rate_bps is None:
                burst += MOST_AT_ONCE_BITS
                continue
            waited = self._waited(sent) if any(sent.before) else 0
            if waited is None or not self._is_held_to_more(sent, due.rate_bps):
                return None
            taken += due.rate_bps
            burst += due.burst_bits + -(-due.rate_bps * waited // NS)
        return Part(served.rate_bps, served.latency_ns + -(-burst * NS // served.rate_bps) + after_ns, taken)

    def _line_ns(self, queue: Hashable) -> int | None:
        """What the line behind a queue takes, which no intent changes; None: it has no bound."""
        if not isinstance(queue, Up | Down):
            return 0
        key = (type(queue), queue.uni)
        if key not in self._lines:
            hop = self._planned.uplink(queue.uni) if isinstance(queue, Up) else self._planned.uni(queue.uni)
            line = hop.served
            self._lines[key] = None if line is None else _ns(line.latency_s) + -(-FRAME_BITS * NS // line.rate_bps)
        return self._lines[key]

    def _served(self, queue: Hashable) -> _Served | None:
        """Rounded, so that a small change elsewhere leaves what is made of it as it is."""
        served = self._pons.least(queue.uni, queue.priority) if isinstance(queue, Down) else self._planned.served(queue)
        return None if served is None else _Served(_less(int(served.rate_bps)), _more(_ns(served.latency_s)))

    def _is_held_to_more(self, sent: Sent, bps: int) -> bool:
        """Whether devices let through of a sender at least what he is bound to, so that this is the least of him."""
        if sent.line_bps < bps or (sent.metered is not None and sent.metered.rate_bps < bps):
            return False
        return all(self._planned.through(queue).rate_bps >= bps for queues in sent.before for queue in queues)

    def _waited(self, sent: Sent) -> int | None:
        """The longest that he has waited in queues before."""
        longest = 0
        for queues in sent.before:
            parts = [self.part(queue) for queue in queues]
            if None in parts:
                return None
            longest = max(longest, sum(p.delay_ns for p in parts if p is not None))
        return longest


def _less(number: int) -> int:
    """Rounded down to the bits that count."""
    rest = max(number.bit_length() - _BITS, 0)
    return number >> rest << rest


def _more(number: int) -> int:
    """Rounded up to the bits that count."""
    rest = max(number.bit_length() - _BITS, 0)
    return -(-number >> rest << rest)


def _ns(seconds: Fraction) -> int:
    return -int(-seconds * NS // 1)
