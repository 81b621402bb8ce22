"""Flows of the OLT's bridge. Pure.

    0 where from     PON: GEM port's tag off; uplink         -> reg3 interface
    1 sub-interface  ingress rule, rewriting, policy         -> reg0 forwarder, reg1 port, reg4 class + 1, reg5 usage
    2 source         a static MAC on another port: drop; else learn (into 10)
    3 destination    static MAC, learned (10)                -> reg2 port, 0: not known
    4 flood          to every port of the forwarder, where the destination is not known
    5 out            not where it came from, not across a split horizon; rewriting, queue by traffic class

reg7 is the marking of the ingress policy, reg6 a PCP that is copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labs.olt.config import StaticMac
from labs.olt.dataplane.flow import Flow
from labs.olt.dataplane.frames import MARKING, egress, push, treatments
from labs.olt.dataplane.labels import Labels, member_label, meter_label, uplink_label
from labs.olt.dataplane.services import Bridge, Member, Services
from labs.olt.dataplane.wiring import Wiring

LEARNED: Final = 10
GEM_TPID: Final = "0x88a8"
_USAGE: Final = {"user-port": 1, "network-port": 2, "subtended-node-port": 3, "inherit": 4}
_GROUP: Final = "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00"
_FROM_GROUP: Final = "dl_src=01:00:00:00:00:00/01:00:00:00:00:00"


def olt_flows(services: Services, labels: Labels, wiring: Wiring) -> list[Flow]:
    """All flows of the OLT's bridge."""
    return list(_Olt(services, labels, wiring).flows())


