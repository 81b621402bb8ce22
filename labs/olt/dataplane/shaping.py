"""Token buckets of a PON, down and up. Pure.

HTB serves a class's rate first, whatever its priority, and beyond it by priority and quantum up to the ceiling of the
class and of those above it. So: rate = what is promised, next to nothing where nothing is; priority and quantum as
configured; one inner class where several queues share a shaper or a T-CONT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from labs.net.htb import LEAST_BPS, ROOT, HtbClass, HtbTree
from labs.olt.config import Queue, TCont, TmRoot, TrafficDescriptor
from labs.olt.dataplane.labels import Labels
from labs.olt.dataplane.services import Services, Uni
from labs.olt.dataplane.wiring import Wiring
from labs.olt.hook import DataplaneError

# Payload after framing, FEC and DBA, bit/s down and up: G.9807.1 (135,432 of 155,520 bytes each 125 us); G.984.3.
CAPACITY_BPS: Final[Mapping[str, tuple[int, int]]] = {
    "xgs-pon": (8_667_648_000, 8_667_648_000),
    "gpon": (2_430_000_000, 1_238_784_000),
}
# Frames do not shrink with the scale: a queue holds at least so many of the longest.
LEAST_FRAMES: Final = 40
DEFAULT_QUEUE_BYTES: Final = 1_000_000
_LAST_PRIORITY: Final = 7
_MOST_QUANTA: Final = 64
_NO_QUEUE: Final = Queue(queue_id=0, priority=0, weight=1, pir_kbps=None, pbs_bytes=None, max_bytes=None, shaper=None)

Minors = Callable[[Sequence[str]], Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A queue: of `group`, which has `promised_bps` and `ceiling_bps` for all its queues together. rank: 0 first."""

    name: str
    group: str
    rank: int
    weight: int
    ceiling_bps: int
    limit_bytes: int
    alone: bool
    promised_bps: int = 0
    group_bps: int = 0
    vids: tuple[int, ...] = ()


