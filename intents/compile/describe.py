"""A change in the field's words: what it is, whether traffic notices, and whom it touches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, singledispatch
from ipaddress import IPv4Address
from typing import Final

from intents.compile.pon_names import v_ani_name
from intents.model.campus import Campus
from intents.model.pon import (
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
from intents.model.state import DeviceObject, Difference, ObjectKey
from intents.model.switch import FlowEntry, GroupEntry, Meter, PortQueue
from intents.model.units import format_rate

_ALL: Final = ()
# Per kind, the attributes whose change stops traffic for a moment (all of them: empty), and why.
_DISRUPTIVE: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "hardware": (_ALL, "the interface is started anew"),
    "channel-group": (_ALL, "the PON is started anew"),
    "channel-partition": (_ALL, "the PON is started anew"),
    "channel-pair": (_ALL, "the PON is started anew"),
    "channel-termination": (_ALL, "the PON is started anew"),
    "v-ani": (_ALL, "the ONU is activated anew"),
    "ani": (_ALL, "the ONU is activated anew"),
    "link": (_ALL, "the interface is started anew"),
    "ethernet": (("hardware",), "the interface moves to another port"),
    "olt-v-enet": (("v_ani",), "the UNI moves to another ONU"),
    "vlan-sub-interface": (("rules", "lower", "egress"), "frames are tagged otherwise"),
    "tcont": (("alloc_id", "v_ani"), "the T-CONT gets another Alloc-ID"),
    "gemport": (_ALL, "the GEM port is made anew"),
    "shaper-profile": (_ALL, "a profile is edited under its users"),
    "traffic-descriptor-profile": (_ALL, "a profile is edited under its users"),
    "tc-map": (_ALL, "a profile is edited under its users"),
    "bac": (_ALL, "a profile is edited under its users"),
    "classifier": (_ALL, "a profile is edited under its users"),
    "composite-filter": (_ALL, "a profile is edited under its users"),
    "policy": (_ALL, "a profile is edited under its users"),
    "policy-profile": (_ALL, "a profile is edited under its users"),
    "policing-profile": (_ALL, "a profile is edited under its users"),
    "split-horizon-profile": (_ALL, "a profile is edited under its users"),
}


def disruption(difference: Difference) -> str:
    """Why traffic stops for a moment while the change happens; empty: it does not. Adding disturbs nobody, and who is
    removed has nothing left to lose."""
    before, after = difference.before, difference.after
    if before is None or after is None:
        return ""
    attributes, reason = _DISRUPTIVE.get(str(difference.key[0]), (("key",), ""))
    if attributes and all(getattr(before, name) == getattr(after, name) for name in attributes):
        return ""
    return reason


def taken_over(found: Mapping[str, Collection[Difference]]) -> Mapping[tuple[str, ObjectKey], str]:
    """Why traffic stops for a moment where something is added in the place of what is removed, by device and key: an
    ONU under another name or on another OLT, a UNI in another VLAN. Object by object nobody would be disturbed."""
    gone: set[tuple[str, str]] = set()
    made: list[tuple[str, Difference]] = []
    for device, differences in found.items():
        for d in differences:
            if d.key[0] not in _SLOTS:
                continue
            if d.after is None:
                gone.update(slot for slot in (_slot(device, d.before),) if slot is not None)
            elif d.before is None:
                made.append((device, d))
    if not gone:
        return {}
    return {(device, d.key): _SLOTS[str(d.key[0])] for device, d in made if _slot(device, d.after) in gone}


_SLOTS: Final = {"v-ani": "the ONU is activated anew", "vlan-sub-interface": "the port moves to another VLAN"}


def _slot(device: str, thing: DeviceObject | None) -> tuple[str, str] | None:
    """What there can be only one of: an ONU by its serial number in the whole campus, a user's port by its name."""
    if isinstance(thing, VAni):
        return ("", thing.serial)
    if isinstance(thing, VlanSubInterface) and thing.usage == "user-port":
        return (device, thing.lower)
    return None


def summary(difference: Difference) -> str:
    """The object in one line: `T-CONT cw.onu-ct.1.tc3: Alloc-ID 1034, profile cw.tdp.f0.a4546.m8667.p4.w91`, and for a
    modification what it was."""
    before, after = difference.before, difference.after
    if before is None or after is None:
        return "".join(": ".join(p for p in _words(thing) if p) for thing in (before, after) if thing is not None)
    title, details = _words(after)
    was = _words(before)[1]
    return f"{title}: {details} (was {was})" if was != details else f"{title}: {details}".removesuffix(": ")


@singledispatch
def _words(thing: DeviceObject) -> tuple[str, str]:
    """An object's name in the field's words, and what there is to say of it."""
    return f"{str(thing.key[0]).replace('-', ' ')} {' '.join(map(str, thing.key[1:]))}", ""


