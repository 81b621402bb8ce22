"""Rules of the PON: identifiers, bandwidth, T-CONTs, GEM ports, queues."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from labs.olt.config import GemPort, OltConfig, TCont, TmRoot, VAni
from labs.olt.rules import LIMITS, Finding, Limits, gbit, gemtcont, interface

_Named = TypeVar("_Named", VAni, TCont, GemPort)


def v_anis(config: OltConfig) -> Iterator[Finding]:
    """A v-ani has a channel partition, an ONU-ID in range and its own, a serial number of its own."""
    for v in config.v_anis:
        body = interface(v.name, "/bbf-xponvani:v-ani")
        if v.channel_partition is None:
            yield _finding("data-missing", "partition-missing", f"v-ani '{v.name}' has no channel partition", body)
        limits = _limits(v)
        if v.onu_id is not None and limits is not None and not _within(v.onu_id, limits.onu_ids):
            message = f"v-ani '{v.name}': ONU-ID {v.onu_id} is not in {_range(limits.onu_ids)} of a {v.technology}"
            yield _finding("invalid-value", "onu-id-range", message, f"{body}/bbf-xponvani:onu-id")
    for v, first in _twice(config.v_anis, lambda v: None if v.serial is None else v.serial[:4] + v.serial[4:].upper()):
        message = f"v-ani '{v.name}': serial number {v.serial} is that of v-ani '{first.name}' already"
        path = interface(v.name, "/bbf-xponvani:v-ani/bbf-xponvani:expected-serial-number")
        yield _finding("operation-failed", "data-not-unique", message, path)
    for v, first in _twice(config.v_anis, lambda v: None if v.onu_id is None else (_pon(v), v.onu_id)):
        message = f"v-ani '{v.name}': ONU-ID {v.onu_id} is that of v-ani '{first.name}' on the same PON"
        path = interface(v.name, "/bbf-xponvani:v-ani/bbf-xponvani:onu-id")
        yield _finding("operation-failed", "data-not-unique", message, path)


def tconts(config: OltConfig) -> Iterator[Finding]:
    """A T-CONT has a v-ani, a profile, and an Alloc-ID in range that no other on its PON has."""
    by_name = {v.name: v for v in config.v_anis}
    for t in config.tconts:
        v = by_name.get(t.v_ani or "")
        if t.descriptor is None:
            message = f"T-CONT '{t.name}' has no traffic descriptor profile"
            yield _finding("data-missing", "profile-missing", message, gemtcont("tcont", t.name))
        if v is None and t.v_ani not in {a.name for a in config.anis}:
            message = f"T-CONT '{t.name}' belongs to no v-ani"
            yield _finding("data-missing", "interface-missing", message, gemtcont("tcont", t.name))
        path = gemtcont("tcont", t.name, "alloc-id")
        limits = None if v is None else _limits(v)
        if t.alloc_id is None:
            message = f"T-CONT '{t.name}' has no Alloc-ID, and this OLT gives none out"
            yield _finding("data-missing", "alloc-id-missing", message, gemtcont("tcont", t.name))
        elif v is not None and limits is not None and not _within(t.alloc_id, limits.alloc_ids):
            message = (
                f"T-CONT '{t.name}': Alloc-ID {t.alloc_id} is not in {_range(limits.alloc_ids)} of a {v.technology}"
            )
            yield _finding("invalid-value", "alloc-id-range", message, path)
    mine = [t for t in config.tconts if t.v_ani in by_name]
    for t, first in _twice(mine, lambda t: None if t.alloc_id is None else (_pon(by_name[t.v_ani or ""]), t.alloc_id)):
        message = f"T-CONT '{t.name}': Alloc-ID {t.alloc_id} is that of T-CONT '{first.name}' on the same PON"
        yield _finding("operation-failed", "data-not-unique", message, gemtcont("tcont", t.name, "alloc-id"))


def bandwidth(config: OltConfig) -> Iterator[Finding]:
    """Fixed and assured bandwidth fit on the PON, each and together; best effort has something beyond them."""
    by_name = {v.name: v for v in config.v_anis}
    promised: dict[str, list[tuple[TCont, int]]] = {}
    capacity: dict[str, int] = {}
    for t in config.tconts:
        v, d = by_name.get(t.v_ani or ""), t.descriptor
        limits = None if v is None else _limits(v)
        if v is None or d is None or limits is None:
            continue
        sure = d.fixed_bps + d.assured_bps
        path = gemtcont("traffic-descriptor-profile", d.name)
        if sure > limits.capacity_bps:
            message = (
                f"traffic descriptor profile '{d.name}' of T-CONT '{t.name}': {gbit(sure)} fixed and assured are more "
                f"than the {gbit(limits.capacity_bps)} of a {v.technology}"
            )
            yield _finding("operation-failed", "over-line-rate", message, f"{path}/bbf-xpongemtcont:assured-bandwidth")
        if d.eligibility == "best-effort-sharing" and d.maximum_bps <= sure:
            message = (
                f"traffic descriptor profile '{d.name}' of T-CONT '{t.name}' shares best effort, "
                "so its maximum must be above the sum of fixed and assured (G.9807.1 C.7.3.5)"
            )
            yield _finding("operation-failed", "no-best-effort", message, f"{path}/bbf-xpongemtcont:maximum-bandwidth")
        promised.setdefault(_pon(v), []).append((t, sure))
        capacity[_pon(v)] = limits.capacity_bps
    for pon, shares in sorted(promised.items()):
        total = 0
        for t, sure in shares:
            total += sure
            if total > capacity[pon] >= sure:
                message = (
                    f"T-CONT '{t.name}': with it {gbit(total)} are fixed and assured on PON {pon}, "
                    f"which carries {gbit(capacity[pon])}"
                )
                yield _finding("operation-failed", "pon-overbooked", message, gemtcont("tcont", t.name))
                break


def gemports(config: OltConfig) -> Iterator[Finding]:
    """A GEM port is on an olt-v-enet, in range and its own on its PON, and its T-CONT is of the same ONU."""
    v_anis_by_name = {v.name: v for v in config.v_anis}
    onu_of = {e.name: v_anis_by_name.get(e.v_ani) for e in config.olt_v_enets}
    tcont = {t.name: t for t in config.tconts}
    for g in config.gemports:
        path = gemtcont("gemport", g.name)
        v = onu_of.get(g.interface or "")
        if g.interface not in onu_of:
            message = f"GEM port '{g.name}' is on '{g.interface or ''}', which is not an olt-v-enet"
            yield _finding("operation-failed", "not-a-pon-interface", message, f"{path}/bbf-xpongemtcont:interface")
        limits = None if v is None else _limits(v)
        if g.gemport_id is None:
            yield _finding("data-missing", "gemport-id-missing", f"GEM port '{g.name}' has no number", path)
        elif v is not None and limits is not None and not _within(g.gemport_id, limits.gemport_ids):
            message = f"GEM port '{g.name}': {g.gemport_id} is not in {_range(limits.gemport_ids)} of a {v.technology}"
            yield _finding("invalid-value", "gemport-id-range", message, f"{path}/bbf-xpongemtcont:gemport-id")
        carrier = tcont.get(g.tcont or "")
        if v is not None and carrier is not None and carrier.v_ani != v.name:
            message = f"GEM port '{g.name}' is of v-ani '{v.name}', its T-CONT '{carrier.name}' of '{carrier.v_ani}'"
            yield _finding("operation-failed", "tcont-of-another-onu", message, f"{path}/bbf-xpongemtcont:tcont-ref")
    mine = [g for g in config.gemports if g.gemport_id is not None]
    for g, first in _twice(mine, lambda g: (_pon_of(onu_of.get(g.interface or "")), g.gemport_id)):
        message = f"GEM port '{g.name}': number {g.gemport_id} is that of GEM port '{first.name}' on the same PON"
        yield _finding("operation-failed", "data-not-unique", message, gemtcont("gemport", g.name, "gemport-id"))
    classed = [g for g in config.gemports if g.traffic_class is not None]
    for g, first in _twice(classed, lambda g: (g.interface, g.traffic_class)):
        message = f"GEM port '{g.name}': traffic class {g.traffic_class} has GEM port '{first.name}' on '{g.interface}'"
        yield _finding("operation-failed", "data-not-unique", message, gemtcont("gemport", g.name, "traffic-class"))


def queues(config: OltConfig) -> Iterator[Finding]:
    """The traffic class of each GEM port has a queue, downstream at its olt-v-enet and upstream in its T-CONT."""
    v_enet = {e.name: e for e in config.olt_v_enets}
    tcont = {t.name: t for t in config.tconts}
    for g in config.gemports:
        if g.traffic_class is None:
            continue
        path = gemtcont("gemport", g.name, "traffic-class")
        down = v_enet.get(g.interface or "")
        if down is not None and (missing := _absent(down.tm, g.traffic_class)):
            message = f"GEM port '{g.name}': traffic class {g.traffic_class} {missing} of olt-v-enet '{down.name}'"
            yield _finding("operation-failed", "queue-missing", message, path)
        up = tcont.get(g.tcont or "")
        if up is not None and (missing := _absent(up.tm, g.traffic_class)):
            message = f"GEM port '{g.name}': traffic class {g.traffic_class} {missing} of T-CONT '{up.name}'"
            yield _finding("operation-failed", "queue-missing", message, path)
    used = sorted({g.traffic_class for g in config.gemports if g.traffic_class is not None})
    for uplink in (e for e in config.ethernets if e.usage == "network-port"):
        for traffic_class in used:
            if missing := _absent(uplink.tm, traffic_class):
                message = f"uplink '{uplink.name}': traffic class {traffic_class} {missing}"
                path = interface(uplink.name, "/bbf-qos-tm:tm-root")
                yield _finding("operation-failed", "queue-missing", message, path)


def shapers(config: OltConfig) -> Iterator[Finding]:
    """What is promised to a traffic class of a UNI upstream (fixed + assured of its T-CONT) also gets through the
    shapers of its queue and of its port downstream: the service holds both ways, or its answers starve."""
    v_enet = {e.name: e for e in config.olt_v_enets}
    tcont = {t.name: t for t in config.tconts}
    for g in config.gemports:
        down, up = v_enet.get(g.interface or ""), tcont.get(g.tcont or "")
        if down is None or down.tm is None or up is None or up.descriptor is None or g.traffic_class is None:
            continue
        sure_kbps = (up.descriptor.fixed_bps + up.descriptor.assured_bps) / 1000
        queue_id = down.tm.queue_of(g.traffic_class)
        queue = next((q for q in down.tm.queues if q.queue_id == queue_id), None)
        for what, shaper, pir in (
            (f"queue {queue_id}", None if queue is None else queue.shaper, None if queue is None else queue.pir_kbps),
            ("port", down.tm.shaper, down.tm.pir_kbps),
        ):
            if pir is not None and pir < sure_kbps:
                message = (
                    f"olt-v-enet '{down.name}': shaper '{shaper}' of its {what} lets {gbit(pir * 1000)} through, below "
                    f"the {gbit(round(sure_kbps * 1000))} that T-CONT '{up.name}' promises class {g.traffic_class}"
                )
                path = interface(down.name, "/bbf-qos-tm:tm-root")
                yield _finding("operation-failed", "shaper-below-assured", message, path)


def schedulers(config: OltConfig) -> Iterator[Finding]:
    """This OLT's hardware has one level of queues: schedulers between are understood, and refused."""
    roots = [(e.name, e.tm) for e in config.ethernets] + [(v.name, v.tm) for v in config.olt_v_enets]
    for name, tm in roots:
        if tm is not None and tm.hierarchical:
            message = f"'{name}': this OLT has one level of queues and no schedulers under a tm-root"
            path = interface(name, "/bbf-qos-tm:tm-root")
            yield _finding("operation-not-supported", "one-level-of-queues", message, path)


