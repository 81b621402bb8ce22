"""Neutral PON objects to the XML of their list entries. One function a kind; `render` picks it.

Over 400 lines: one short function a kind of object, in the order of parse, so that the two can be read side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lxml import etree

from intents.model import pon
from southbound.netconf.standard import render_vlan
from southbound.netconf.standard.names import (
    ANI,
    BBF_HW,
    CLS,
    FILTER,
    GEM,
    GEM_QOS,
    HW,
    IF,
    L2,
    LINK,
    POLICE,
    QOS_POL,
    SHAP,
    TM,
    USAGE,
    VANI,
    XPON,
)
from southbound.netconf.standard.xml import element, optional

_HARDWARE_CLASS: Final = {
    "chassis": "ianahw:chassis",
    "port": "ianahw:port",
    "transceiver-link": "bbf-hwt-xpon:transceiver-link-xgs",
    "uni": "bbf-hwt:rj45",
}
_PON_ID: Final = {"xgs": "xgs-pon-id", "gpon": "gpon-pon-id"}


def render(item: pon.PonObject) -> etree._Element:
    """The list entry of an object."""
    return _RENDER[item.kind](item)


def interface(name: str, kind: str, *parts: etree._Element | None) -> etree._Element:
    """An interface entry of a type, enabled."""
    return element(
        IF,
        "interface",
        element(IF, "name", text=name),
        element(IF, "type", text=kind),
        element(IF, "enabled", text=True),
        *parts,
    )


def _port_layer(hardware: str) -> etree._Element:
    return element(BBF_HW, "hardware-component", element(BBF_HW, "port-layer-if", text=hardware))


def usage(value: pon.Usage | None) -> etree._Element | None:
    """bbf-interface-usage."""
    return None if value is None else element(USAGE, "interface-usage", element(USAGE, "interface-usage", text=value))


def _hardware(o: pon.HardwareComponent) -> etree._Element:
    return element(
        HW,
        "component",
        element(HW, "name", text=o.name),
        element(HW, "class", text=_HARDWARE_CLASS[o.cls]),
        optional(HW, "parent", o.parent),
        optional(HW, "parent-rel-pos", o.rel_pos),
    )


def _channel_group(o: pon.ChannelGroup) -> etree._Element:
    body = element(XPON, "channel-group", element(XPON, "polling-period", text=o.polling_period_ds))
    return interface(o.name, "bbf-xponift:channel-group", body)


def _channel_partition(o: pon.ChannelPartition) -> etree._Element:
    body = element(
        XPON,
        "channel-partition",
        element(XPON, "channel-group-ref", text=o.channel_group),
        element(XPON, "channel-partition-index", text=o.index),
        element(XPON, "downstream-fec", text=True),
        element(XPON, "closest-onu-distance", text=o.closest_onu_km),
        element(XPON, "maximum-differential-xpon-distance", text=o.max_differential_km),
        element(XPON, "authentication-method", text="serial-number"),
    )
    return interface(o.name, "bbf-xponift:channel-partition", body)


def _channel_pair(o: pon.ChannelPair) -> etree._Element:
    body = element(
        XPON,
        "channel-pair",
        element(XPON, "channel-group-ref", text=o.channel_group),
        element(XPON, "channel-partition-ref", text=o.channel_partition),
        element(XPON, "channel-pair-type", text=f"bbf-xpon-types:{o.type}"),
    )
    return interface(o.name, "bbf-xponift:channel-pair", body)


def _channel_termination(o: pon.ChannelTermination) -> etree._Element:
    body = element(
        XPON,
        "channel-termination",
        element(XPON, "channel-pair-ref", text=o.channel_pair),
        element(XPON, "channel-termination-type", text=f"bbf-xpon-types:{o.type}"),
        element(XPON, _PON_ID[o.type], text=o.pon_id),
        element(XPON, "location", text="bbf-xpon-types:inside-olt"),
    )
    return interface(o.name, "bbf-xponift:channel-termination", body, _port_layer(o.hardware))


def _v_ani(o: pon.VAni) -> etree._Element:
    body = element(
        VANI,
        "v-ani",
        element(VANI, "onu-id", text=o.onu_id),
        element(VANI, "channel-partition", text=o.channel_partition),
        element(VANI, "expected-serial-number", text=o.serial),
        element(VANI, "preferred-channel-pair", text=o.channel_pair),
        element(VANI, "upstream-fec", text=o.upstream_fec),
    )
    return interface(o.name, "bbf-xponift:v-ani", body)


def _ani(o: pon.Ani) -> etree._Element:
    body = element(ANI, "ani", element(ANI, "upstream-fec", text=o.upstream_fec))
    return interface(o.name, "bbf-xponift:ani", _port_layer(o.hardware), body)


def _tm_root(tm: pon.TmRoot | None) -> etree._Element | None:
    if tm is None:
        return None
    return element(
        TM,
        "tm-root",
        *(_queue(TM, q) for q in tm.queues),
        optional(TM, "tc-id-2-queue-id-mapping-profile-name", tm.tc_map),
        optional(SHAP, "shaper-name", tm.shaper),
    )


def _queue(ns: str, q: pon.Queue) -> etree._Element:
    return element(
        ns,
        "queue",
        element(ns, "local-queue-id", text=q.queue_id),
        element(ns, "bac-name", text=q.bac),
        element(ns, "priority", text=q.priority),
        element(ns, "weight", text=q.weight),
        optional(SHAP, "shaper-name", q.shaper),
    )


def _ethernet(o: pon.EthernetInterface) -> etree._Element:
    return interface(o.name, "ianaift:ethernetCsmacd", usage(o.usage), _port_layer(o.hardware), _tm_root(o.tm))


def _olt_v_enet(o: pon.OltVEnet) -> etree._Element:
    body = element(VANI, "olt-v-enet", element(VANI, "lower-layer-interface", text=o.v_ani))
    return interface(o.name, "bbf-xponift:olt-v-enet", body, usage("user-port"), _tm_root(o.tm))


def _traffic_descriptor(o: pon.TrafficDescriptorProfile) -> etree._Element:
    leaves: dict[str, str | int] = {
        "name": o.name,
        "fixed-bandwidth": o.fixed_bps,
        "assured-bandwidth": o.assured_bps,
        "maximum-bandwidth": o.maximum_bps,
        "priority": o.priority,
        "weight": o.weight,
        "additional-bw-eligibility-indicator": o.eligibility,
    }
    return element(GEM, "traffic-descriptor-profile", *(element(GEM, k, text=v) for k, v in leaves.items()))


def _tcont(o: pon.TCont) -> etree._Element:
    tm = None
    if o.queues or o.tc_map:
        tm = element(
            GEM_QOS,
            "tm-root",
            *(_queue(GEM_QOS, q) for q in o.queues),
            optional(GEM_QOS, "tc-id-2-queue-id-mapping-profile-name", o.tc_map),
        )
    return element(
        GEM,
        "tcont",
        element(GEM, "name", text=o.name),
        element(GEM, "alloc-id", text=o.alloc_id),
        element(GEM, "interface-reference", text=o.v_ani),
        optional(GEM, "traffic-descriptor-profile-ref", o.profile),
        tm,
    )


def _gemport(o: pon.GemPort) -> etree._Element:
    return element(
        GEM,
        "gemport",
        element(GEM, "name", text=o.name),
        element(GEM, "gemport-id", text=o.gemport_id),
        element(GEM, "interface", text=o.interface),
        element(GEM, "traffic-class", text=o.traffic_class),
        element(GEM, "downstream-aes-indicator", text=o.aes),
        element(GEM, "upstream-aes-indicator", text=o.aes),
        optional(GEM, "tcont-ref", o.tcont),
    )


def _link(o: pon.InterfaceLink) -> etree._Element:
    return element(
        LINK, "link-table", element(LINK, "from-interface", text=o.name), element(LINK, "to-interface", text=o.to)
    )


def _forwarder(o: pon.Forwarder) -> etree._Element:
    ports = element(
        L2,
        "ports",
        *(element(L2, "port", element(L2, "name", text=n), element(L2, "sub-interface", text=s)) for n, s in o.ports),
    )
    fdb = optional(L2, "forwarding-database", o.fdb)
    split = [element(L2, "split-horizon-profile", text=p) for p in o.split_horizon]
    return element(
        L2,
        "forwarder",
        element(L2, "name", text=o.name),
        ports if o.ports else None,
        element(L2, "mac-learning", fdb) if fdb is not None else None,
        element(L2, "split-horizon-profiles", *split) if split else None,
    )


def _forwarding_database(o: pon.ForwardingDatabase) -> etree._Element:
    static = [
        element(
            L2,
            "static-mac-address",
            element(L2, "mac-address", text=s.mac),
            element(
                L2,
                "static-forwarder-port-ref",
                element(L2, "forwarder", text=s.forwarder),
                element(L2, "port", text=s.port),
            ),
        )
        for s in o.static
    ]
    return element(
        L2,
        "forwarding-database",
        element(L2, "name", text=o.name),
        element(L2, "max-number-mac-addresses", text=o.max_macs),
        element(L2, "aging-timer", text=o.aging_s),
        *static,
    )


def _split_horizon(o: pon.SplitHorizonProfile) -> etree._Element:
    rule = element(
        L2,
        "split-horizon",
        element(L2, "in-interface-usage", text=o.in_usage),
        element(L2, "out-interface-usage", text=o.out_usage),
    )
    return element(L2, "split-horizon-profile", element(L2, "name", text=o.name), rule)


def _tc_map(o: pon.TcMap) -> etree._Element:
    entries = [
        element(
            TM,
            "mapping-entry",
            element(TM, "traffic-class-id", text=tc),
            element(TM, "local-queue-id", text=queue),
        )
        for tc, queue in o.entries
    ]
    return element(TM, "tc-id-2-queue-id-mapping-profile", element(TM, "name", text=o.name), *entries)


def _bac(o: pon.Bac) -> etree._Element:
    return element(
        TM,
        "bac-entry",
        element(TM, "name", text=o.name),
        element(TM, "max-queue-size", text=o.max_queue_bytes),
        element(TM, "taildrop", element(TM, "max-threshold", text=o.max_threshold_percent)),
    )


def _shaper(o: pon.ShaperProfile) -> etree._Element:
    bucket = element(
        SHAP, "single-token-bucket", element(SHAP, "pir", text=o.pir_kbps), element(SHAP, "pbs", text=o.pbs_bytes)
    )
    return element(SHAP, "shaper-profile", element(SHAP, "name", text=o.name), bucket)


def _composite_filter(o: pon.CompositeFilter) -> etree._Element:
    if o.untagged:
        vlans = element(FILTER, "vlans", element(FILTER, "untagged"))
    else:
        pbits = ",".join(str(p) for p in o.pbits)
        tag = element(FILTER, "tag", element(FILTER, "index", text=0), element(FILTER, "in-pbit-list", text=pbits))
        vlans = element(FILTER, "vlans", tag)
    return element(
        FILTER,
        "composite-filter",
        element(FILTER, "name", text=o.name),
        element(FILTER, "filter-operation", text="cls:match-all-filter"),
        element(FILTER, "filter", element(FILTER, "name", text="1"), vlans),
    )


def _policing_profile(o: pon.PolicingProfile) -> etree._Element:
    leaves = {"cir": o.cir_bps, "cbs": o.cbs_bytes, "pir": o.pir_bps, "pbs": o.pbs_bytes}
    marker = element(POLICE, "two-rate-three-color-marker", *(element(POLICE, k, text=v) for k, v in leaves.items()))
    return element(POLICE, "policing-profile", element(POLICE, "name", text=o.name), marker)


def _action(kind: str, body: etree._Element) -> etree._Element:
    return element(CLS, "classifier-action-entry-cfg", element(CLS, "action-type", text=kind), body)


def _classifier(o: pon.Classifier) -> etree._Element:
    actions = []
    if o.pbit_marking is not None:
        mark = element(
            CLS,
            "pbit-marking-list",
            element(CLS, "index", text=0),
            element(CLS, "pbit-value", text=o.pbit_marking),
        )
        actions.append(_action("cls:pbit-marking", element(CLS, "pbit-marking-cfg", mark)))
    if o.traffic_class is not None:
        body = element(CLS, "scheduling-traffic-class", text=o.traffic_class)
        actions.append(_action("cls:scheduling-traffic-class", body))
    if o.policer is not None:
        body = element(POLICE, "policing", element(POLICE, "policing-profile", text=o.policer))
        actions.append(_action("plc:policing", body))
    return element(
        CLS,
        "classifier-entry",
        element(CLS, "name", text=o.name),
        optional(FILTER, "composite-filter-name", o.filter),
        element(CLS, "all-packets") if o.filter is None else None,
        *actions,
    )


def _policy(o: pon.Policy) -> etree._Element:
    listed = [element(QOS_POL, "classifiers", element(QOS_POL, "name", text=c)) for c in o.classifiers]
    return element(QOS_POL, "policy", element(QOS_POL, "name", text=o.name), *listed)


def _policy_profile(o: pon.PolicyProfile) -> etree._Element:
    listed = [element(QOS_POL, "policy-list", element(QOS_POL, "name", text=p)) for p in o.policies]
    return element(QOS_POL, "policy-profile", element(QOS_POL, "name", text=o.name), *listed)


def _vlan_sub_interface(o: pon.VlanSubInterface) -> etree._Element:
    return interface(
        o.name,
        "bbfift:vlan-sub-interface",
        optional(QOS_POL, "ingress-qos-policy-profile", o.ingress_policy),
        usage(o.usage),
        *render_vlan.parts(o),
    )


_RENDER: Final[dict[str, Callable[[Any], etree._Element]]] = {
    "hardware": _hardware,
    "channel-group": _channel_group,
    "channel-partition": _channel_partition,
    "channel-pair": _channel_pair,
    "channel-termination": _channel_termination,
    "v-ani": _v_ani,
    "ani": _ani,
    "ethernet": _ethernet,
    "olt-v-enet": _olt_v_enet,
    "vlan-sub-interface": _vlan_sub_interface,
    "traffic-descriptor-profile": _traffic_descriptor,
    "tcont": _tcont,
    "gemport": _gemport,
    "link": _link,
    "forwarder": _forwarder,
    "forwarding-database": _forwarding_database,
    "split-horizon-profile": _split_horizon,
    "tc-map": _tc_map,
    "bac": _bac,
    "shaper-profile": _shaper,
    "composite-filter": _composite_filter,
    "policing-profile": _policing_profile,
    "classifier": _classifier,
    "policy": _policy,
    "policy-profile": _policy_profile,
}
