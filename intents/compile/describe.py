"""A change in the field's words: what it is, whether traffic notices, and whom it touches."""

from __future__ import annotations

from ipaddress import IPv4Address

from intents.compile.pon_access import v_ani_name
from intents.model.campus import Campus
from intents.model.pon import (
    EthernetInterface,
    Forwarder,
    ForwardingDatabase,
    GemPort,
    OltVEnet,
    ShaperProfile,
    TCont,
    TrafficDescriptorProfile,
    VAni,
    VlanSubInterface,
)
from intents.model.state import DeviceObject, Difference
from intents.model.switch import FlowEntry, Meter, PortQueue
from intents.model.units import format_rate

_PON_INTERFACES = ("channel-group", "channel-partition", "channel-pair", "channel-termination")
_SHARED = ("shaper-profile", "traffic-descriptor-profile", "tc-map", "bac", "classifier", "composite-filter", "policy")


def disruption(difference: Difference) -> str:
    """Why traffic stops for a moment while the change happens; empty: it does not. Adding disturbs nobody, and who is
    removed has nothing left to lose."""
    before, after = difference.before, difference.after
    if before is None or after is None:
        return ""
    kind = str(difference.key[0])
    match before, after:
        case VAni(), VAni():
            return "the ONU is activated anew"
        case TCont(), TCont() if (before.alloc_id, before.v_ani) != (after.alloc_id, after.v_ani):
            return "the T-CONT gets another Alloc-ID"
        case GemPort(), GemPort():
            return "the GEM port is made anew"
        case VlanSubInterface(), VlanSubInterface() if (before.rules, before.lower, before.egress) != (
            after.rules,
            after.lower,
            after.egress,
        ):
            return "frames are tagged otherwise"
        case OltVEnet(), OltVEnet() if before.v_ani != after.v_ani:
            return "the UNI moves to another ONU"
        case EthernetInterface(), EthernetInterface() if before.hardware != after.hardware:
            return "the interface moves to another port"
        case _:
            pass
    if kind in _PON_INTERFACES:
        return "the PON is started anew"
    if kind in ("hardware", "ani", "link"):
        return "the interface is started anew"
    if kind in _SHARED:
        return "a profile is edited under its users"
    return ""


def summary(difference: Difference) -> str:
    """The object in one line: `T-CONT cw.onu-ct.1.tc3: Alloc-ID 1034, profile cw.tdp.f0.a4546.m8667.p4.w91`, and for a
    modification what it was."""
    before, after = difference.before, difference.after
    thing = after or before
    assert thing is not None  # a difference has at least one side
    text = _object(thing)
    if before is None or after is None:
        return text
    was = _object(before).removeprefix(text.split(":")[0]).removeprefix(":").strip()
    return f"{text} (was {was})" if _object(before) != text else text


def _object(thing: DeviceObject) -> str:
    match thing:
        case TCont():
            return f"T-CONT {thing.name}: Alloc-ID {thing.alloc_id}, profile {thing.profile}"
        case GemPort():
            return f"GEM port {thing.name}: {thing.gemport_id}, traffic class {thing.traffic_class}"
        case TrafficDescriptorProfile():
            rates = f"assured {format_rate(thing.assured_bps)}, maximum {format_rate(thing.maximum_bps)}"
            return f"traffic descriptor profile {thing.name}: {rates}"
        case ShaperProfile():
            return f"shaper {thing.name}: {format_rate(thing.pir_kbps * 1000)}"
        case VAni():
            return f"v-ani {thing.name}: serial number {thing.serial}, ONU-ID {thing.onu_id}"
        case VlanSubInterface():
            vids = sorted({v for v in (_rule_vids(thing)) if v is not None})
            return f"VLAN sub-interface {thing.name}: VLAN {', '.join(map(str, vids))}"
        case OltVEnet() if thing.tm is not None:
            queues = ", ".join(f"{q.queue_id} (weight {q.weight})" for q in thing.tm.queues)
            return f"olt-v-enet {thing.name}: queues {queues}"
        case Forwarder():
            return f"forwarder {thing.name}: {len(thing.ports)} ports"
        case ForwardingDatabase():
            return f"forwarding database {thing.name}: {len(thing.static)} static addresses"
        case FlowEntry():
            return f"flow entry in table {thing.table}: {_flow(thing)}"
        case Meter():
            return f"meter {thing.meter_id}: {format_rate(thing.rate_kbps * 1000)}"
        case PortQueue():
            rates = f"at least {format_rate(thing.min_rate_bps)}, at most {format_rate(thing.max_rate_bps)}"
            return f"queue {thing.queue_id} of port {thing.port}: {rates}"
        case _:
            return f"{str(thing.key[0]).replace('-', ' ')} {' '.join(map(str, thing.key[1:]))}"


def _rule_vids(thing: VlanSubInterface) -> list[int | None]:
    return [r.match.vid for r in thing.rules] + [t.vid for r in thing.rules if r.rewrite for t in r.rewrite.push]


def _flow(entry: FlowEntry) -> str:
    fields = {f.name: f.value for f in entry.match}
    parts = [f"port {fields['in_port']}"] if "in_port" in fields else []
    if "ipv4_src" in fields and "ipv4_dst" in fields:
        parts.append(f"{IPv4Address(fields['ipv4_src'])} to {IPv4Address(fields['ipv4_dst'])}")
    elif "ipv4_dst" in fields:
        parts.append(f"to {IPv4Address(fields['ipv4_dst'])}")
    elif "arp_tpa" in fields:
        asker = f"{IPv4Address(fields['arp_spa'])} " if "arp_spa" in fields else ""
        parts.append(f"ARP {asker}for {IPv4Address(fields['arp_tpa'])}")
    if fields.get("vlan_vid", 0) & 0xFFF:
        parts.append(f"VLAN {fields['vlan_vid'] & 0xFFF}")
    parts += [f"{name} {fields[name]}" for name in ("tcp_dst", "tcp_src", "udp_dst", "udp_src") if name in fields]
    return ", ".join(parts) or "everything else is dropped"


def places_of(campus: Campus, device: str, thing: DeviceObject | None) -> tuple[str, ...]:
    """The places that an object served which nobody asks for any more: by address for a flow entry, by ONU for PON
    objects."""
    if isinstance(thing, FlowEntry):
        addresses = {f.value for f in thing.match if f.name in ("ipv4_src", "ipv4_dst", "arp_spa", "arp_tpa")}
        return tuple(n for n, p in sorted(campus.places.items()) if p.address and int(p.address) in addresses)
    name = getattr(thing, "name", None)
    if name is None:
        return ()
    onus = {
        onu.name
        for onu in campus.onus.values()
        if onu.pon.olt == device and (name == v_ani_name(onu) or str(name).startswith(f"{v_ani_name(onu)}."))
    }
    return tuple(n for n, p in sorted(campus.places.items()) if p.port.device in onus)
