"""What an OLT with its ONUs does with one frame: UNI, GEM port, T-CONT, forwarder, uplink, and back (TR-385, TR-383).

What is not configured does not forward. A frame for an address that is not static is flooded to all ports of its
forwarder that split horizon leaves, since wherever it may have been learnt is among those. An ONU that is not up, or
not where it is expected, carries nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from intents.model.campus import Endpoint
from intents.model.pon import (
    EthernetInterface,
    Forwarder,
    ForwardingDatabase,
    GemPort,
    OltVEnet,
    Queue,
    ShaperProfile,
    SplitHorizonProfile,
    StaticMac,
    TcMap,
    TCont,
    TmRoot,
    TrafficDescriptorProfile,
    VlanSubInterface,
)
from intents.verify.reference.doubt import Doubt
from intents.verify.reference.packet import Packet
from intents.verify.reference.pon_ports import PonState, Uni, is_there, onu_behind, uni_at, uplink_at, uplink_of
from intents.verify.reference.vlan import Taken, makes, rewritten, take

Waits = tuple[tuple[str, int | None], ...]
Limits = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PonOut:
    """A frame that leaves by a UNI or an uplink. sure False: of several that may leave, it cannot be told which does.

    waits: where it waits, as (T-CONT and traffic class) or (olt-v-enet and queue; None: it has no queues).
    limits: what caps it, as (name, bit/s). served: how it is served where it waits, in words.
    """

    port: Endpoint
    packet: Packet
    sure: bool = True
    waits: Waits = ()
    limits: Limits = ()
    served: tuple[str, ...] = ()


def run(state: PonState, packet: Packet, port: Endpoint) -> tuple[PonOut, ...]:
    """The frames that leave when one enters by a UNI or an uplink; none: it is dropped. Raises Doubt."""
    if port.device in state.onus:
        return tuple(_from_uni(state, packet, port))
    uplink = uplink_at(state, port.port)
    return () if uplink is None else tuple(_at_olt(state, uplink.name, PonOut(port=port, packet=packet)))


def _from_uni(state: PonState, packet: Packet, port: Endpoint) -> Iterator[PonOut]:
    """An ONU takes the frame at its UNI and sends it up in the T-CONT of its traffic class."""
    uni = uni_at(state, port)
    if uni is None or not is_there(state, uni.v_ani):
        return
    taken = take(state.held, uni.interface.name, packet)
    if taken is None:
        return
    tcont = _tcont(state, uni, taken.traffic_class)
    profile = state.held.named(TrafficDescriptorProfile, tcont.profile) if tcont is not None else None
    if tcont is None or tcont.v_ani != uni.v_ani.name or profile is None or profile.maximum_bps <= 0:
        return
    if tcont.queues and _queue(state, tcont.queues, tcont.tc_map, taken.traffic_class) is None:
        return
    frame = PonOut(
        port=port,
        packet=taken.packet,
        waits=((tcont.name, taken.traffic_class or 0),),
        limits=(*taken.limits, (tcont.name, profile.maximum_bps)),
        served=(_served(profile),),
    )
    yield from _at_olt(state, uni.venet.name, frame)


def _served(profile: TrafficDescriptorProfile) -> str:
    return (
        f"T-CONT of {profile.fixed_bps} fixed, {profile.assured_bps} assured bit/s, then {profile.eligibility} "
        f"of priority {profile.priority}, weight {profile.weight}"
    )


def _gems(state: PonState, venet: OltVEnet, traffic_class: int | None) -> list[GemPort]:
    return [
        gem for gem in state.held.every(GemPort) if (gem.interface, gem.traffic_class) == (venet.name, traffic_class)
    ]


def _tcont(state: PonState, uni: Uni, traffic_class: int | None) -> TCont | None:
    """The T-CONT that carries a traffic class up. Raises Doubt where there are two."""
    names = {gem.tcont for gem in _gems(state, uni.venet, traffic_class) if gem.tcont is not None}
    if len(names) > 1:
        raise Doubt(f"traffic class {traffic_class} of {uni.venet.name} is carried in {len(names)} T-CONTs")
    return state.held.named(TCont, names.pop()) if names else None


def _queue(state: PonState, queues: tuple[Queue, ...], tc_map: str | None, traffic_class: int | None) -> Queue | None:
    """The queue of a traffic class; without a map they have the same numbers."""
    number = traffic_class
    if tc_map is not None:
        found = state.held.named(TcMap, tc_map)
        number = next((queue for tc, queue in found.entries if tc == traffic_class), None) if found else None
    return next((queue for queue in queues if queue.queue_id == number), None)


def _at_olt(state: PonState, interface: str, frame: PonOut) -> Iterator[PonOut]:
    """The OLT takes the frame at an olt-v-enet or an uplink and forwards it."""
    taken = take(state.held, interface, frame.packet)
    if taken is None:
        return
    frame = replace(frame, packet=taken.packet, limits=(*frame.limits, *taken.limits))
    homes = [
        (forwarder, name)
        for forwarder in state.held.every(Forwarder)
        for name, subif in forwarder.ports
        if subif == taken.subif.name
    ]
    if len(homes) > 1:
        raise Doubt(f"{taken.subif.name} is in {len(homes)} forwarders")
    for forwarder, port in homes:
        for target in _targets(state, forwarder, port, frame.packet):
            subif = state.held.named(VlanSubInterface, dict(forwarder.ports).get(target))
            if subif is not None and not _kept_apart(state, forwarder, taken.subif, subif):
                yield from _leave(state, subif, taken, frame)


def _targets(state: PonState, forwarder: Forwarder, port: str, packet: Packet) -> tuple[str, ...]:
    """The ports of the forwarder that a frame from one of them goes to."""
    static = _static(state, forwarder)
    if any(_number(entry.mac) == packet.eth_src and entry.port != port for entry in static):
        return ()  # a frame that shows a static address where it does not live
    homes = [entry.port for entry in static if _number(entry.mac) == packet.eth_dst]
    return tuple(name for name in homes or dict(forwarder.ports) if name != port)


def _static(state: PonState, forwarder: Forwarder) -> list[StaticMac]:
    table = state.held.named(ForwardingDatabase, forwarder.fdb)
    return [entry for entry in table.static if entry.forwarder == forwarder.name] if table is not None else []


def _number(mac: str) -> int:
    return int(mac.replace(":", ""), 16)


def _kept_apart(state: PonState, forwarder: Forwarder, source: VlanSubInterface, target: VlanSubInterface) -> bool:
    profiles = (state.held.named(SplitHorizonProfile, name) for name in forwarder.split_horizon)
    return any(p is not None and (p.in_usage, p.out_usage) == (source.usage, target.usage) for p in profiles)


def _leave(state: PonState, subif: VlanSubInterface, taken: Taken, frame: PonOut) -> Iterator[PonOut]:
    """By the sub-interface's uplink, or down to the ONU behind its olt-v-enet."""
    packet = rewritten(frame.packet, subif.egress, taken.marking)
    uplink = uplink_of(state, subif.lower)
    if uplink is not None:
        yield replace(frame, port=Endpoint(state.name, uplink), packet=packet)
        return
    port = onu_behind(state, subif.lower)
    uni = uni_at(state, port) if port is not None else None
    if port is None or uni is None or not is_there(state, uni.v_ani):
        return
    if not _gems(state, uni.venet, taken.traffic_class):
        return
    wait: tuple[str, int | None] = (uni.venet.name, None)
    limits: Limits = ()
    served = "no queue"
    if uni.venet.tm is not None:
        queue = _queue(state, _queues(uni.venet.tm), uni.venet.tm.tc_map, taken.traffic_class)
        if queue is None:
            return
        wait = (uni.venet.name, queue.queue_id)
        served = f"queue of priority {queue.priority}, weight {queue.weight}"
        shapers = (state.held.named(ShaperProfile, name) for name in (queue.shaper, uni.venet.tm.shaper))
        limits = tuple((shaper.name, shaper.pir_kbps * 1000) for shaper in shapers if shaper is not None)
    down = replace(
        frame,
        port=port,
        packet=packet,
        waits=(*frame.waits, wait),
        limits=(*frame.limits, *limits),
        served=(*frame.served, served),
    )
    yield from _to_uni(state, uni.interface, down)


def _queues(tm: TmRoot) -> tuple[Queue, ...]:
    """Those right under the root, and those under its schedulers."""
    return (*tm.queues, *(queue for scheduler in tm.schedulers for queue in scheduler.queues))


def _to_uni(state: PonState, interface: EthernetInterface, frame: PonOut) -> Iterator[PonOut]:
    """Out of the UNI by the sub-interface whose rules make the frame's tag the other way, its egress rewrite done."""
    takers = [
        subif
        for subif in state.held.every(VlanSubInterface)
        if subif.lower == interface.name and makes(subif, frame.packet)
    ]
    ways = dict.fromkeys(subif.egress for subif in takers)
    for egress in ways:
        yield replace(frame, packet=rewritten(frame.packet, egress, None), sure=len(ways) == 1)
