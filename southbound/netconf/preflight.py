"""What YANG lets through and an OLT refuses all the same, found before anything is sent. Pure: a state in, faults out.

Checked is what a device is to hold in the end, its own objects included. What it holds already is not ours to judge:
`new_faults` gives only what a change brings in. Limits: G.9807.1 C.6.1.5 for XGS-PON, G.984.3 5.2-5.4 for GPON.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from intents.model import pon
from intents.model.diagnostic import Diagnostic
from intents.model.state import DeviceState, Difference, patch


class Fault(NamedTuple):
    """One fault: the object to blame and what to say of it."""

    name: str
    diagnostic: Diagnostic


class _Limits(NamedTuple):
    onu_ids: tuple[int, int]
    alloc_ids: tuple[int, int]
    gem_ids: tuple[int, int]
    capacity_bps: int


_LIMITS: Final[dict[str, _Limits]] = {
    "xgs": _Limits((0, 1020), (1024, 16383), (1021, 65534), 8_670_000_000),
    "gpon": _Limits((0, 253), (256, 4095), (256, 4095), 1_238_784_000),
}
T = TypeVar("T", bound="pon.PonObject")
Key = TypeVar("Key")


def faults(state: DeviceState) -> tuple[Fault, ...]:
    """Everything that an OLT would refuse of a state, in a stable order."""
    view = _View(state)
    rules = (_v_anis, _tconts, _bandwidth, _gemports, _queues, _shapers, _sub_interfaces, _policers)
    return tuple(fault for rule in rules for fault in rule(view))


def new_faults(seen: DeviceState, differences: Sequence[Difference]) -> tuple[Fault, ...]:
    """The faults that a change would bring to what a device was seen to hold."""
    found = faults(patch(seen, differences))
    if not found:
        return ()
    known = {fault.diagnostic for fault in faults(seen)}
    return tuple(fault for fault in found if fault.diagnostic not in known)


class _View:
    """Look-ups over one state."""

    def __init__(self, state: DeviceState) -> None:
        self._by_type: dict[type, dict[str, pon.PonObject]] = defaultdict(dict)
        for key in sorted(state.objects, key=repr):
            item = state.objects[key]
            if isinstance(item, pon.PonObject):
                self._by_type[type(item)][item.name] = item

    def named(self, kind: type[T]) -> dict[str, T]:
        """The objects of a kind by name, sorted."""
        return self._by_type[kind]  # type: ignore[return-value]  # by the type that it is filed under

    def pair_of(self, v_ani: str) -> pon.ChannelPair | None:
        """The channel pair of a v-ani."""
        found = self.named(pon.VAni).get(v_ani)
        return None if found is None else self.named(pon.ChannelPair).get(found.channel_pair)

    def limits_of(self, v_ani: str) -> _Limits | None:
        """What the v-ani's PON takes; None where it is on none."""
        pair = self.pair_of(v_ani)
        return None if pair is None else _LIMITS[pair.type]


def _v_anis(view: _View) -> Iterator[Fault]:
    serials: dict[str, str] = {}
    ids: dict[tuple[str, int], str] = {}
    partitions = view.named(pon.ChannelPartition)
    for v in view.named(pon.VAni).values():
        pair = view.pair_of(v.name)
        if v.channel_partition not in partitions or pair is None or pair.channel_partition != v.channel_partition:
            message = f"v-ani {v.name} is on channel pair {v.channel_pair}, which is not of {v.channel_partition}"
            yield _reference(v.name, message)
        limits = view.limits_of(v.name)
        if limits is not None:
            yield from _range(v.name, f"ONU-ID of v-ani {v.name}", v.onu_id, limits.onu_ids)
        yield from _twice(serials, v.serial.upper(), v.name, f"serial number {v.serial}")
        yield from _twice(ids, (v.channel_pair, v.onu_id), v.name, f"ONU-ID {v.onu_id}")


