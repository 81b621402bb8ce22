"""Ethernet interfaces, olt-v-enets and the queues and schedulers under them (TR-383, TR-385), to XML and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from intents.model import pon
from southbound.netconf.standard.codec import (
    Codec,
    Entry,
    NotRepresentable,
    hardware_of,
    interface,
    interface_name,
    need,
    port_layer,
    usage,
    usage_of,
    whole,
)
from southbound.netconf.standard.names import SCHED, SHAP, TM, VANI
from southbound.netconf.standard.xml import child, children, element, optional, text


def queue(ns: str, q: pon.Queue) -> Entry:
    """A queue in the namespace of the tm-root that it is under."""
    return element(
        ns,
        "queue",
        element(ns, "local-queue-id", text=q.queue_id),
        element(ns, "bac-name", text=q.bac),
        element(ns, "priority", text=q.priority),
        element(ns, "weight", text=q.weight),
        optional(SHAP if ns != SCHED else SCHED, "shaper-name", q.shaper),
    )


def queues_of(root: Entry | None, ns: str) -> tuple[pon.Queue, ...]:
    """The queues directly under a root or scheduler, by queue id."""
    found = [
        pon.Queue(
            queue_id=whole(q, ns, "local-queue-id"),
            bac=need(q, ns, "bac-name"),
            priority=whole(q, ns, "priority"),
            weight=whole(q, ns, "weight"),
            shaper=text(q, SHAP if ns != SCHED else SCHED, "shaper-name"),
        )
        for q in children(root, ns, "queue")
    ]
    return tuple(sorted(found, key=lambda q: q.queue_id))


def _scheduler(s: pon.Scheduler) -> Entry:
    if s.queues:
        below = [element(SCHED, "contains-queues", text=True), *(queue(SCHED, q) for q in s.queues)]
    else:
        below = list(_children(s.children))
    return element(
        SCHED,
        "scheduler-node",
        element(SCHED, "name", text=s.name),
        element(SCHED, "scheduling-level", text=s.level),
        optional(SCHED, "shaper-name", s.shaper),
        *below,
    )


def _children(listed: Iterable[pon.SchedulerChild]) -> Iterable[Entry]:
    return [
        element(
            SCHED,
            "child-scheduler-nodes",
            element(SCHED, "name", text=c.name),
            element(SCHED, "priority", text=c.priority),
            element(SCHED, "weight", text=c.weight),
        )
        for c in listed
    ]


def _children_of(parent: Entry) -> tuple[pon.SchedulerChild, ...]:
    found = [
        pon.SchedulerChild(
            name=need(c, SCHED, "name"), priority=whole(c, SCHED, "priority"), weight=whole(c, SCHED, "weight")
        )
        for c in children(parent, SCHED, "child-scheduler-nodes")
    ]
    return tuple(sorted(found, key=lambda c: c.name))


def _scheduler_of(entry: Entry) -> pon.Scheduler:
    return pon.Scheduler(
        name=need(entry, SCHED, "name"),
        level=whole(entry, SCHED, "scheduling-level"),
        children=_children_of(entry),
        queues=queues_of(entry, SCHED),
        shaper=text(entry, SCHED, "shaper-name"),
    )


def _tm_root(tm: pon.TmRoot | None) -> Entry | None:
    if tm is None:
        return None
    return element(
        TM,
        "tm-root",
        *(queue(TM, q) for q in tm.queues),
        *(_scheduler(s) for s in tm.schedulers),
        *_children(tm.top),
        optional(TM, "tc-id-2-queue-id-mapping-profile-name", tm.tc_map),
        optional(SHAP, "shaper-name", tm.shaper),
    )


def _tm_root_of(entry: Entry) -> pon.TmRoot | None:
    root = child(entry, TM, "tm-root")
    if root is None:
        return None
    schedulers = [_scheduler_of(s) for s in children(root, SCHED, "scheduler-node")]
    return pon.TmRoot(
        queues=queues_of(root, TM),
        tc_map=text(root, TM, "tc-id-2-queue-id-mapping-profile-name"),
        shaper=text(root, SHAP, "shaper-name"),
        schedulers=tuple(sorted(schedulers, key=lambda s: s.name)),
        top=_children_of(root),
    )


def _ethernet(o: pon.EthernetInterface) -> Entry:
    return interface(o.name, "ianaift:ethernetCsmacd", usage(o.usage), port_layer(o.hardware), _tm_root(o.tm))


def _ethernet_of(entry: Entry) -> pon.EthernetInterface:
    found = usage_of(entry)
    if found is None:
        raise NotRepresentable("interface-usage")
    return pon.EthernetInterface(
        name=interface_name(entry), usage=found, hardware=hardware_of(entry), tm=_tm_root_of(entry)
    )


def _olt_v_enet(o: pon.OltVEnet) -> Entry:
    body = element(VANI, "olt-v-enet", element(VANI, "lower-layer-interface", text=o.v_ani))
    return interface(o.name, "bbf-xponift:olt-v-enet", body, usage("user-port"), _tm_root(o.tm))


def _olt_v_enet_of(entry: Entry) -> pon.OltVEnet:
    v_ani = need(child(entry, VANI, "olt-v-enet"), VANI, "lower-layer-interface")
    return pon.OltVEnet(name=interface_name(entry), v_ani=v_ani, tm=_tm_root_of(entry))


CODECS: Final = {
    "ethernet": Codec(_ethernet, _ethernet_of, "ethernetCsmacd"),
    "olt-v-enet": Codec(_olt_v_enet, _olt_v_enet_of, "olt-v-enet"),
}
