"""Switch objects in a few words, in the notation that `ovs-ofctl` users know."""

from __future__ import annotations

from ipaddress import IPv4Address

from intents.model.switch import VID_PRESENT, FieldMatch, FlowEntry, GroupEntry, Meter, PortQueue, SwitchObject
from southbound.openflow.oxm import mac_text


def describe(thing: SwitchObject) -> str:
    """`flow entry table=1 priority=100 in_port=1,vlan_vid=100`."""
    match thing:
        case FlowEntry():
            fields = ",".join(_field(f) for f in thing.match)
            shown = ",".join(part for part in (fields, thing.match_residue) if part) or "any packet"
            return f"flow entry table={thing.table} priority={thing.priority} {shown}"
        case GroupEntry():
            return f"group {thing.group_id}"
        case Meter():
            return f"meter {thing.meter_id}"
        case PortQueue():
            return f"queue {thing.queue_id} of port {thing.port}"


def _field(field: FieldMatch) -> str:
    if field.name in {"eth_src", "eth_dst"}:
        value, mask = mac_text(field.value), "" if field.mask is None else f"/{mac_text(field.mask)}"
    elif field.name in {"ipv4_src", "ipv4_dst", "arp_spa", "arp_tpa"}:
        value, mask = str(IPv4Address(field.value)), "" if field.mask is None else f"/{IPv4Address(field.mask)}"
    elif field.name == "vlan_vid" and field.mask is None:
        value, mask = (str(field.value & ~VID_PRESENT) if field.value & VID_PRESENT else "none"), ""
    else:
        value, mask = f"{field.value:#x}" if field.name == "eth_type" else str(field.value), ""
        mask = "" if field.mask is None else f"/{field.mask:#x}"
    return f"{field.name}={value}{mask}"
