"""What the UNIs of each PON are planned to have: T-CONTs upstream, queues downstream; and what those serve at worst.

Kept up to date UNI by UNI. Those that are alike are summed, since a scheduler treats many as it treats one that is as
large as all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import FRAME_BITS, Grant, PonQueue, Served, downstream, granted_at_once, t_cont
from intents.compile.context import Context
from intents.compile.load import Uni, UniLoad
from intents.compile.pon_profiles import descriptor, shaper, tcont_rates, weight
from intents.compile.pon_service import queue_cap_bps, rank
from intents.model.campus import PON_CAPACITY_BPS, PonId
from intents.model.pon import ShaperProfile

_Kind = TypeVar("_Kind", Grant, PonQueue)


class PonLoads:
    """touched: UNIs, and PONs on which something is another, since this was cleared."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._grants: dict[PonId, dict[Uni, Grant]] = {}
        self._queues: dict[PonId, dict[Uni, dict[int, PonQueue]]] = {}
        self._granted: dict[PonId, Counter[Grant]] = {}
        self._queued: dict[PonId, Counter[PonQueue]] = {}
        self.touched: set[PonId | Uni] = set()
        self._capped: dict[PonId, list[int]] = {}  # of the queues with a cap: rate and burst of all together
        self._weights: dict[PonId, int] = {}  # of the queues of the shared priority, all together
        self._served: dict[PonId, dict[Grant | PonQueue, Served | None]] = {}  # those that are alike are served alike

    def put(self, uni: Uni, load: UniLoad | None) -> None:
        """Let this be what a UNI carries; None: nothing."""
        pon = self._context.campus.onus[uni.onu].pon
        grants, queues = self._grants.setdefault(pon, {}), self._queues.setdefault(pon, {})
        granted, queued = self._granted.setdefault(pon, Counter()), self._queued.setdefault(pon, Counter())
        grant = self._grant(load) if load is not None else None
        here = self._queues_of(load) if load is not None else {}
        self.touched.add(uni)  # who sends there may be another, even where what it has is the same
        if grants.get(uni) == grant and queues.get(uni, {}) == here:
            return
        self.touched.add(pon)
        self._served.pop(pon, None)
        before = grants.pop(uni, None)
        gone = queues.pop(uni, {}).values()
        _take(granted, [before] if before is not None else [])
        _take(queued, gone)
        self._sum(pon, gone, -1)
        self._sum(pon, here.values(), 1)
        if grant is not None:
            grants[uni], queues[uni] = grant, here
            granted.update([grant])
            queued.update(here.values())

    def _sum(self, pon: PonId, queues: Iterable[PonQueue], sign: int) -> None:
        capped = self._capped.setdefault(pon, [0, 0])
        for queue in queues:
            if queue.priority > self._context.shared_rank:
                capped[0] += sign * queue.most_bps
                capped[1] += sign * queue.burst_bits
            elif queue.priority == self._context.shared_rank:
                self._weights[pon] = self._weights.get(pon, 0) + sign * queue.weight

    def least(self, uni: Uni, tc: int) -> Served | None:
        """Less than `downstream`, and quickly: a queue of the shared priority beside all others without a cap. None: it
        is none of these, or nothing is left."""
        pon = self._context.campus.onus[uni.onu].pon
        own = self._queues.get(pon, {}).get(uni, {}).get(tc)
        if own is None or own.priority != self._context.shared_rank:
            return None
        most, burst = self._capped.get(pon, (0, 0))
        left, weights = self._capacity(pon)[0] - most, self._weights[pon]
        share = min(left * own.weight // weights, own.most_bps)
        if share <= 0:
            return None
        return Served(share, Fraction(burst + FRAME_BITS * (1 + weights - own.weight), left))

    def t_cont(self, uni: Uni) -> Served | None:
        """What the T-CONT of a UNI is served at least."""
        pon = self._context.campus.onus[uni.onu].pon
        own = self._grants.get(pon, {}).get(uni)
        if own is None:
            return None
        return self._once(pon, own, lambda: self._t_cont(pon, own))

    def _t_cont(self, pon: PonId, own: Grant) -> Served | None:
        others = [
            replace(g, assured_bps=n * g.assured_bps, most_bps=n * max(g.most_bps, g.assured_bps))
            for g, n in _but(self._granted[pon], own)
        ]
        taken = self._context.held_numbers(pon.olt).assured_bps.get(pon.pon, 0)
        theirs = Grant(assured_bps=taken, most_bps=taken, priority=0)
        return t_cont(self._capacity(pon)[1], own, [*others, theirs])

    def _once(self, pon: PonId, own: Grant | PonQueue, serve: Callable[[], Served | None]) -> Served | None:
        known = self._served.setdefault(pon, {})
        if own not in known:
            known[own] = serve()
        return known[own]

    def through(self, uni: Uni) -> Bucket:
        """The most that leaves the T-CONT of a UNI."""
        own = self._grants.get(self._context.campus.onus[uni.onu].pon, {}).get(uni)
        return granted_at_once(own.most_bps if own is not None else 0)

    def downstream(self, uni: Uni, tc: int) -> Served | None:
        """What the queue of a traffic class of a UNI is served at least."""
        pon = self._context.campus.onus[uni.onu].pon
        own = self._queues.get(pon, {}).get(uni, {}).get(tc)
        if own is None:
            return None
        return self._once(pon, own, lambda: self._downstream(pon, own))

    def _downstream(self, pon: PonId, own: PonQueue) -> Served | None:
        others = [
            PonQueue(priority=q.priority, weight=n * q.weight, most_bps=n * q.most_bps, burst_bits=n * q.burst_bits)
            for q, n in _but(self._queued[pon], own)
        ]
        return downstream(self._capacity(pon)[0], own, others)

    def into_uni(self, uni: Uni) -> Bucket:
        """What the shaper of a UNI lets by."""
        return _through(shaper(self._context.campus.onus[uni.onu].ports[uni.number]))

    def _capacity(self, pon: PonId) -> tuple[int, int]:
        return PON_CAPACITY_BPS[self._context.campus.olts[pon.olt].pons[pon.pon]]

    def _grant(self, load: UniLoad) -> Grant:
        technology = self._context.campus.olts[load.pon.olt].pons[load.pon.pon]
        profile = descriptor(
            *tcont_rates(load.rate_bps, technology, load.send_bps, load.send_most_bps), load.mark.priority
        )
        return Grant(
            assured_bps=profile.fixed_bps + profile.assured_bps,
            most_bps=profile.maximum_bps,
            priority=profile.priority,
            shares=profile.eligibility != "none",
        )

    def _queues_of(self, load: UniLoad) -> dict[int, PonQueue]:
        found = {}
        for tc, arriving in load.receive.items():
            bounds = [_through(shaper(load.rate_bps)), Bucket(load.rate_bps, FRAME_BITS)]
            cap = queue_cap_bps(arriving, load.rate_bps)
            bounds += [_through(shaper(cap))] if cap is not None else []
            most = min(bounds, key=lambda b: (b.rate_bps, -b.burst_bits))
            found[tc] = PonQueue(
                priority=rank(self._context.shared_rank, arriving),
                weight=weight(arriving.promised_bps),
                most_bps=int(most.rate_bps),
                burst_bits=int(most.burst_bits),
            )
        return found


def _take(counted: Counter[_Kind], gone: Iterable[_Kind]) -> None:
    """So many less; of which there is none any more, nothing is kept."""
    for kind in gone:
        counted[kind] -= 1
        if not counted[kind]:
            del counted[kind]


def _but(counted: Counter[_Kind], own: _Kind) -> Iterator[tuple[_Kind, int]]:
    """How many there are of each kind, without one of one's own."""
    for kind, number in counted.items():
        left = number - (kind == own)
        if left > 0:
            yield kind, left


def _through(profile: ShaperProfile) -> Bucket:
    return Bucket(profile.pir_kbps * 1000, profile.pbs_bytes * 8)
