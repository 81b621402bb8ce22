"""Which entry of a flow table a packet meets (OpenFlow 1.3.5, 5.3; prerequisites, table 11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from intents.model.switch import VID_PRESENT, FieldMatch, FieldName, FlowEntry
from intents.verify.reference.doubt import Doubt
from intents.verify.reference.packet import ARP, IPV4, IPV6, TCP, UDP, Packet, has, value

_NEEDS_NOTHING: Final = ("in_port", "eth_src", "eth_dst", "eth_type")


def look_up(entries: Iterable[FlowEntry], table: int, packet: Packet, port: int) -> FlowEntry | None:
    """The entry that decides; None for a table-miss, which drops. port: the one that the packet came by.

    Raises Doubt where entries of one priority match and do different things, and where an entry may match whose own
    match lacks a prerequisite: what that means only its switch knows.
    """
    met = [entry for entry in entries if entry.table == table and _meets(entry, packet, port)]
    if not met:
        return None
    highest = max(entry.priority for entry in met)
    best = [entry for entry in met if entry.priority == highest]
    if any(_lacks_prerequisite(entry) for entry in best):
        raise Doubt(f"table {table}: an entry of priority {highest} lacks a prerequisite")
    if len({(entry.actions, entry.goto, entry.meter) for entry in best}) > 1:
        raise Doubt(f"table {table}: entries of priority {highest} overlap and disagree")
    return best[0]


def _meets(entry: FlowEntry, packet: Packet, port: int) -> bool:
    """Whether all fields of a match are met; where a prerequisite is lacking, those that need none."""
    for field in entry.match:
        if not _field_meets(field, packet, port) and (field.name in _NEEDS_NOTHING or not _lacks_prerequisite(entry)):
            return False
    return True


def _field_meets(field: FieldMatch, packet: Packet, port: int) -> bool:
    """A masked field matches if the bits of the mask do; a packet that lacks the field does not match."""
    if field.name == "in_port":
        return field.value == port
    if not has(packet, field.name):
        return False
    found = value(packet, field.name)
    return (found if field.mask is None else found & field.mask) == field.value


def _lacks_prerequisite(entry: FlowEntry) -> bool:
    exact = {field.name: field.value for field in entry.match if field.mask is None}
    eth_type, ip_proto = exact.get("eth_type"), exact.get("ip_proto")
    says_tagged = any(field.name == "vlan_vid" and field.value & VID_PRESENT for field in entry.match)

    def met(name: FieldName) -> bool:
        match name:
            case "vlan_pcp":
                return says_tagged
            case "ip_proto" | "ip_dscp":
                return eth_type in (IPV4, IPV6)
            case "ipv4_src" | "ipv4_dst":
                return eth_type == IPV4
            case "arp_op" | "arp_spa" | "arp_tpa":
                return eth_type == ARP
            case "tcp_src" | "tcp_dst":
                return ip_proto == TCP
            case "udp_src" | "udp_dst":
                return ip_proto == UDP
            case "in_port" | "eth_src" | "eth_dst" | "eth_type" | "vlan_vid":
                return True

    return not all(met(field.name) for field in entry.match)
