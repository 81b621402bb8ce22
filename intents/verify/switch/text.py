"""Flow entries in the words of ovs-ofctl, for evidence."""

from __future__ import annotations

from intents.model.switch import (
    PORT_CONTROLLER,
    PORT_IN_PORT,
    VID_PRESENT,
    Action,
    ArpReply,
    DecTtl,
    FieldMatch,
    FlowEntry,
    LearnNeighbour,
    Output,
    PopVlan,
    PushVlan,
    Resubmit,
    SetField,
    SetQueue,
    ToGroup,
    Unmodelled,
)
from intents.verify.packets.packet import ip_text, mac_text

_SHORT = {
    ("eth_type", 0x0800): "ip",
    ("eth_type", 0x0806): "arp",
    ("ip_proto", 1): "icmp",
    ("ip_proto", 6): "tcp",
    ("ip_proto", 17): "udp",
}


def _value(name: str, value: int) -> str:
    if name in ("ipv4_src", "ipv4_dst", "arp_spa", "arp_tpa"):
        return ip_text(value)
    if name in ("eth_src", "eth_dst"):
        return mac_text(value)
    return f"{value:#06x}" if name == "eth_type" else str(value)


def match_text(part: FieldMatch) -> str:
    """One field of a match."""
    if part.name == "vlan_vid":
        if part.mask is None:
            return f"vlan_vid={part.value & 0xFFF}" if part.value & VID_PRESENT else "untagged"
        return "tagged" if (part.value, part.mask) == (VID_PRESENT,) * 2 else f"vlan_vid={part.value:#x}/{part.mask:#x}"
    if part.mask is None:
        return _SHORT.get((part.name, part.value), f"{part.name}={_value(part.name, part.value)}")
    return f"{part.name}={_value(part.name, part.value)}/{_value(part.name, part.mask)}"


def action_text(action: Action) -> str:
    """One action."""
    match action:
        case PushVlan():
            return "push_vlan"
        case PopVlan():
            return "pop_vlan"
        case SetField(name, value):
            return f"set {name}={_value(name, value & 0xFFF if name == 'vlan_vid' else value)}"
        case DecTtl():
            return "dec_ttl"
        case SetQueue(queue_id):
            return f"queue {queue_id}"
        case Output(port):
            return f"output {port_text(port)}"
        case ToGroup(group_id):
            return f"group {group_id}"
        case ArpReply(mac):
            return f"arp_reply {mac_text(mac)}"
        case LearnNeighbour(table):
            return f"learn into table {table}"
        case Resubmit(table, in_port):
            return f"resubmit table {table}" + ("" if in_port is None else f" as from port {in_port}")
        case Unmodelled(text):
            return text


def port_text(port: int) -> str:
    """A port number, or the name of a reserved one."""
    return {PORT_IN_PORT: "in_port", PORT_CONTROLLER: "controller"}.get(port, str(port))


def name_text(entry: FlowEntry) -> str:
    """An entry's identity: table, priority and match."""
    found = ",".join(match_text(part) for part in entry.match) or "any"
    return f"table {entry.table} priority {entry.priority} {found}"


def entry_text(entry: FlowEntry) -> str:
    """An entry with what it does."""
    does = [action_text(a) for a in entry.actions]
    if entry.meter is not None:
        does.insert(0, f"meter {entry.meter}")
    if entry.goto is not None:
        does.append(f"goto {entry.goto}")
    return f"{name_text(entry)} -> {', '.join(does) or 'drop'}"