def _tconts(view: _View) -> Iterator[Fault]:
    alloc_ids: dict[tuple[str, int], str] = {}
    profiles = view.named(pon.TrafficDescriptorProfile)
    v_anis = view.named(pon.VAni)
    for t in view.named(pon.TCont).values():
        if t.profile not in profiles:
            yield _reference(t.name, f"T-CONT {t.name} has no traffic descriptor profile, so it would get no bandwidth")
        if t.v_ani not in v_anis:
            yield _reference(t.name, f"T-CONT {t.name} is of {t.v_ani}, which is no v-ani")
            continue
        limits = view.limits_of(t.v_ani)
        if limits is not None:
            yield from _range(t.name, f"Alloc-ID of T-CONT {t.name}", t.alloc_id, limits.alloc_ids)
        place = (v_anis[t.v_ani].channel_pair, t.alloc_id)
        yield from _twice(alloc_ids, place, t.name, f"Alloc-ID {t.alloc_id}")


def _bandwidth(view: _View) -> Iterator[Fault]:
    profiles, v_anis = view.named(pon.TrafficDescriptorProfile), view.named(pon.VAni)
    promised: dict[str, int] = defaultdict(int)
    for t in view.named(pon.TCont).values():
        profile, limits = profiles.get(t.profile or ""), view.limits_of(t.v_ani)
        if profile is None or limits is None:
            continue
        pair = v_anis[t.v_ani].channel_pair
        before, promised[pair] = promised[pair], promised[pair] + profile.fixed_bps + profile.assured_bps
        if before <= limits.capacity_bps < promised[pair]:
            # The sum is not said: a PON that others have overbooked is not a new fault whenever it changes.
            message = (
                f"fixed and assured bandwidth on channel pair {pair} are more than its {limits.capacity_bps} bit/s"
            )
            yield _fault(t.name, "pon-over-rate", message, "promise less on this PON, or move an ONU to another")
    for p in profiles.values():
        if p.maximum_bps < p.fixed_bps + p.assured_bps:
            message = f"profile {p.name}: the maximum is below the sum of fixed and assured"
            yield _fault(p.name, "pon-over-rate", message, "raise the maximum (G.9807.1 C.7.3.5)")


def _gemports(view: _View) -> Iterator[Fault]:
    enets, tconts, v_anis = view.named(pon.OltVEnet), view.named(pon.TCont), view.named(pon.VAni)
    ids: dict[tuple[str, int], str] = {}
    for g in view.named(pon.GemPort).values():
        enet = enets.get(g.interface)
        if enet is None:
            yield _reference(g.name, f"GEM port {g.name} is on {g.interface}, which is no olt-v-enet")
            continue
        tcont = tconts.get(g.tcont or "")
        if g.tcont is not None and (tcont is None or tcont.v_ani != enet.v_ani):
            yield _reference(g.name, f"GEM port {g.name} names T-CONT {g.tcont}, which is not of {enet.v_ani}")
        limits = view.limits_of(enet.v_ani)
        if limits is not None:
            yield from _range(g.name, f"number of GEM port {g.name}", g.gemport_id, limits.gem_ids)
            place = (v_anis[enet.v_ani].channel_pair, g.gemport_id)
            yield from _twice(ids, place, g.name, f"GEM port number {g.gemport_id}")


def _queues(view: _View) -> Iterator[Fault]:
    enets, tconts = view.named(pon.OltVEnet), view.named(pon.TCont)
    for g in view.named(pon.GemPort).values():
        enet, tcont = enets.get(g.interface), tconts.get(g.tcont or "")
        if g.traffic_class is None:
            continue
        roots = []
        if enet is not None and enet.tm is not None:
            below = [q for s in enet.tm.schedulers for q in s.queues]
            roots.append((enet.name, (*enet.tm.queues, *below), enet.tm.tc_map))
        if tcont is not None:
            roots.append((tcont.name, tcont.queues, tcont.tc_map))
        for name, queues, tc_map in roots:
            queue_id = _queue_of(view, tc_map, g.traffic_class)
            if queues and queue_id not in {q.queue_id for q in queues}:
                message = f"traffic class {g.traffic_class} of GEM port {g.name} has no queue at {name}"
                yield _fault(g.name, "pon-no-queue", message, "map the class to a queue that is there")


