"""What devices, campus and protocols say about header fields: what atoms are made of (packets/atoms.py)."""

from __future__ import annotations

from typing import Final

from intents.model.campus import Campus
from intents.model.classes import ICMP, TCP, UDP
from intents.model.pon import ForwardingDatabase, VlanSubInterface
from intents.model.state import Operational
from intents.model.switch import ArpReply, FlowEntry, GroupEntry, PushVlan, SetField
from intents.verify.packets.atoms import Mentions
from intents.verify.packets.packet import BROADCAST, ETH_ARP, ETH_IPV4, KIND, TPID_C, TPID_S, field_of, mac
from intents.verify.switch.table import mention

_ETH_IPV6: Final = 0x86DD


def mentions_of(campus: Campus, *states: Operational) -> Mentions:
    """Every value and mask that devices (in any of the states), campus and protocols speak of."""
    out = Mentions()
    for value in (ETH_IPV4, ETH_ARP, _ETH_IPV6, TPID_C, TPID_S):
        out.value("eth_type", value)
    for value in (ICMP, TCP, UDP):
        out.value("proto", value)
    for value in (TPID_C, TPID_S):
        out.value("tpid", value)
    for value in range(8):
        out.value("pcp", value)
    for value in (1, 2):
        out.value("arp_op", value)
    out.value("vid", 0)
    out.value("mac", BROADCAST)
    out.value("ip", 0)
    for segment in campus.segments.values():
        out.value("vid", segment.vid)
        out.value("ip", int(segment.gateway))
    for place in campus.places.values():
        if place.address is not None:
            out.value("ip", int(place.address))
        if place.mac is not None:
            out.value("mac", mac(place.mac))
    for service in campus.services.values():
        out.value("proto", service.protocol)
        for port in service.ports:
            out.value("l4", port)
    for observation in (o for state in states for o in state.devices.values()):
        for item in observation.state.objects.values():
            _mention(out, item)
    return out


def _mention(out: Mentions, item: object) -> None:
    if isinstance(item, FlowEntry):
        for part in item.match:
            mention(out, part)
        _mention_actions(out, item.actions)
    elif isinstance(item, GroupEntry):
        for bucket in item.buckets:
            _mention_actions(out, bucket.actions)
    elif isinstance(item, VlanSubInterface):
        for rule in item.rules:
            if rule.match.vid is not None:
                out.value("vid", rule.match.vid)
        for rewrite in (item.egress, *(rule.rewrite for rule in item.rules)):
            for push in rewrite.push if rewrite is not None else ():
                out.value("vid", push.vid)
    elif isinstance(item, ForwardingDatabase):
        for entry in item.static:
            out.value("mac", mac(entry.mac))


def _mention_actions(out: Mentions, actions: tuple[object, ...]) -> None:
    for action in actions:
        if isinstance(action, SetField):
            if action.name == "vlan_vid":
                out.value("vid", action.value & 0xFFF)
            elif action.name == "vlan_pcp":
                out.value("pcp", action.value)
            elif action.name != "in_port":
                out.value(KIND[field_of(action.name)], action.value)
        elif isinstance(action, ArpReply):
            out.value("mac", action.mac)
        elif isinstance(action, PushVlan):
            out.value("tpid", action.ethertype)
