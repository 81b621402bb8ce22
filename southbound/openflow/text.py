"""Switch objects in a few words, in the notation that `ovs-ofctl` users know."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Final

from intents.model.state import DeviceState
from intents.model.switch import (
    PORT_CONTROLLER,
    PORT_IN_PORT,
    VID_PRESENT,
    Action,
    ArpReply,
    DecTtl,
    FieldMatch,
    FlowEntry,
    GroupEntry,
    LearnNeighbour,
    Meter,
    Output,
    PopVlan,
    PortQueue,
    PushVlan,
    Resubmit,
    SetField,
    SetQueue,
    SwitchObject,
    ToGroup,
    Unmodelled,
)
from southbound.openflow.oxm import mac_text

_RESERVED: Final = {PORT_IN_PORT: "IN_PORT", PORT_CONTROLLER: "CONTROLLER"}


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


def render_text(state: DeviceState) -> str:
    """The intended state of a switch, one object a line, sorted as the switch would list it."""
    order = {"meter": 0, "group": 1, "flow": 2, "queue": 3}
    things = sorted(state.objects.values(), key=lambda o: (order.get(str(o.key[0]), 9), _rank(o), repr(o.key)))
    return "".join(f"{_line(o)}\n" for o in things if isinstance(o, SwitchObject))


def _rank(thing: object) -> tuple[int, ...]:
    return (thing.table, -thing.priority) if isinstance(thing, FlowEntry) else ()


def _line(thing: SwitchObject) -> str:
    match thing:
        case FlowEntry():
            done = [f"meter:{thing.meter}"] if thing.meter is not None else []
            done += [_action(a) for a in thing.actions]
            done += [f"goto_table:{thing.goto}"] if thing.goto is not None else []
            return f"cookie=0x{thing.cookie:016x} {describe(thing)} actions={','.join(done) or 'drop'}"
        case GroupEntry():
            buckets = " ".join(
                f"bucket=weight:{b.weight},watch_port:{'any' if b.watch_port is None else b.watch_port},"
                f"{'' if b.watch_group is None else f'watch_group:{b.watch_group},'}"
                f"actions={','.join(map(_action, b.actions)) or 'drop'}"
                for b in thing.buckets
            )
            return f"{describe(thing)} type={thing.type} {buckets}"
        case Meter():
            return f"{describe(thing)} drop rate={thing.rate_kbps} kbit/s burst={thing.burst_kbit} kbit"
        case PortQueue():
            return (
                f"{describe(thing)} min-rate={thing.min_rate_bps} max-rate={thing.max_rate_bps} "
                f"priority={thing.priority}"
            )


def _action(action: Action) -> str:
    match action:
        case PushVlan(ethertype):
            return f"push_vlan:{ethertype:#06x}"
        case PopVlan():
            return "pop_vlan"
        case SetField(name, value):
            return f"set_field:{_field(FieldMatch(name, value)).replace('=', ':', 1)}"
        case DecTtl():
            return "dec_ttl"
        case SetQueue(queue_id):
            return f"set_queue:{queue_id}"
        case Output(port):
            return f"output:{_RESERVED.get(port, port)}"
        case ToGroup(group_id):
            return f"group:{group_id}"
        case ArpReply(mac):
            return f"arp_reply:{mac_text(mac)}"
        case LearnNeighbour(table, priority, arp):
            return f"learn(table={table},priority={priority},{'arp' if arp else 'ip'})"
        case Resubmit(table, in_port):
            return f"resubmit({'' if in_port is None else in_port},{table})"
        case Unmodelled(text):
            return text


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
