"""Schedulers as read back: who goes first, and what a queue is served when everybody else sends all he can.

What a scheduler serves a queue, from numbers, is in intents/calculus/schedulers.py: linux-htb of a switch port, the DBA
of a PON upstream, strict priority with weights downstream. Here it is read which queues there are and what their
numbers are. A downstream queue under schedulers of its own is not followed: it is served nothing, and goes before all
others.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import FRAME_BITS, Grant, HtbQueue, PonQueue, Served, downstream, htb, t_cont
from intents.model.campus import PON_CAPACITY_BPS
from intents.model.pon import Queue, TrafficDescriptorProfile
from intents.verify.network.network import Network
from intents.verify.packets.steps import QueueUse
from intents.verify.pon.config import queues_of
from intents.verify.pon.evaluate import PonModel

_BEFORE_BEST_EFFORT: Final = 9  # priorities of profiles end at 8
_BEFORE_ALL: Final = 256  # priorities of queues end at 255


class _Rival(NamedTuple):
    """A downstream queue of a PON. most_bps, burst_bits: what its shapers and its UNI let through.

    nested: it hangs under schedulers; which goes before which there is not followed, so that the worst is assumed.
    """

    venet: str
    queue: Queue
    most_bps: int
    burst_bits: int
    nested: bool

    def as_queue(self) -> PonQueue:
        """In numbers."""
        return PonQueue(
            priority=_BEFORE_ALL if self.nested else self.queue.priority,
            weight=self.queue.weight,
            most_bps=self.most_bps,
            burst_bits=self.burst_bits,
        )


class _Tcont(NamedTuple):
    """A T-CONT that a GEM port of a traffic class goes by, and its priority."""

    name: str
    traffic_class: int
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pon:
    """What shares one PON: downstream queues; T-CONTs, once for each GEM port; what each T-CONT is granted."""

    rivals: tuple[_Rival, ...]
    tconts: tuple[_Tcont, ...]
    grants: Mapping[str, Grant]


class Scheduling:
    """Answers about the schedulers of a network; kept, since many ways go by the same queue."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._known: dict[QueueUse, Served | None] = {}
        self._before: dict[tuple[QueueUse, int], str | None] = {}
        self._pons: dict[tuple[str, str], _Pon] = {}

    def name(self, use: QueueUse) -> str:
        """A queue, for people."""
        return f"{use.text} on {use.scheduler[0]}"

    def outranked(self, use: QueueUse, class_priority: int) -> str | None:
        """A queue of a lower class that goes before this one at the same scheduler, for people; None if none does."""
        key = (use, class_priority)
        if key not in self._before:
            self._before[key] = self._outranked(use, class_priority)
        return self._before[key]

    def _outranked(self, use: QueueUse, class_priority: int) -> str | None:
        if use.kind == "switch":
            model, port = self.network.switches[use.scheduler[0]], int(use.scheduler[1])
            own = model.queues[port, use.queue_id]
            for (at, number), queue in sorted(model.queues.items()):
                if at == port and number < class_priority and queue.priority < own.priority:
                    return f"queue {number} of port {port}"
            return None
        pon = self.network.pons[use.scheduler[0]]
        if use.kind == "tcont":
            return self._outranked_tcont(pon, use, class_priority)
        rivals = self._pon(pon, use.scheduler[1]).rivals
        mine = next(r for r in rivals if _is(r, use))
        if mine.nested:
            return "any other queue, since its own hangs under schedulers that are not followed,"
        for rival in rivals:
            ahead = rival.nested or rival.queue.priority > mine.queue.priority
            if rival.queue.queue_id < class_priority and ahead:
                return f"queue {rival.queue.queue_id} of {rival.venet}"
        return None

    def _outranked_tcont(self, pon: PonModel, use: QueueUse, class_priority: int) -> str | None:
        own = pon.config.profiles[pon.config.tconts[use.owner].profile or ""].priority
        for rival in self._pon(pon, use.scheduler[1]).tconts:
            if rival.traffic_class < class_priority and rival.name != use.owner and rival.priority > own:
                return f"T-CONT {rival.name}"
        return None

    def share_bps(self, use: QueueUse) -> int:
        """What the queue gets at worst, bit/s; 0 where it is not there."""
        found = self.served(use)
        return int(found.rate_bps) if found is not None else 0

    def served(self, use: QueueUse) -> Served | None:
        """What the queue is served at worst; None: nothing, or it is not there."""
        if use not in self._known:
            self._known[use] = self._serve(use) if use.exists else None
        return self._known[use]

    def _serve(self, use: QueueUse) -> Served | None:
        if use.kind == "switch":
            return self._switch(use)
        pon = self.network.pons[use.scheduler[0]]
        return self._t_cont(pon, use) if use.kind == "tcont" else self._downstream(pon, use)

    def most_bps(self, use: QueueUse) -> int:
        """The most that leaves a queue: its max-rate, its shapers, a T-CONT's maximum, the line."""
        if use.kind == "switch":
            device, port = use.scheduler[0], int(use.scheduler[1])
            rate = self.network.campus.switches[device].ports.get(port, 0)
            queue = self.network.switches[device].queues.get((port, use.queue_id))
            return min(queue.max_rate_bps or rate, rate) if queue is not None else rate
        pon = self.network.pons[use.scheduler[0]]
        if use.kind == "tcont":
            profile = pon.config.profiles.get(pon.config.tconts[use.owner].profile or "")
            return _grant(profile).most_bps if profile is not None else 0
        return next(r.most_bps for r in self._pon(pon, use.scheduler[1]).rivals if _is(r, use))

    def _switch(self, use: QueueUse) -> Served | None:
        device, port = use.scheduler[0], int(use.scheduler[1])
        rate = self.network.campus.switches[device].ports.get(port, 0)
        queues = {n: q for (at, n), q in self.network.switches[device].queues.items() if at == port}
        as_htb = {
            n: HtbQueue(least_bps=q.min_rate_bps, most_bps=q.max_rate_bps or rate, priority=q.priority)
            for n, q in queues.items()
        }
        return htb(rate, as_htb[use.queue_id], [q for n, q in as_htb.items() if n != use.queue_id])

    def _t_cont(self, pon: PonModel, use: QueueUse) -> Served | None:
        others = dict(self._pon(pon, use.scheduler[1]).grants)
        own = others.pop(use.owner, None)
        return t_cont(self.capacity_bps(pon, use.scheduler[1])[1], own, [*others.values()]) if own is not None else None

    def _downstream(self, pon: PonModel, use: QueueUse) -> Served | None:
        rivals = self._pon(pon, use.scheduler[1]).rivals
        mine = next(r for r in rivals if _is(r, use))
        if mine.nested:
            return None
        others = [r.as_queue() for r in rivals if not _is(r, use)]
        return downstream(self.capacity_bps(pon, use.scheduler[1])[0], mine.as_queue(), others)

    def into_uni(self, pon: PonModel, venet: str) -> tuple[Bucket, ...]:
        """What a UNI may be sent: what the shaper of its olt-v-enet lets by, or its queues one by one."""
        config = pon.config
        found = config.venets.get(venet)
        if found is None or found.tm is None:
            return (Bucket(PON_CAPACITY_BPS["xgs-pon"][0], FRAME_BITS),)
        for names in ((found.tm.shaper,), tuple(q.shaper for q in queues_of(found.tm))):
            shapers = [config.shapers.get(name or "") for name in names]
            if None not in shapers:
                return tuple(Bucket(s.pir_kbps * 1000, s.pbs_bytes * 8) for s in shapers if s is not None)
        return (Bucket(PON_CAPACITY_BPS["xgs-pon"][0], FRAME_BITS),)

    def _pon(self, pon: PonModel, channel_pair: str) -> _Pon:
        key = (pon.name, channel_pair)
        if key not in self._pons:
            self._pons[key] = self._summed_up(pon, channel_pair)
        return self._pons[key]

    def _summed_up(self, pon: PonModel, channel_pair: str) -> _Pon:
        config = pon.config
        ours = {v.name for v in config.v_anis.values() if v.channel_pair == channel_pair}
        profiles = {t.name: config.profiles.get(t.profile or "") for t in config.tconts.values() if t.v_ani in ours}
        gems = [(g, profiles.get(g.tcont or "")) for g in config.gems.values()]
        return _Pon(
            rivals=tuple(self._rivals(pon, ours)),
            tconts=tuple(_Tcont(g.tcont or "", g.traffic_class or 0, p.priority) for g, p in gems if p is not None),
            grants={name: _grant(profile) for name, profile in profiles.items() if profile is not None},
        )

    def _rivals(self, pon: PonModel, v_anis: Container[str]) -> Iterator[_Rival]:
        config = pon.config
        for venet in config.venets.values():
            if venet.tm is None or venet.v_ani not in v_anis:
                continue
            for queue in queues_of(venet.tm):
                bounds = [(self.uni_bps(pon, venet.name), FRAME_BITS)]
                for name in (queue.shaper, venet.tm.shaper):
                    shaper = config.shapers.get(name or "")
                    if shaper is not None:
                        bounds.append((shaper.pir_kbps * 1000, shaper.pbs_bytes * 8))
                most, burst = min(bounds, key=lambda b: (b[0], -b[1]))
                yield _Rival(venet.name, queue, most, burst, nested=queue not in venet.tm.queues)

    def uni_bps(self, pon: PonModel, venet: str) -> int:
        """The rate of the UNI behind an olt-v-enet; where it is not known, all of a PON."""
        where = pon.config.port_of(venet)
        onu = pon.onus.get(where[0]) if where is not None else None
        if where is None or onu is None or not where[1].isdigit():
            return PON_CAPACITY_BPS["xgs-pon"][0]
        return onu.ports.get(int(where[1]), PON_CAPACITY_BPS["xgs-pon"][0])

    def capacity_bps(self, pon: PonModel, channel_pair: str) -> tuple[int, int]:
        """Of a PON, down and up, by the type of its channel termination; nothing where it has none."""
        for termination in pon.config.terminations.values():
            if termination.channel_pair == channel_pair:
                return PON_CAPACITY_BPS["xgs-pon" if termination.type == "xgs" else "gpon"]
        return 0, 0


def _is(rival: _Rival, use: QueueUse) -> bool:
    return rival.venet == use.owner and rival.queue.queue_id == use.queue_id


def _grant(profile: TrafficDescriptorProfile) -> Grant:
    """A T-CONT's bandwidth. What is shared without being assured goes before what is best effort."""
    assured = profile.fixed_bps + profile.assured_bps
    shares = profile.eligibility != "none"
    return Grant(
        assured_bps=assured,
        most_bps=max(profile.maximum_bps, assured) if shares else assured,
        priority=_BEFORE_BEST_EFFORT if profile.eligibility == "non-assured-sharing" else profile.priority,
        shares=shares,
    )