def _queue_of(view: _View, tc_map: str | None, traffic_class: int) -> int | None:
    if tc_map is None:
        return traffic_class
    found = view.named(pon.TcMap).get(tc_map)
    return None if found is None else dict(found.entries).get(traffic_class)


def _shapers(view: _View) -> Iterator[Fault]:
    """What is promised upstream also gets through the shapers downstream: else the answers of a service starve."""
    enets, tconts = view.named(pon.OltVEnet), view.named(pon.TCont)
    profiles, shapers = view.named(pon.TrafficDescriptorProfile), view.named(pon.ShaperProfile)
    for g in view.named(pon.GemPort).values():
        enet, tcont = enets.get(g.interface), tconts.get(g.tcont or "")
        profile = None if tcont is None else profiles.get(tcont.profile or "")
        if enet is None or enet.tm is None or profile is None or g.traffic_class is None:
            continue
        queue_id = _queue_of(view, enet.tm.tc_map, g.traffic_class)
        names = [q.shaper for q in enet.tm.queues if q.queue_id == queue_id]
        for shaper in (shapers.get(name or "") for name in (*names, enet.tm.shaper)):
            if shaper is not None and shaper.pir_kbps * 1000 < profile.fixed_bps + profile.assured_bps:
                message = (
                    f"shaper {shaper.name} of {enet.name} lets {shaper.pir_kbps} kbit/s through, "
                    f"less than {profile.name} promises traffic class {g.traffic_class}"
                )
                yield _fault(enet.name, "pon-over-rate", message, "shape to at least what is promised")


def _sub_interfaces(view: _View) -> Iterator[Fault]:
    enets, ethernets = view.named(pon.OltVEnet), view.named(pon.EthernetInterface)
    homes: dict[str, str] = {}
    for forwarder in view.named(pon.Forwarder).values():
        for _, sub_interface in forwarder.ports:
            yield from _twice(homes, sub_interface, forwarder.name, f"sub-interface {sub_interface}")
        if len(forwarder.split_horizon) > 1:
            message = f"forwarder {forwarder.name} has several split horizon profiles; the model takes one"
            yield _reference(forwarder.name, message)
    for s in view.named(pon.VlanSubInterface).values():
        if s.lower not in enets and s.lower not in ethernets:
            yield _reference(s.name, f"sub-interface {s.name} sits on {s.lower}, which carries no Ethernet frames")
        elif s.lower in enets and s.name not in homes:
            yield _reference(s.name, f"user sub-interface {s.name} is in no forwarder")


def _policers(view: _View) -> Iterator[Fault]:
    for p in view.named(pon.PolicingProfile).values():
        if p.cir_bps > p.pir_bps:
            message = f"policer {p.name}: CIR {p.cir_bps} bit/s is above PIR {p.pir_bps} bit/s"
            yield _fault(p.name, "pon-over-rate", message, "CIR is at most PIR (RFC 2698)")


def _range(name: str, what: str, number: int, bounds: tuple[int, int]) -> Iterator[Fault]:
    if not bounds[0] <= number <= bounds[1]:
        message = f"{what} is {number}, not in {bounds[0]}..{bounds[1]}"
        yield _fault(name, "pon-number", message, "give it a number that its PON technology has")


def _twice(seen: dict[Key, str], key: Key, name: str, what: str) -> Iterator[Fault]:
    first = seen.setdefault(key, name)
    if first != name:
        yield _fault(name, "pon-number", f"{what} of {name} is taken by {first}", "each is given out once")


def _reference(name: str, message: str) -> Fault:
    return _fault(name, "pon-reference", message, "what it names must be there and of that kind")


def _fault(name: str, code: str, message: str, hint: str) -> Fault:
    return Fault(name, Diagnostic(code=code, message=message, hint=hint))