PON_RULES: Final = (v_anis, tconts, bandwidth, gemports, queues, shapers, schedulers)


def _absent(tm: TmRoot | None, traffic_class: int) -> str | None:
    """Why a traffic class has no queue; None where it has one, or where there are no queues to choose from."""
    if tm is None or not tm.queues:
        return None
    queue_id = tm.queue_of(traffic_class)
    if queue_id is None:
        return f"is not in the map '{tm.tc_map}'"
    if queue_id not in {queue.queue_id for queue in tm.queues}:
        return f"is mapped to queue {queue_id}, which is not among the queues"
    return None


def _limits(v: VAni) -> Limits | None:
    return LIMITS.get(v.technology)


def _pon(v: VAni) -> str:
    return v.termination or v.channel_pair or v.channel_partition or ""


def _pon_of(v: VAni | None) -> str:
    return "" if v is None else _pon(v)


def _within(number: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= number <= bounds[1]


def _range(bounds: tuple[int, int]) -> str:
    return f"{bounds[0]}..{bounds[1]}"


def _twice(items: Iterable[_Named], key: Callable[[_Named], object]) -> Iterator[tuple[_Named, _Named]]:
    """Each item whose key an earlier one has, with that one; key None: any number may have it."""
    seen: dict[object, _Named] = {}
    for item in items:
        identity = key(item)
        if identity is None:
            continue
        first = seen.setdefault(identity, item)
        if first is not item:
            yield item, first


def _finding(tag: str, app_tag: str, message: str, path: str) -> Finding:
    return Finding(tag=tag, app_tag=app_tag, message=message, path=path)