class _Olt:
    def __init__(self, services: Services, labels: Labels, wiring: Wiring) -> None:
        self._services = services
        self._labels = labels
        self._wiring = wiring

    def flows(self) -> Iterator[Flow]:
        yield from self._where_from()
        for bridge in self._services.bridges:
            for member in bridge.members:
                yield from self._sub_interface(bridge, member)
                yield from self._out(bridge, member)
            yield from self._source(bridge)
            yield from self._destination(bridge)
        yield Flow(table=2, priority=30, match=(_FROM_GROUP,))
        yield Flow(table=4, priority=1, actions=("goto_table:5",))

    def _where_from(self) -> Iterator[Flow]:
        for uni in self._services.unis:
            port = self._wiring.pons[uni.pon].olt_port
            for gem in uni.gems:
                if gem.tcont is not None:
                    vid = self._labels.gems[uni.pon][gem.name]
                    load = _load(self._labels.interfaces[uni.name], "NXM_NX_REG3[]")
                    match = (f"in_port={port}", f"dl_vlan={vid}")
                    yield Flow(table=0, priority=10, match=match, actions=("pop_vlan", load, "goto_table:1"))
        for port in sorted({m.uplink for b in self._services.bridges for m in b.members if m.uplink is not None}):
            load = _load(self._labels.interfaces[uplink_label(port)], "NXM_NX_REG3[]")
            yield Flow(table=0, priority=10, match=(f"in_port={port}",), actions=(load, "goto_table:1"))

    def _interface(self, member: Member) -> int:
        name = uplink_label(member.uplink or 0) if member.uni is None else member.uni.name
        return self._labels.interfaces[name]

    def _member(self, bridge: Bridge, member: Member) -> int:
        return self._labels.members[member_label(bridge.forwarder.name, member.name)]

    def _sub_interface(self, bridge: Bridge, member: Member) -> Iterator[Flow]:
        for rank, treatment in treatments(member.sub):
            actions = [f"meter:{self._labels.meters[meter_label(member.sub.name, p)]}" for p in treatment.policers[:1]]
            actions += treatment.actions
            actions.append(_load(self._labels.forwarders[bridge.forwarder.name], "NXM_NX_REG0[]"))
            actions.append(_load(self._member(bridge, member), "NXM_NX_REG1[]"))
            actions.append(_load(_USAGE[member.usage], "NXM_NX_REG5[]"))
            if treatment.traffic_class is not None:
                actions.append(_load(treatment.traffic_class + 1, "NXM_NX_REG4[]"))
            if treatment.marking is not None:
                actions.append(_load(treatment.marking, MARKING))
            match = (f"reg3={self._interface(member)}", *treatment.match)
            yield Flow(table=1, priority=of_priority(rank), match=match, actions=(*actions, "goto_table:2"))

    def _source(self, bridge: Bridge) -> Iterator[Flow]:
        forwarder = f"reg0={self._labels.forwarders[bridge.forwarder.name]}"
        for static in bridge.forwarder.static_macs:
            home = self._home(bridge, static)
            source = f"dl_src={static.mac}"
            if home is not None:
                match = (forwarder, f"reg1={home}", source)
                yield Flow(table=2, priority=20, match=match, actions=("goto_table:3",))
            yield Flow(table=2, priority=10, match=(forwarder, source))
        learn = ",".join(
            (
                f"learn(table={LEARNED}",
                f"idle_timeout={min(bridge.forwarder.aging_s, 0xFFFF)}",
                "priority=10",
                f"limit={min(bridge.forwarder.max_macs, 0xFFFF_FFFF)}",
                f"cookie=0x{self._labels.forwarders[bridge.forwarder.name]:x}",
                "NXM_NX_REG0[]",
                "NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]",
                "load:NXM_NX_REG1[]->NXM_NX_REG2[])",
            )
        )
        yield Flow(table=2, priority=1, match=(forwarder,), actions=(learn, "goto_table:3"))

    def _destination(self, bridge: Bridge) -> Iterator[Flow]:
        forwarder = f"reg0={self._labels.forwarders[bridge.forwarder.name]}"
        for static in bridge.forwarder.static_macs:
            home = self._home(bridge, static)
            actions = () if home is None else (_load(home, "NXM_NX_REG2[]"), "goto_table:5")
            yield Flow(table=3, priority=30, match=(forwarder, f"dl_dst={static.mac}"), actions=actions)
        yield Flow(table=3, priority=20, match=(forwarder, _GROUP), actions=("goto_table:4",))
        yield Flow(table=3, priority=1, match=(forwarder,), actions=(f"resubmit(,{LEARNED})", "goto_table:4"))
        copies = tuple(f"clone({_load(self._member(bridge, m), 'NXM_NX_REG2[]')},resubmit(,5))" for m in bridge.members)
        yield Flow(table=4, priority=10, match=(forwarder, "reg2=0"), actions=copies)

    def _home(self, bridge: Bridge, static: StaticMac) -> int | None:
        found = next((m for m in bridge.members if m.name == static.port), None)
        return None if found is None else self._member(bridge, found)

    def _out(self, bridge: Bridge, member: Member) -> Iterator[Flow]:
        number = self._member(bridge, member)
        to = f"reg2={number}"
        yield Flow(table=5, priority=100, match=(f"reg1={number}", to))
        for begin, end in bridge.forwarder.split_horizon:
            if end == member.usage:
                yield Flow(table=5, priority=90, match=(to, f"reg5={_USAGE[begin]}"))
        for tagged, rewriting in egress(member.sub):
            if member.uni is None:
                actions = (*rewriting, f"output:{member.uplink}")
                yield Flow(table=5, priority=50, match=(to, *tagged), actions=actions)
                continue
            port = self._wiring.pons[member.uni.pon].olt_port
            for gem in member.uni.gems:
                tag = push(GEM_TPID, self._labels.gems[member.uni.pon][gem.name])
                # What no policy has classified is in traffic class 0.
                for register in (gem.traffic_class + 1, *((0,) if gem.traffic_class == 0 else ())):
                    match = (to, f"reg4={register}", *tagged)
                    yield Flow(table=5, priority=50, match=match, actions=(*rewriting, *tag, f"output:{port}"))


def of_priority(rank: int) -> int:
    """A rule's priority, lowest first, as a flow's, highest first."""
    return max(65_000 - rank, 1)


def _load(number: int, register: str) -> str:
    return f"load:{number}->{register}"
