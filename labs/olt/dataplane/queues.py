"""T-CONTs and downstream queues as leaves of the fibre's HTB. Pure; rates divided by the lab's scale."""

from __future__ import annotations

from typing import Final

from labs.net.stretch import Leaf
from labs.olt.config import GemPort, TCont, TmRoot
from labs.olt.dataplane.flows import Site

# Payload capacity of a PON, bit/s (down, up).
CAPACITY_BPS: Final = {
    "xgs-pon": (8_667_648_000, 8_667_648_000),
    "gpon": (2_430_000_000, 1_238_784_000),
    "unknown": (1_238_784_000, 1_238_784_000),
}
_UNIT: Final = 3000  # quantum of weight 1: one frame
_MAX_QUANTUM: Final = 200_000
# What every queue gets so that none starves outright, bit/s before scaling.
_LEAST_BPS: Final = 20_000_000
_BEST_EFFORT: Final = 7


def capacity(site: Site, scale: int) -> tuple[int, int]:
    """(down, up) of the PON, scaled."""
    technology = next((t.technology for t in site.config.terminations if t.enabled), "unknown")
    down, up = CAPACITY_BPS[technology]
    return down // scale, up // scale


def upstream(site: Site, scale: int) -> list[Leaf]:
    """One leaf a GEM port with a T-CONT: fixed + assured is its rate, the maximum its ceiling, and what is beyond
    goes by eligibility, priority and weight."""
    tconts = {t.name: t for t in site.config.tconts}
    found = []
    for _, gem in sorted(site.gems.items()):
        tcont = tconts.get(gem.tcont or "")
        if tcont is not None and tcont.descriptor is not None:
            found.append(_tcont_leaf(gem, tcont, scale))
    return found


def _tcont_leaf(gem: GemPort, tcont: TCont, scale: int) -> Leaf:
    d = tcont.descriptor
    if d is None:  # pragma: no cover - the caller has looked
        raise ValueError(tcont.name)
    sure = d.fixed_bps + d.assured_bps
    ceil = sure if d.eligibility == "none" else d.maximum_bps
    return Leaf(
        vid=gem.gemport_id or 0,
        pcps=(0,),
        rate_bps=max(sure, min(_LEAST_BPS, ceil)) // scale,
        ceil_bps=ceil // scale,
        prio=min(d.priority - 1, _BEST_EFFORT),
        quantum=_quantum(d.weight),
    )


def downstream(site: Site, scale: int) -> list[Leaf]:
    """One leaf a GEM port: strict priority over the whole PON, weight among equals, shaped to queue and port."""
    tm = {v.name: v.tm for v in site.config.olt_v_enets}
    down, _ = CAPACITY_BPS[next((t.technology for t in site.config.terminations), "unknown")]
    found = []
    for (v_enet, traffic_class), gem in sorted(site.gems.items()):
        priority, weight, pir_bps = _scheduling(tm.get(v_enet), traffic_class, down)
        found.append(
            Leaf(
                vid=gem.gemport_id or 0,
                pcps=(0,),
                rate_bps=min(_LEAST_BPS, pir_bps) // scale,
                ceil_bps=pir_bps // scale,
                prio=7 - priority,
                quantum=_quantum(weight),
            )
        )
    return found


def _scheduling(tm: TmRoot | None, traffic_class: int, capacity_bps: int) -> tuple[int, int, int]:
    """(priority, weight, peak rate) of a traffic class's queue; without configuration, best effort."""
    if tm is None:
        return 0, 1, capacity_bps
    number = tm.queue_of(traffic_class)
    queue = next((q for q in tm.queues if q.queue_id == number), None)
    peaks = [k * 1000 for k in (tm.pir_kbps, queue.pir_kbps if queue else None) if k is not None]
    peak = min([capacity_bps, *peaks])
    return (queue.priority, queue.weight, peak) if queue else (0, 1, peak)


def _quantum(weight: int) -> int:
    return min(max(weight, 1) * _UNIT, _MAX_QUANTUM)
