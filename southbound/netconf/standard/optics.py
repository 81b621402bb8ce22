"""Hardware, the PON's channels, v-ani, ani and the link table (RFC 8348, TR-385), to XML and back."""

from __future__ import annotations

from typing import Final

from intents.model import pon
from southbound.netconf.standard.codec import (
    Codec,
    Entry,
    NotRepresentable,
    flag,
    hardware_of,
    interface,
    interface_name,
    need,
    port_layer,
    whole,
)
from southbound.netconf.standard.names import ANI, HW, LINK, VANI, XPON
from southbound.netconf.standard.xml import child, children, element, identity, number, optional, text

_HARDWARE: Final = {
    "chassis": "ianahw:chassis",
    "board": "bbf-hwt:board",
    "cage": "bbf-hwt:cage",
    "transceiver": "bbf-hwt:transceiver",
    "port": "ianahw:port",
    "transceiver-link": "bbf-hwt-xpon:transceiver-link-xgs",
    "transceiver-link-gpon": "bbf-hwt-xpon:transceiver-link-gpon",
    "uni": "bbf-hwt:rj45",
}
_CLASS_OF: Final = {identity(written): cls for cls, written in _HARDWARE.items()}


def _hardware(o: pon.HardwareComponent) -> Entry:
    return element(
        HW,
        "component",
        element(HW, "name", text=o.name),
        element(HW, "class", text=_HARDWARE[o.cls]),
        optional(HW, "parent", o.parent),
        optional(HW, "parent-rel-pos", o.rel_pos),
    )


def _hardware_of(entry: Entry) -> pon.HardwareComponent:
    return pon.HardwareComponent(
        name=need(entry, HW, "name"),
        cls=_CLASS_OF[identity(text(entry, HW, "class"))],  # type: ignore[arg-type]  # a KeyError is handled
        parent=text(entry, HW, "parent"),
        rel_pos=number(entry, HW, "parent-rel-pos"),
    )


def _group(o: pon.ChannelGroup) -> Entry:
    body = element(XPON, "channel-group", element(XPON, "polling-period", text=o.polling_period_ds))
    return interface(o.name, "bbf-xponift:channel-group", body)


def _group_of(entry: Entry) -> pon.ChannelGroup:
    period = whole(child(entry, XPON, "channel-group"), XPON, "polling-period", 100)
    return pon.ChannelGroup(name=interface_name(entry), polling_period_ds=period)


def _partition(o: pon.ChannelPartition) -> Entry:
    body = element(
        XPON,
        "channel-partition",
        element(XPON, "channel-group-ref", text=o.channel_group),
        element(XPON, "channel-partition-index", text=o.index),
        element(XPON, "downstream-fec", text=o.downstream_fec),
        element(XPON, "closest-onu-distance", text=o.closest_onu_km),
        element(XPON, "maximum-differential-xpon-distance", text=o.max_differential_km),
        element(XPON, "authentication-method", text="serial-number"),
    )
    return interface(o.name, "bbf-xponift:channel-partition", body)


def _partition_of(entry: Entry) -> pon.ChannelPartition:
    body = child(entry, XPON, "channel-partition")
    if text(body, XPON, "authentication-method") not in (None, "serial-number"):
        raise NotRepresentable("authentication-method")
    return pon.ChannelPartition(
        name=interface_name(entry),
        channel_group=need(body, XPON, "channel-group-ref"),
        index=whole(body, XPON, "channel-partition-index", 0),
        closest_onu_km=whole(body, XPON, "closest-onu-distance", 0),
        max_differential_km=whole(body, XPON, "maximum-differential-xpon-distance", 20),
        downstream_fec=flag(body, XPON, "downstream-fec", default=True),
    )


def _pair(o: pon.ChannelPair) -> Entry:
    body = element(
        XPON,
        "channel-pair",
        element(XPON, "channel-group-ref", text=o.channel_group),
        element(XPON, "channel-partition-ref", text=o.channel_partition),
        element(XPON, "channel-pair-type", text=f"bbf-xpon-types:{o.type}"),
    )
    return interface(o.name, "bbf-xponift:channel-pair", body)


def _pair_of(entry: Entry) -> pon.ChannelPair:
    body = child(entry, XPON, "channel-pair")
    return pon.ChannelPair(
        name=interface_name(entry),
        channel_group=need(body, XPON, "channel-group-ref"),
        channel_partition=need(body, XPON, "channel-partition-ref"),
        type=_technology(text(body, XPON, "channel-pair-type")),
    )


