"""XML of a device's configuration to neutral PON objects: the inverse of render, also for what is not ours.

An entry that cannot be represented is left out of the objects and named in `unmodelled`, never dropped silently.

Over 400 lines: one short function a kind of object, in the order of render, so that the two can be read side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, cast

from lxml import etree

from intents.model import pon
from southbound.netconf.standard import parse_vlan
from southbound.netconf.standard.names import (
    ANI,
    BBF_HW,
    CLS,
    FILTER,
    GEM,
    GEM_QOS,
    HOMES,
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
from southbound.netconf.standard.xml import child, children, identity, number, text

Entry = etree._Element  # noqa: SLF001 - lxml has no public name for its element type


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """Objects, and the names of entries that are not representable."""

    objects: tuple[pon.PonObject, ...]
    unmodelled: tuple[str, ...]


class NotRepresentable(Exception):
    """The entry holds something that the neutral form has no place for."""


def parse(data: Entry) -> Parsed:
    """All objects under a <data> or <config> element."""
    objects: list[pon.PonObject] = []
    unmodelled: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for kind, home in HOMES.items():
        path = (*(f"{{{ns}}}{name}" for ns, name in home.containers), f"{{{home.entry[0]}}}{home.entry[1]}")
        if path in seen:
            continue  # interfaces are one list of many kinds
        seen.add(path)
        for entry in data.iterfind("/".join(path)):
            try:
                item = _interface(entry) if home.entry == (IF, "interface") else _PARSE[kind](entry)
            except (NotRepresentable, KeyError, ValueError, TypeError):
                item = None
            if item is None:
                name = text(entry, home.key[0], home.key[1]) or "?"
                unmodelled.append(f"{home.entry[1]} {name}")
            else:
                objects.append(item)
    return Parsed(objects=tuple(objects), unmodelled=tuple(unmodelled))


def _need(parent: Entry | None, ns: str, name: str) -> str:
    found = text(parent, ns, name)
    if found is None:
        raise NotRepresentable(name)
    return found


def _int(parent: Entry | None, ns: str, name: str) -> int:
    return int(_need(parent, ns, name))


def _bool(parent: Entry | None, ns: str, name: str, *, default: bool) -> bool:
    found = text(parent, ns, name)
    return default if found is None else found == "true"


def _port_layer(entry: Entry) -> str:
    return _need(child(entry, BBF_HW, "hardware-component"), BBF_HW, "port-layer-if")


def _usage(entry: Entry) -> pon.Usage | None:
    return cast("pon.Usage | None", text(child(entry, USAGE, "interface-usage"), USAGE, "interface-usage"))


def _interface(entry: Entry) -> pon.PonObject | None:
    parse_one = _INTERFACE.get(identity(text(entry, IF, "type")))
    return None if parse_one is None else parse_one(entry, _need(entry, IF, "name"))


def _channel_group(entry: Entry, name: str) -> pon.PonObject:
    body = child(entry, XPON, "channel-group")
    period = number(body, XPON, "polling-period")
    return pon.ChannelGroup(name=name, polling_period_ds=100 if period is None else period)


def _channel_partition(entry: Entry, name: str) -> pon.PonObject:
    body = child(entry, XPON, "channel-partition")
    return pon.ChannelPartition(
        name=name,
        channel_group=_need(body, XPON, "channel-group-ref"),
        index=_int(body, XPON, "channel-partition-index"),
        closest_onu_km=number(body, XPON, "closest-onu-distance") or 0,
        max_differential_km=20 if (d := number(body, XPON, "maximum-differential-xpon-distance")) is None else d,
    )


def _channel_pair(entry: Entry, name: str) -> pon.PonObject:
    body = child(entry, XPON, "channel-pair")
    return pon.ChannelPair(
        name=name,
        channel_group=_need(body, XPON, "channel-group-ref"),
        channel_partition=_need(body, XPON, "channel-partition-ref"),
        type=_technology(text(body, XPON, "channel-pair-type")),
    )


def _technology(value: str | None) -> Literal["xgs", "gpon"]:
    found = identity(value)
    if found == "xgs":
        return "xgs"
    if found == "gpon":
        return "gpon"
    raise NotRepresentable(found)


def _channel_termination(entry: Entry, name: str) -> pon.PonObject:
    body = child(entry, XPON, "channel-termination")
    kind = _technology(text(body, XPON, "channel-termination-type"))
    return pon.ChannelTermination(
        name=name,
        channel_pair=_need(body, XPON, "channel-pair-ref"),
        type=kind,
        pon_id=_int(body, XPON, f"{kind}-pon-id"),
        hardware=_port_layer(entry),
    )


def _v_ani(entry: Entry, name: str) -> pon.PonObject:
    body = child(entry, VANI, "v-ani")
    return pon.VAni(
        name=name,
        onu_id=_int(body, VANI, "onu-id"),
        channel_partition=_need(body, VANI, "channel-partition"),
        channel_pair=_need(body, VANI, "preferred-channel-pair"),
        serial=_need(body, VANI, "expected-serial-number"),
        upstream_fec=_bool(body, VANI, "upstream-fec", default=True),
    )


def _ani(entry: Entry, name: str) -> pon.PonObject:
    fec = _bool(child(entry, ANI, "ani"), ANI, "upstream-fec", default=True)
    return pon.Ani(name=name, hardware=_port_layer(entry), upstream_fec=fec)


def _tm_root(entry: Entry) -> pon.TmRoot | None:
    root = child(entry, TM, "tm-root")
    if root is None:
        return None
    return pon.TmRoot(
        queues=_queues(root, TM),
        tc_map=text(root, TM, "tc-id-2-queue-id-mapping-profile-name"),
        shaper=text(root, SHAP, "shaper-name"),
    )


def _queues(root: Entry | None, ns: str) -> tuple[pon.Queue, ...]:
    found = [
        pon.Queue(
            queue_id=_int(q, ns, "local-queue-id"),
            bac=_need(q, ns, "bac-name"),
            priority=_int(q, ns, "priority"),
            weight=_int(q, ns, "weight"),
            shaper=text(q, SHAP, "shaper-name"),
        )
        for q in children(root, ns, "queue")
    ]
    return tuple(sorted(found, key=lambda q: q.queue_id))


def _ethernet(entry: Entry, name: str) -> pon.PonObject:
    usage = _usage(entry)
    if usage is None:
        raise NotRepresentable("interface-usage")
    return pon.EthernetInterface(name=name, usage=usage, hardware=_port_layer(entry), tm=_tm_root(entry))


def _olt_v_enet(entry: Entry, name: str) -> pon.PonObject:
    v_ani = _need(child(entry, VANI, "olt-v-enet"), VANI, "lower-layer-interface")
    return pon.OltVEnet(name=name, v_ani=v_ani, tm=_tm_root(entry))


def _vlan_sub_interface(entry: Entry, name: str) -> pon.PonObject:
    lower, rules, egress = parse_vlan.parts(entry)
    return pon.VlanSubInterface(
        name=name,
        lower=lower,
        rules=rules,
        egress=egress,
        usage=_usage(entry),
        ingress_policy=text(entry, QOS_POL, "ingress-qos-policy-profile"),
    )


_INTERFACE: Final[dict[str, Callable[[Entry, str], pon.PonObject]]] = {
    "channel-group": _channel_group,
    "channel-partition": _channel_partition,
    "channel-pair": _channel_pair,
    "channel-termination": _channel_termination,
    "v-ani": _v_ani,
    "ani": _ani,
    "ethernetCsmacd": _ethernet,
    "olt-v-enet": _olt_v_enet,
    "vlan-sub-interface": _vlan_sub_interface,
}

_HARDWARE_CLASS: Final = {
    "chassis": "chassis",
    "port": "port",
    "transceiver-link-xgs": "transceiver-link",
    "rj45": "uni",
}


def _hardware(entry: Entry) -> pon.PonObject:
    return pon.HardwareComponent(
        name=_need(entry, HW, "name"),
        cls=_HARDWARE_CLASS[identity(text(entry, HW, "class"))],  # type: ignore[arg-type]
        parent=text(entry, HW, "parent"),
        rel_pos=number(entry, HW, "parent-rel-pos"),
    )


def _traffic_descriptor(entry: Entry) -> pon.PonObject:
    return pon.TrafficDescriptorProfile(
        name=_need(entry, GEM, "name"),
        fixed_bps=number(entry, GEM, "fixed-bandwidth") or 0,
        assured_bps=number(entry, GEM, "assured-bandwidth") or 0,
        maximum_bps=_int(entry, GEM, "maximum-bandwidth"),
        priority=number(entry, GEM, "priority") or 1,
        weight=number(entry, GEM, "weight") or 1,
        eligibility=text(entry, GEM, "additional-bw-eligibility-indicator") or "none",  # type: ignore[arg-type]
    )


def _tcont(entry: Entry) -> pon.PonObject:
    root = child(entry, GEM_QOS, "tm-root")
    return pon.TCont(
        name=_need(entry, GEM, "name"),
        alloc_id=_int(entry, GEM, "alloc-id"),
        v_ani=_need(entry, GEM, "interface-reference"),
        profile=text(entry, GEM, "traffic-descriptor-profile-ref"),
        queues=_queues(root, GEM_QOS),
        tc_map=text(root, GEM_QOS, "tc-id-2-queue-id-mapping-profile-name"),
    )


def _gemport(entry: Entry) -> pon.PonObject:
    return pon.GemPort(
        name=_need(entry, GEM, "name"),
        gemport_id=_int(entry, GEM, "gemport-id"),
        interface=_need(entry, GEM, "interface"),
        traffic_class=_int(entry, GEM, "traffic-class"),
        tcont=text(entry, GEM, "tcont-ref"),
        aes=_bool(entry, GEM, "downstream-aes-indicator", default=False),
    )


def _link(entry: Entry) -> pon.PonObject:
    return pon.InterfaceLink(name=_need(entry, LINK, "from-interface"), to=_need(entry, LINK, "to-interface"))


def _forwarder(entry: Entry) -> pon.PonObject:
    ports = [
        (_need(p, L2, "name"), _need(p, L2, "sub-interface")) for p in children(child(entry, L2, "ports"), L2, "port")
    ]
    split = children(child(entry, L2, "split-horizon-profiles"), L2, "split-horizon-profile")
    return pon.Forwarder(
        name=_need(entry, L2, "name"),
        ports=tuple(sorted(ports)),
        fdb=text(child(entry, L2, "mac-learning"), L2, "forwarding-database"),
        split_horizon=tuple((s.text or "").strip() for s in split),
    )


def _forwarding_database(entry: Entry) -> pon.PonObject:
    static = []
    for s in children(entry, L2, "static-mac-address"):
        port = child(s, L2, "static-forwarder-port-ref")
        static.append(
            pon.StaticMac(
                mac=_need(s, L2, "mac-address").lower(),
                forwarder=_need(port, L2, "forwarder"),
                port=_need(port, L2, "port"),
            )
        )
    return pon.ForwardingDatabase(
        name=_need(entry, L2, "name"),
        max_macs=_int(entry, L2, "max-number-mac-addresses"),
        aging_s=_int(entry, L2, "aging-timer"),
        static=tuple(sorted(static, key=lambda s: s.mac)),
    )


def _split_horizon(entry: Entry) -> pon.PonObject:
    rules = list(children(entry, L2, "split-horizon"))
    if len(rules) != 1:
        raise NotRepresentable("split-horizon")
    return pon.SplitHorizonProfile(
        name=_need(entry, L2, "name"),
        in_usage=_need(rules[0], L2, "in-interface-usage"),  # type: ignore[arg-type]
        out_usage=_need(rules[0], L2, "out-interface-usage"),  # type: ignore[arg-type]
    )


def _tc_map(entry: Entry) -> pon.PonObject:
    found = [
        (_int(e, TM, "traffic-class-id"), _int(e, TM, "local-queue-id")) for e in children(entry, TM, "mapping-entry")
    ]
    return pon.TcMap(name=_need(entry, TM, "name"), entries=tuple(sorted(found)))


def _bac(entry: Entry) -> pon.PonObject:
    return pon.Bac(
        name=_need(entry, TM, "name"),
        max_queue_bytes=_int(entry, TM, "max-queue-size"),
        max_threshold_percent=_int(child(entry, TM, "taildrop"), TM, "max-threshold"),
    )


def _shaper(entry: Entry) -> pon.PonObject:
    bucket = child(entry, SHAP, "single-token-bucket")
    return pon.ShaperProfile(
        name=_need(entry, SHAP, "name"), pir_kbps=_int(bucket, SHAP, "pir"), pbs_bytes=_int(bucket, SHAP, "pbs")
    )


def _composite_filter(entry: Entry) -> pon.PonObject:
    filters = list(children(entry, FILTER, "filter"))
    vlans = child(filters[0], FILTER, "vlans") if len(filters) == 1 else None
    if vlans is None:
        raise NotRepresentable("filter")
    name = _need(entry, FILTER, "name")
    if child(vlans, FILTER, "untagged") is not None:
        return pon.CompositeFilter(name=name, untagged=True)
    pbits = _need(child(vlans, FILTER, "tag"), FILTER, "in-pbit-list")
    return pon.CompositeFilter(name=name, pbits=_pbits(pbits))


def _pbits(listed: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in listed.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return tuple(sorted(found))


def _policing_profile(entry: Entry) -> pon.PonObject:
    marker = child(entry, POLICE, "two-rate-three-color-marker")
    return pon.PolicingProfile(
        name=_need(entry, POLICE, "name"),
        cir_bps=_int(marker, POLICE, "cir"),
        cbs_bytes=_int(marker, POLICE, "cbs"),
        pir_bps=_int(marker, POLICE, "pir"),
        pbs_bytes=_int(marker, POLICE, "pbs"),
    )


def _classifier(entry: Entry) -> pon.PonObject:
    marking = traffic_class = policer = None
    for action in children(entry, CLS, "classifier-action-entry-cfg"):
        kind = identity(text(action, CLS, "action-type")) or text(action, CLS, "action-type")
        if kind == "pbit-marking":
            marks = child(child(action, CLS, "pbit-marking-cfg"), CLS, "pbit-marking-list")
            marking = _int(marks, CLS, "pbit-value")
        elif kind == "scheduling-traffic-class":
            traffic_class = _int(action, CLS, "scheduling-traffic-class")
        elif kind == "policing":
            policer = _need(child(action, POLICE, "policing"), POLICE, "policing-profile")
        else:
            raise NotRepresentable(str(kind))
    chosen = text(entry, FILTER, "composite-filter-name")
    if chosen is None and child(entry, CLS, "all-packets") is None:
        raise NotRepresentable("filter-method")
    return pon.Classifier(
        name=_need(entry, CLS, "name"),
        filter=chosen,
        pbit_marking=marking,
        traffic_class=traffic_class,
        policer=policer,
    )


def _policy(entry: Entry) -> pon.PonObject:
    listed = tuple(_need(c, QOS_POL, "name") for c in children(entry, QOS_POL, "classifiers"))
    return pon.Policy(name=_need(entry, QOS_POL, "name"), classifiers=listed)


def _policy_profile(entry: Entry) -> pon.PonObject:
    listed = tuple(_need(p, QOS_POL, "name") for p in children(entry, QOS_POL, "policy-list"))
    return pon.PolicyProfile(name=_need(entry, QOS_POL, "name"), policies=listed)


_PARSE: Final[dict[str, Callable[[Entry], pon.PonObject]]] = {
    "hardware": _hardware,
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
