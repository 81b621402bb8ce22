"""Schedulers as read back: who goes first, and what a queue gets when everybody else sends all he can.

In words, for a queue q of a scheduler with rate C:
- switch port (linux-htb): min-rates come first, the rest by priority. q gets at worst the greater of its min-rate (its
  part of C, where the min-rates together exceed C) and what is left of C when queues that go before it or beside it
  take their max-rate and those behind it their min-rate; never more than its own max-rate.
- T-CONT (G.987.3, 8.4): fixed plus assured bandwidth, its part of the PON's capacity where those together exceed it.
- queue of an olt-v-enet: strict priority over the whole PON, so what is left when all queues before it take what their
  shapers and their UNI's let through, shared by weight with those beside it, whose shapers give back what they cannot
  take. A queue under schedulers of its own is not followed: it gets nothing, and goes before all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from intents.model.campus import PON_CAPACITY_BPS
from intents.model.pon import Queue
from intents.verify.network import Network
from intents.verify.pon_config import queues_of
from intents.verify.pon_eval import PonModel
from intents.verify.steps import QueueUse


class _Rival(NamedTuple):
    """A downstream queue of a PON. most_bps: what its shapers and its UNI let through.

    nested: it hangs under schedulers; which goes before which there is not followed, so that the worst is assumed.
    """

    venet: str
    queue: Queue
    most_bps: int
    nested: bool


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Answers about the schedulers of a network."""

    network: Network

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
        if not use.exists:
            return 0
        if use.kind == "switch":
            return self._switch_share(use)
        pon = self.network.pons[use.scheduler[0]]
        return self._tcont_share(pon, use) if use.kind == "tcont" else self._pon_share(pon, use)

    def _switch_share(self, use: QueueUse) -> int:
        device, port = use.scheduler[0], int(use.scheduler[1])
        rate = self.network.campus.switches[device].ports.get(port, 0)
        queues = {n: q for (at, n), q in self.network.switches[device].queues.items() if at == port}
        own = queues[use.queue_id]
        others = [q for n, q in queues.items() if n != use.queue_id]
        promised = sum(q.min_rate_bps for q in queues.values())
        floor = own.min_rate_bps if promised <= rate else own.min_rate_bps * rate // promised
        left = rate
        for q in others:
            left -= min(q.max_rate_bps or rate, rate) if q.priority <= own.priority else q.min_rate_bps
        return min(max(floor, left), own.max_rate_bps or rate, rate)

    def _tcont_share(self, pon: PonModel, use: QueueUse) -> int:
        config = pon.config
        promised = 0
        for tcont in config.tconts.values():
            v_ani, profile = config.v_anis.get(tcont.v_ani), config.profiles.get(tcont.profile or "")
            if v_ani is not None and profile is not None and v_ani.channel_pair == use.scheduler[1]:
                promised += profile.fixed_bps + profile.assured_bps
        own = config.profiles.get(config.tconts[use.owner].profile or "")
        if own is None:
            return 0
        mine, capacity = own.fixed_bps + own.assured_bps, self.capacity_bps(pon, use.scheduler[1])[1]
        return mine if promised <= capacity else mine * capacity // promised

    def _pon_share(self, pon: PonModel, use: QueueUse) -> int:
        rivals = self._rivals(pon, use.scheduler[1])
        mine = next(r for r in rivals if _is(r, use))
        if mine.nested:
            return 0
        others = [r for r in rivals if not _is(r, use)]
        left = self.capacity_bps(pon, use.scheduler[1])[0]
        left -= sum(r.most_bps for r in others if r.nested or r.queue.priority > mine.queue.priority)
        beside = [r for r in others if not r.nested and r.queue.priority == mine.queue.priority]
        return min(_by_weight(max(left, 0), mine.queue.weight, beside), mine.most_bps)

    def _rivals(self, pon: PonModel, channel_pair: str) -> list[_Rival]:
        config = pon.config
        found = []
        for venet in config.venets.values():
            v_ani = config.v_anis.get(venet.v_ani)
            if venet.tm is None or v_ani is None or v_ani.channel_pair != channel_pair:
                continue
            for queue in queues_of(venet.tm):
                bounds = [self._uni_bps(pon, venet.name)]
                for name in (queue.shaper, venet.tm.shaper):
                    shaper = config.shapers.get(name or "")
                    if shaper is not None:
                        bounds.append(shaper.pir_kbps * 1000)
                found.append(_Rival(venet.name, queue, min(bounds), nested=queue not in venet.tm.queues))
        return found

    def _uni_bps(self, pon: PonModel, venet: str) -> int:
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


def _by_weight(rate_bps: int, weight: int, beside: list[_Rival]) -> int:
    """The share of a queue when all those beside it want more than they get: generalised processor sharing."""
    waiting = list(beside)
    while True:
        total = weight + sum(r.queue.weight for r in waiting)
        sated = [r for r in waiting if r.most_bps * total < rate_bps * r.queue.weight]
        if not sated:
            return rate_bps * weight // total
        rate_bps -= sum(r.most_bps for r in sated)
        waiting = [r for r in waiting if r not in sated]