@_words.register
def _(thing: TCont) -> tuple[str, str]:
    return f"T-CONT {thing.name}", f"Alloc-ID {thing.alloc_id}, profile {thing.profile}"


@_words.register
def _(thing: GemPort) -> tuple[str, str]:
    return f"GEM port {thing.name}", f"{thing.gemport_id}, traffic class {thing.traffic_class}"


@_words.register
def _(thing: TrafficDescriptorProfile) -> tuple[str, str]:
    rates = f"assured {format_rate(thing.assured_bps)}, maximum {format_rate(thing.maximum_bps)}"
    return f"traffic descriptor profile {thing.name}", rates


@_words.register
def _(thing: ShaperProfile) -> tuple[str, str]:
    return f"shaper {thing.name}", format_rate(thing.pir_kbps * 1000)


@_words.register
def _(thing: VAni) -> tuple[str, str]:
    return f"v-ani {thing.name}", f"serial number {thing.serial}, ONU-ID {thing.onu_id}"


@_words.register
def _(thing: VlanSubInterface) -> tuple[str, str]:
    vids = {r.match.vid for r in thing.rules} | {t.vid for r in thing.rules if r.rewrite for t in r.rewrite.push}
    policy = f", policy {thing.ingress_policy}" if thing.ingress_policy else ""
    return (
        f"VLAN sub-interface {thing.name}",
        f"VLAN {', '.join(str(v) for v in sorted(vids - {None}, key=str))}{policy}",
    )


@_words.register
def _(thing: OltVEnet) -> tuple[str, str]:
    queues = thing.tm.queues if thing.tm is not None else ()
    said = ", ".join(f"{q.queue_id} (priority {q.priority}, weight {q.weight})" for q in queues)
    return f"olt-v-enet {thing.name}", f"queues {said}" if said else ""


@_words.register
def _(thing: Forwarder) -> tuple[str, str]:
    return f"forwarder {thing.name}", f"{len(thing.ports)} ports"


@_words.register
def _(thing: ForwardingDatabase) -> tuple[str, str]:
    return f"forwarding database {thing.name}", f"{len(thing.static)} static addresses"


@_words.register
def _(thing: FlowEntry) -> tuple[str, str]:
    return f"flow entry in table {thing.table}", _flow(thing)


@_words.register
def _(thing: Meter) -> tuple[str, str]:
    return f"meter {thing.meter_id}", format_rate(thing.rate_kbps * 1000)


@_words.register
def _(thing: GroupEntry) -> tuple[str, str]:
    ports = [f"port {bucket.watch_port}" for bucket in thing.buckets if bucket.watch_port is not None]
    return f"group {thing.group_id:#x}", ", else ".join(ports)


@_words.register
def _(thing: PortQueue) -> tuple[str, str]:
    rates = f"at least {format_rate(thing.min_rate_bps)}, at most {format_rate(thing.max_rate_bps)}"
    return f"queue {thing.queue_id} of port {thing.port}", rates


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


class Served:
    """Which places and ONUs an object serves, by what it says itself: of what nobody asks for any more, and of changes
    to what many share. Indexes are made when first needed."""

    def __init__(self, campus: Campus) -> None:
        self._campus = campus

    @cached_property
    def _by_address(self) -> Mapping[int, str]:
        return {int(p.address): n for n, p in self._campus.places.items() if p.address is not None}

    @cached_property
    def _onus(self) -> Mapping[str, str]:
        return {v_ani_name(onu): name for name, onu in self._campus.onus.items()}

    @cached_property
    def _by_device(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for name, place in sorted(self._campus.places.items()):
            found.setdefault(place.port.device, []).append(name)
        return {device: tuple(names) for device, names in found.items()}

    def places(self, thing: DeviceObject | None) -> tuple[str, ...]:
        """The places that an object served: by address for a flow entry, by ONU for PON objects."""
        if isinstance(thing, FlowEntry):
            addresses = [f.value for f in thing.match if f.name in ("ipv4_src", "ipv4_dst", "arp_spa", "arp_tpa")]
            return tuple(sorted({self._by_address[a] for a in addresses if a in self._by_address}))
        onu = self.onu_of(thing)
        return self._by_device.get(onu, ()) if onu is not None else ()

    def onu_of(self, thing: DeviceObject | None) -> str | None:
        """The ONU whose name an object carries: `cw.onu-ct.1.tc3` is onu-ct's. None: it is no single ONU's."""
        name = str(getattr(thing, "name", ""))
        while name:
            if name in self._onus:
                return self._onus[name]
            name = name.rpartition(".")[0]
        return None

    def onus(self, thing: DeviceObject | None, places: Iterable[str]) -> tuple[str, ...]:
        """The ONU that an object is of, and those of the places that it serves."""
        own = self.onu_of(thing)
        devices = {self._campus.places[p].port.device for p in places if p in self._campus.places}
        return tuple(sorted({d for d in devices if d in self._campus.onus} | ({own} if own is not None else set())))