def _technology(value: str | None) -> pon.Technology:
    found = identity(value)
    if found == "xgs":
        return "xgs"
    if found == "gpon":
        return "gpon"
    raise NotRepresentable(found)


def _termination(o: pon.ChannelTermination) -> Entry:
    # XGS-PON: a number of 32 bits. GPON: seven octets in hexadecimal (G.984.3 C.2.2).
    leaf, pon_id = ("xgs-pon-id", str(o.pon_id)) if o.type == "xgs" else ("gpon-pon-id", f"{o.pon_id:014x}")
    body = element(
        XPON,
        "channel-termination",
        element(XPON, "channel-pair-ref", text=o.channel_pair),
        element(XPON, "channel-termination-type", text=f"bbf-xpon-types:{o.type}"),
        None if o.type_b is None else element(XPON, "meant-for-type-b-primary-role", text=o.type_b == "primary"),
        element(XPON, leaf, text=pon_id),
        element(XPON, "location", text="bbf-xpon-types:inside-olt"),
    )
    return interface(o.name, "bbf-xponift:channel-termination", body, port_layer(o.hardware))


def _termination_of(entry: Entry) -> pon.ChannelTermination:
    body = child(entry, XPON, "channel-termination")
    kind = _technology(text(body, XPON, "channel-termination-type"))
    role = text(body, XPON, "meant-for-type-b-primary-role")
    return pon.ChannelTermination(
        name=interface_name(entry),
        channel_pair=need(body, XPON, "channel-pair-ref"),
        type=kind,
        pon_id=int(need(body, XPON, f"{kind}-pon-id"), 10 if kind == "xgs" else 16),
        hardware=hardware_of(entry),
        type_b=None if role is None else "primary" if role == "true" else "secondary",
    )


def _v_ani(o: pon.VAni) -> Entry:
    body = element(
        VANI,
        "v-ani",
        element(VANI, "onu-id", text=o.onu_id),
        element(VANI, "channel-partition", text=o.channel_partition),
        element(VANI, "expected-serial-number", text=o.serial),
        element(VANI, "preferred-channel-pair", text=o.channel_pair),
        optional(VANI, "protection-channel-pair", o.protection_pair),
        element(VANI, "upstream-fec", text=o.upstream_fec),
    )
    return interface(o.name, "bbf-xponift:v-ani", body)


def _v_ani_of(entry: Entry) -> pon.VAni:
    body = child(entry, VANI, "v-ani")
    return pon.VAni(
        name=interface_name(entry),
        onu_id=whole(body, VANI, "onu-id"),
        channel_partition=need(body, VANI, "channel-partition"),
        channel_pair=need(body, VANI, "preferred-channel-pair"),
        serial=need(body, VANI, "expected-serial-number"),
        upstream_fec=flag(body, VANI, "upstream-fec", default=False),
        protection_pair=text(body, VANI, "protection-channel-pair"),
    )


def _ani(o: pon.Ani) -> Entry:
    body = element(ANI, "ani", element(ANI, "upstream-fec", text=o.upstream_fec))
    return interface(o.name, "bbf-xponift:ani", port_layer(o.hardware), body)


def _ani_of(entry: Entry) -> pon.Ani:
    fec = flag(child(entry, ANI, "ani"), ANI, "upstream-fec", default=False)
    return pon.Ani(name=interface_name(entry), hardware=hardware_of(entry), upstream_fec=fec)


def _link(o: pon.InterfaceLink) -> Entry:
    return element(
        LINK, "link-table", element(LINK, "from-interface", text=o.name), element(LINK, "to-interface", text=o.to)
    )


def _link_of(entry: Entry) -> pon.InterfaceLink:
    if len(list(children(entry, LINK, "to-interface"))) != 1:
        raise NotRepresentable("to-interface")
    return pon.InterfaceLink(name=need(entry, LINK, "from-interface"), to=need(entry, LINK, "to-interface"))


CODECS: Final = {
    "hardware": Codec(_hardware, _hardware_of),
    "channel-group": Codec(_group, _group_of, "channel-group"),
    "channel-partition": Codec(_partition, _partition_of, "channel-partition"),
    "channel-pair": Codec(_pair, _pair_of, "channel-pair"),
    "channel-termination": Codec(_termination, _termination_of, "channel-termination"),
    "v-ani": Codec(_v_ani, _v_ani_of, "v-ani"),
    "ani": Codec(_ani, _ani_of, "ani"),
    "link": Codec(_link, _link_of),
}
