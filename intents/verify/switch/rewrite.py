"""What a switch's actions make of headers: set-field (OpenFlow 1.3.5, 5.12) and push-VLAN.

A set-field whose prerequisite the packet lacks does nothing, as in Open vSwitch; but for vlan_vid, which gives an
untagged packet a tag there. Only a group's bucket can ask for it: an entry's match has to say that there is a tag.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Final

from intents.model.switch import VID_PRESENT
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.packet import ETH_ARP, ETH_IPV4, KIND, TPID_C, Header, Tag, field_of

_ETH_IPV6: Final = 0x86DD
# What a set-field needs of the packet; without it Open vSwitch leaves the packet alone.
_NEEDS_TYPE: Final = {
    "ipv4_src": (ETH_IPV4,),
    "ipv4_dst": (ETH_IPV4,),
    "ip_dscp": (ETH_IPV4, _ETH_IPV6),
    "arp_op": (ETH_ARP,),
    "arp_spa": (ETH_ARP,),
    "arp_tpa": (ETH_ARP,),
}
_NEEDS_PROTO: Final = {"tcp_src": 6, "tcp_dst": 6, "udp_src": 17, "udp_dst": 17}


def needs(name: str) -> tuple[str, ...]:
    """The fields of a packet that tell whether a set-field of this one does anything."""
    if name in _NEEDS_PROTO:
        return ("eth_type", "ip_proto")
    return ("eth_type",) if name in _NEEDS_TYPE else ()


def set_field(atoms: Atoms, header: Header, name: str, value: int) -> Header:
    """With a field set, in those packets of the set that have it."""
    if name == "vlan_vid":
        vid = atoms["vid"].of(value & ~VID_PRESENT)
        if header.top is None:
            return header.push(Tag(atoms["tpid"].of(TPID_C), vid, atoms["pcp"].of(0)))
        return header.retag(Tag(header.top.tpid, vid, header.top.pcp))
    if name == "vlan_pcp":
        return header if header.top is None else header.retag(header.top._replace(pcp=atoms["pcp"].of(value)))
    own = field_of(name)  # type: ignore[arg-type]
    new = atoms[KIND[own]].of(value)
    types = _NEEDS_TYPE.get(name) or ((ETH_IPV4, _ETH_IPV6) if name in _NEEDS_PROTO else None)
    sure, maybe = True, True
    if types is not None:
        wanted = reduce(or_, (atoms["eth_type"].of(t) for t in types))
        sure, maybe = not header.get("eth_type") & ~wanted, bool(header.get("eth_type") & wanted)
    if name in _NEEDS_PROTO:
        wanted = atoms["proto"].of(_NEEDS_PROTO[name])
        sure = sure and not header.get("ip_proto") & ~wanted
        maybe = maybe and bool(header.get("ip_proto") & wanted)
    if not maybe:
        return header
    return header.put(**{own: new if sure else new | header.get(own)})


def push(atoms: Atoms, header: Header, ethertype: int) -> Header:
    """With one more tag, VID and PCP to be set after."""
    # The standard copies VID and PCP of the tag below; Open vSwitch starts from zero. Both are kept possible.
    vid, pcp = atoms["vid"].of(0), atoms["pcp"].of(0)
    if header.top is not None:
        vid, pcp = vid | header.top.vid, pcp | header.top.pcp
    return header.push(Tag(atoms["tpid"].of(ethertype), vid, pcp))
