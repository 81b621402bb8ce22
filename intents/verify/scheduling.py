"""Schedulers as read back: who goes first, and what a queue is served when everybody else sends all he can.

What a scheduler serves a queue, from numbers, is in intents/calculus/schedulers.py: linux-htb of a switch port, the DBA
of a PON upstream, strict priority with weights downstream. Here it is read which queues there are and what their
numbers are. A queue under schedulers of its own is not followed: it gets nothing, and goes before all others.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import FRAME_BITS, Grant, HtbQueue, PonQueue, Served, downstream, htb, t_cont
from intents.model.campus import PON_CAPACITY_BPS
from intents.model.pon import Queue, TrafficDescriptorProfile
from intents.verify.network import Network
from intents.verify.pon_config import queues_of
from intents.verify.pon_eval import PonModel
from intents.verify.steps import QueueUse

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
        priority = _BEFORE_ALL if self.nested else self.queue.priority
        return PonQueue(priority=priority, weight=self.queue.weight, most_bps=self.most_bps, burst_bits=self.burst_bits)


class Scheduling:
    """Answers about the schedulers of a network; kept, since many ways go by the same queue."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._known: dict[QueueUse, Served | None] = {}
        self._on_pon: dict[tuple[str, str], list[_Rival]] = {}

    def name(self, use: QueueUse) -> str:
        """A queue, for people."""
        return f"{use.text} on {use.scheduler[0]}"

    def outranked(self, use: QueueUse, class_priority: int) -> str | None:
        """A queue of a lower class that goes before this one at the same scheduler, for people; None if none does."""
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
        mine = next(r for r in self._rivals(pon, use.scheduler[1]) if _is(r, use))
        if mine.nested:
            return "any other queue, since its own hangs under schedulers that are not followed,"
        for rival in self._rivals(pon, use.scheduler[1]):
            ahead = rival.nested or rival.queue.priority > mine.queue.priority
            if rival.queue.queue_id < class_priority and ahead:
                return f"queue {rival.queue.queue_id} of {rival.venet}"
        return None

    def _outranked_tcont(self, pon: PonModel, use: QueueUse, class_priority: int) -> str | None:
        config = pon.config
        own = config.profiles[config.tconts[use.owner].profile or ""].priority
        for gem in config.gems.values():
            tcont = config.tconts.get(gem.tcont or "")
            if tcont is None or (gem.traffic_class or 0) >= class_priority or tcont.name == use.owner:
                continue
            v_ani, profile = config.v_anis.get(tcont.v_ani), config.profiles.get(tcont.profile or "")
            same_pon = v_ani is not None and v_ani.channel_pair == use.scheduler[1]
            if same_pon and profile is not None and profile.priority > own:
                return f"T-CONT {tcont.name}"
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
        return next(r.most_bps for r in self._rivals(pon, use.scheduler[1]) if _is(r, use))

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
        config = pon.config
        grants: dict[str, Grant] = {}
        for tcont in config.tconts.values():
            v_ani, profile = config.v_anis.get(tcont.v_ani), config.profiles.get(tcont.profile or "")
            if v_ani is not None and profile is not None and v_ani.channel_pair == use.scheduler[1]:
                grants[tcont.name] = _grant(profile)
        own = grants.pop(use.owner, None)
        return t_cont(self.capacity_bps(pon, use.scheduler[1])[1], own, [*grants.values()]) if own is not None else None

    def _downstream(self, pon: PonModel, use: QueueUse) -> Served | None:
        rivals = self._rivals(pon, use.scheduler[1])
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

    def _rivals(self, pon: PonModel, channel_pair: str) -> list[_Rival]:
        if (pon.name, channel_pair) not in self._on_pon:
            self._on_pon[pon.name, channel_pair] = self._queues_of(pon, channel_pair)
        return self._on_pon[pon.name, channel_pair]

    def _queues_of(self, pon: PonModel, channel_pair: str) -> list[_Rival]:
        config = pon.config
        found = []
        for venet in config.venets.values():
            v_ani = config.v_anis.get(venet.v_ani)
            if venet.tm is None or v_ani is None or v_ani.channel_pair != channel_pair:
                continue
            for queue in queues_of(venet.tm):
                bounds = [(self.uni_bps(pon, venet.name), FRAME_BITS)]
                for name in (queue.shaper, venet.tm.shaper):
                    shaper = config.shapers.get(name or "")
                    if shaper is not None:
                        bounds.append((shaper.pir_kbps * 1000, shaper.pbs_bytes * 8))
                most, burst = min(bounds, key=lambda b: (b[0], -b[1]))
                found.append(_Rival(venet.name, queue, most, burst, nested=queue not in venet.tm.queues))
        return found

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