def trees(
    services: Services, labels: Labels, wiring: Wiring, pon: str, minors: Callable[[str], Minors]
) -> tuple[HtbTree, HtbTree]:
    """(down, up) of a PON. minors: numbers of classes, for `down` and for `up`."""
    technology = dict(services.pons)[pon].technology
    if technology not in CAPACITY_BPS:
        raise DataplaneError(f"PON {pon}: its channel termination is of no technology that this lab knows")
    down, up = (capacity // wiring.scale for capacity in CAPACITY_BPS[technology])
    unis = [u for u in services.unis if u.pon == pon]
    scaler = _Scaler(wiring)
    below = [leaf for uni in unis for leaf in scaler.downstream(uni, labels.gems[pon], down)]
    above = [leaf for group in _by_tcont(unis, labels.gems[pon]) for leaf in scaler.upstream(*group, up)]
    return scaler.tree(down, below, minors("down")), scaler.tree(up, above, minors("up"))


def _by_tcont(unis: Sequence[Uni], gems: Mapping[str, int]) -> list[tuple[TCont, list[tuple[int, int]]]]:
    """Each T-CONT in use with the (traffic class, VID) of its GEM ports."""
    found: dict[str, tuple[TCont, list[tuple[int, int]]]] = {}
    for uni in unis:
        for gem in uni.gems:
            if gem.tcont is not None:
                found.setdefault(gem.tcont.name, (gem.tcont, []))[1].append((gem.traffic_class, gems[gem.name]))
    return [found[name] for name in sorted(found)]


@dataclass(frozen=True, slots=True)
class _Scaler:
    wiring: Wiring

    def _scaled(self, bps: int) -> int:
        return max(bps // self.wiring.scale, LEAST_BPS)

    def _limit(self, queue: Queue) -> int:
        held = DEFAULT_QUEUE_BYTES if queue.max_bytes is None else queue.max_bytes
        return max(held // self.wiring.scale, LEAST_FRAMES * self.wiring.frame_bytes)

    def _ceiling(self, kbps: int | None, most: int) -> int:
        return most if kbps is None else min(self._scaled(kbps * 1000), most)

    def downstream(self, uni: Uni, gems: Mapping[str, int], capacity: int) -> list[Leaf]:
        """The queues of a UNI at its olt-v-enet."""
        port = self._ceiling(None if uni.enet.tm is None else uni.enet.tm.pir_kbps, capacity)
        return [
            Leaf(
                name=f"{uni.enet.name}\n{queue.queue_id}",
                group=uni.enet.name,
                rank=_LAST_PRIORITY - queue.priority,
                weight=queue.weight,
                ceiling_bps=self._ceiling(queue.pir_kbps, port),
                limit_bytes=self._limit(queue),
                alone=False,
                group_bps=port,
                vids=vids,
            )
            for queue, vids in _queues(uni.enet.tm, [(g.traffic_class, gems[g.name]) for g in uni.gems])
        ]

    def upstream(self, tcont: TCont, gems: list[tuple[int, int]], capacity: int) -> list[Leaf]:
        """The queues of a T-CONT. With one queue the T-CONT's priority counts, with several the queues' do."""
        descriptor = tcont.descriptor
        if descriptor is None:
            return []  # no grant without a profile
        promised = descriptor.fixed_bps + descriptor.assured_bps
        most = promised if descriptor.eligibility == "none" else max(descriptor.maximum_bps, promised)
        queues = _queues(tcont.tm, gems)
        return [
            Leaf(
                name=f"{tcont.name}\n{queue.queue_id}",
                group=tcont.name,
                rank=_rank(descriptor) if len(queues) == 1 else _LAST_PRIORITY - queue.priority,
                weight=descriptor.weight if len(queues) == 1 else queue.weight,
                ceiling_bps=min(self._scaled(most), capacity),
                limit_bytes=self._limit(queue),
                alone=len(queues) == 1,
                promised_bps=min(self._scaled(promised), capacity),
                group_bps=min(self._scaled(most), capacity),
                vids=vids,
            )
            for queue, vids in queues
        ]

    def tree(self, capacity: int, leaves: Sequence[Leaf], minors: Minors) -> HtbTree:
        """An HTB of queues, those that are not alone below a class for their group."""
        groups = sorted({leaf.group for leaf in leaves if not leaf.alone})
        numbers = minors([leaf.name for leaf in leaves] + groups)
        lightest = {r: min(f.weight for f in leaves if f.rank == r) or 1 for r in {f.rank for f in leaves}}
        classes = []
        for group in groups:
            first = next(leaf for leaf in leaves if leaf.group == group)
            classes.append(
                HtbClass(
                    minor=numbers[group],
                    parent=ROOT,
                    rate_bps=first.promised_bps,
                    ceil_bps=first.group_bps,
                    quantum_bytes=self.wiring.frame_bytes,
                )
            )
        for leaf in leaves:
            share = min(max(leaf.weight, 1) / lightest[leaf.rank], _MOST_QUANTA)
            classes.append(
                HtbClass(
                    minor=numbers[leaf.name],
                    parent=ROOT if leaf.alone else numbers[leaf.group],
                    rate_bps=leaf.promised_bps if leaf.alone else 0,
                    ceil_bps=leaf.ceiling_bps,
                    priority=leaf.rank,
                    quantum_bytes=int(self.wiring.frame_bytes * share),
                    limit_bytes=leaf.limit_bytes,
                )
            )
        rules = sorted((vid, numbers[leaf.name]) for leaf in leaves for vid in leaf.vids)
        return HtbTree(
            capacity_bps=capacity, frame_bytes=self.wiring.frame_bytes, classes=tuple(classes), rules=tuple(rules)
        )


def _queues(tm: TmRoot | None, gems: Sequence[tuple[int, int]]) -> list[tuple[Queue, tuple[int, ...]]]:
    """Each queue that a GEM port leads to, with their VIDs. Without queues configured there is one, served last."""
    by_id = {q.queue_id: q for q in tm.queues} if tm is not None and tm.queues else None
    found: dict[int, tuple[Queue, list[int]]] = {}
    for traffic_class, vid in gems:
        queue = _NO_QUEUE
        if by_id is not None and tm is not None:
            number = tm.queue_of(traffic_class)
            if number is None or number not in by_id:
                continue
            queue = by_id[number]
        found.setdefault(queue.queue_id, (queue, []))[1].append(vid)
    return [(queue, tuple(sorted(vids))) for _, (queue, vids) in sorted(found.items())]


def _rank(descriptor: TrafficDescriptor) -> int:
    """When a T-CONT gets of what is left over. Priority 8 goes first; non-assured sharing before best effort."""
    if descriptor.eligibility == "non-assured-sharing":
        return 0
    return min(max(8 - descriptor.priority, 0), _LAST_PRIORITY)
