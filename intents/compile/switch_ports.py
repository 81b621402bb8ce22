"""The first table of every switch: who may enter, with which tag. Access ports are tagged and marked, trunks are let in
by VLAN, everything else is dropped (docs/architecture.md, "Switch pipeline")."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from intents.compile.allocate import cookie
from intents.compile.context import Context
from intents.compile.failover import failover_group
from intents.compile.flows import ETH_IPV4, field, learn, set_field
from intents.compile.recorder import Recorder
from intents.compile.topology import OutPort, Route, SwitchHop
from intents.model.campus import FlowSpace, Place
from intents.model.switch import VID_PRESENT, Action, FlowEntry, PushVlan, Resubmit, match

MISS: Final = 0
ENTER: Final = 100
ENTER_AND_LEARN: Final = 200
_PUSH: Final = PushVlan()


def add_switch(space: FlowSpace, recorder: Recorder, switch: str, *, is_used: bool) -> None:
    """A switch, and the last entries of its first two tables: what matches nothing is dropped. Where these are not
    tables 0 and 1, also the entry that hands over to them what nobody took before."""
    recorder.device(switch)
    recorder.begin(("switch", switch), switch)
    if not is_used:
        return
    for table in last_tables(space):
        goto = space.entry if table < space.entry else None
        last = FlowEntry(table=table, priority=space.priority + MISS, match=match(), goto=goto, cookie=cookie("campus"))
        recorder.add(last)


def last_tables(space: FlowSpace) -> tuple[int, ...]:
    """The tables that hold an entry of Clearway's for all packets."""
    handover = (0,) if space.first_table else ()
    return (*handover, space.entry, space.policy)


def add_entries(context: Context, recorder: Recorder, route: Route, hop: SwitchHop) -> None:
    """Table 0 of a switch on the way of a place, for that place."""
    if route.access is hop:
        _access(context, recorder, route)
    else:
        _trunk(context, recorder, route.place, hop, hop.down)
    if hop.up is not None:
        _trunk(context, recorder, route.place, hop, hop.up)


def _trunk(context: Context, recorder: Recorder, place: Place, hop: SwitchHop, port: int) -> None:
    """A port to another device, and the one that takes over from it."""
    standby = context.standby(OutPort(hop.switch, port))
    if standby is not None:
        recorder.share(failover_group(port, standby.port))
    for here in (port,) if standby is None else (port, standby.port):
        recorder.share(_admission(context.campus.flow_space, here, VID_PRESENT | context.vid(place), port))
        if hop.up is None:
            _learn(context, recorder, place, here, port)


@lru_cache(maxsize=65_536)
def _admission(space: FlowSpace, port: int, vid: int, known_as: int) -> FlowEntry:
    """A trunk lets a VLAN in; the same on any switch. known_as: the port that the policy table knows it by."""
    actions, goto = _onwards(space, port, known_as)
    return FlowEntry(
        table=space.entry,
        priority=space.priority + ENTER,
        match=(field("in_port", port), field("vlan_vid", vid)),
        actions=actions,
        goto=goto,
        cookie=cookie("campus"),
    )


def _onwards(space: FlowSpace, port: int, known_as: int) -> tuple[tuple[Action, ...], int | None]:
    """To the policy table: actions and goto."""
    return ((), space.policy) if port == known_as else ((Resubmit(space.policy, known_as),), None)


def _learn(context: Context, recorder: Recorder, place: Place, port: int, known_as: int) -> None:
    """At the gateway, a place whose MAC address is not written is remembered by what it sends."""
    if place.mac is not None or place.address is None:
        return
    space = context.campus.flow_space
    actions, goto = _onwards(space, port, known_as)
    entry = FlowEntry(
        table=space.entry,
        priority=space.priority + ENTER_AND_LEARN,
        match=(
            field("eth_type", ETH_IPV4),
            field("in_port", port),
            field("ipv4_src", int(place.address)),
            field("vlan_pcp", context.marks[place.name].pcp),
            field("vlan_vid", VID_PRESENT | context.vid(place)),
        ),
        actions=(learn(space.neighbours, arp=False), *actions),
        goto=goto,
        cookie=cookie(f"place/{place.name}"),
    )
    recorder.add(entry)


def _access(context: Context, recorder: Recorder, route: Route) -> None:
    """The place's own port: untagged frames get a tag, VID 0 gets the VID, both get the place's class."""
    place, hop, space = route.place, route.switches[0], context.campus.flow_space
    mark: tuple[Action, ...] = (
        set_field("vlan_vid", VID_PRESENT | context.vid(place)),
        set_field("vlan_pcp", context.marks[place.name].pcp),
    )
    at_gateway = hop.switch == context.topology.gateway.name
    for vlan, actions in ((0, (_PUSH, *mark)), (VID_PRESENT, mark)):
        where = (field("in_port", hop.down), field("vlan_vid", vlan))
        entry = FlowEntry(
            table=space.entry,
            priority=space.priority + ENTER,
            match=where,
            actions=actions,
            goto=space.policy,
            cookie=cookie("campus"),
        )
        recorder.add(entry)
        if not at_gateway or place.mac is not None or place.address is None:
            continue
        learning = FlowEntry(
            table=space.entry,
            priority=space.priority + ENTER_AND_LEARN,
            match=match(*where, field("eth_type", ETH_IPV4), field("ipv4_src", int(place.address))),
            actions=(learn(space.neighbours, arp=False), *actions),
            goto=space.policy,
            cookie=cookie(f"place/{place.name}"),
        )
        recorder.add(learning)
