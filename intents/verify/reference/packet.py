"""One packet, and its fields by their OXM names (OpenFlow 1.3.5, 7.2.3.7).

A packet has a field only if it has the header that the field stands in: an ARP packet has no ipv4_dst, an untagged one
no vlan_pcp. vlan_vid alone is always there: 0 says untagged, and VID_PRESENT with the VID that of the outermost tag.

eth_type is the type behind all tags, as Open vSwitch reads it up to its vlan-limit (2 here; it keeps no third tag).
Fragments are not spoken of: layer-4 fields are those of whole packets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from intents.model.switch import VID_PRESENT, FieldName

IPV4: Final = 0x0800
ARP: Final = 0x0806
IPV6: Final = 0x86DD
TCP: Final = 6
UDP: Final = 17
TPID: Final = 0x8100


class Tag(NamedTuple):
    """A VLAN tag (IEEE 802.1Q, 9.6)."""

    tpid: int
    vid: int
    pcp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A packet. tags: outermost first. What its eth_type and ip_proto give no meaning to is not looked at."""

    eth_src: int
    eth_dst: int
    tags: tuple[Tag, ...] = ()
    eth_type: int
    ip_proto: int = 0
    ip_dscp: int = 0
    ip_ttl: int = 64
    ipv4_src: int = 0
    ipv4_dst: int = 0
    l4_src: int = 0
    l4_dst: int = 0
    arp_op: int = 0
    arp_spa: int = 0
    arp_tpa: int = 0


def has(packet: Packet, name: FieldName) -> bool:
    """Whether the packet has the header that a field stands in (in_port is no field of a packet)."""
    is_ip = packet.eth_type in (IPV4, IPV6)
    match name:
        case "eth_src" | "eth_dst" | "eth_type" | "vlan_vid":
            return True
        case "vlan_pcp":
            return bool(packet.tags)
        case "ip_proto" | "ip_dscp":
            return is_ip
        case "ipv4_src" | "ipv4_dst":
            return packet.eth_type == IPV4
        case "arp_op" | "arp_spa" | "arp_tpa":
            return packet.eth_type == ARP
        case "tcp_src" | "tcp_dst":
            return is_ip and packet.ip_proto == TCP
        case "udp_src" | "udp_dst":
            return is_ip and packet.ip_proto == UDP
        case "in_port":
            return False


def value(packet: Packet, name: FieldName) -> int:
    """The value of a field that the packet has."""
    match name:
        case "vlan_vid":
            return VID_PRESENT | packet.tags[0].vid if packet.tags else 0
        case "vlan_pcp":
            return packet.tags[0].pcp
        case "tcp_src" | "udp_src":
            return packet.l4_src
        case "tcp_dst" | "udp_dst":
            return packet.l4_dst
        case _:
            return int(getattr(packet, name))


def written(packet: Packet, name: FieldName, new: int) -> Packet:
    """The packet with a field set; as it was if it has no such field, but for vlan_vid, which gives one without a tag
    a tag. Both are as Open vSwitch has it; the standard leaves it open.
    """
    if not has(packet, name):
        return packet
    match name:
        case "vlan_vid":
            top = packet.tags[0] if packet.tags else Tag(TPID, 0, 0)
            return replace(packet, tags=(top._replace(vid=new & ~VID_PRESENT), *packet.tags[1:]))
        case "vlan_pcp":
            return replace(packet, tags=(packet.tags[0]._replace(pcp=new), *packet.tags[1:]))
        case "tcp_src" | "udp_src":
            return replace(packet, l4_src=new)
        case "tcp_dst" | "udp_dst":
            return replace(packet, l4_dst=new)
        case _:
            changed: dict[str, Any] = {name: new}
            return replace(packet, **changed)
