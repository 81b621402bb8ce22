"""Table 0 of every switch: who may enter, with which tag. Access ports are tagged and marked, trunks are let in by
VLAN, everything else is dropped (docs/architecture.md, "Switch pipeline")."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from intents.compile.allocate import cookie
from intents.compile.context import Context
from intents.compile.failover import failover_group
from intents.compile.flows import (
    ETH_IPV4,
    LEARN_PRIORITY,
    TABLE_ENTRY,
    TABLE_NEIGHBOURS,
    TABLE_POLICY,
    field,
    set_field,
)
from intents.compile.recorder import Recorder
from intents.compile.topology import OutPort, Route, SwitchHop
from intents.model.campus import Place
from intents.model.switch import VID_PRESENT, Action, FlowEntry, LearnNeighbour, Match, PushVlan, Resubmit, match

MISS: Final = 0
ENTER: Final = 100
ENTER_AND_LEARN: Final = 200
_LEARN: Final = LearnNeighbour(table=TABLE_NEIGHBOURS, priority=LEARN_PRIORITY, arp=False)
_PUSH: Final = PushVlan()


def add_switch(recorder: Recorder, switch: str, *, is_used: bool) -> None:
    """A switch, and the last entries of tables 0 and 1: what matches nothing is dropped."""
    recorder.device(switch)
    recorder.begin(("switch", switch), switch)
    for table in (TABLE_ENTRY, TABLE_POLICY) if is_used else ():
        recorder.add(FlowEntry(table=table, priority=MISS, match=match(), cookie=cookie("campus")))


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
        recorder.share(_admission(here, VID_PRESENT | context.vid(place), port))
        if hop.up is None:
            _learn(context, recorder, place, here, port)


@lru_cache(maxsize=65_536)
def _admission(port: int, vid: int, known_as: int) -> FlowEntry:
    """A trunk lets a VLAN in; the same on any switch. known_as: the port that table 1 knows it by."""
    actions, goto = _onwards(port, known_as)
    packets: Match = (field("in_port", port), field("vlan_vid", vid))
    return FlowEntry(
        table=TABLE_ENTRY, priority=ENTER, match=packets, actions=actions, goto=goto, cookie=cookie("campus")
    )


def _onwards(port: int, known_as: int) -> tuple[tuple[Action, ...], int | None]:
    """To table 1: actions and goto."""
    return ((), TABLE_POLICY) if port == known_as else ((Resubmit(TABLE_POLICY, known_as),), None)


def _learn(context: Context, recorder: Recorder, place: Place, port: int, known_as: int) -> None:
    """At the gateway, a place whose MAC address is not written is remembered by what it sends."""
    if place.mac is not None or place.address is None:
        return
    actions, goto = _onwards(port, known_as)
    entry = FlowEntry(
        table=TABLE_ENTRY,
        priority=ENTER_AND_LEARN,
        match=(
            field("eth_type", ETH_IPV4),
            field("in_port", port),
            field("ipv4_src", int(place.address)),
            field("vlan_pcp", context.marks[place.name].pcp),
            field("vlan_vid", VID_PRESENT | context.vid(place)),
        ),
        actions=(_LEARN, *actions),
        goto=goto,
        cookie=cookie(f"place/{place.name}"),
    )
    recorder.add(entry)


def _access(context: Context, recorder: Recorder, route: Route) -> None:
    """The place's own port: untagged frames get a tag, VID 0 gets the VID, both get the place's class."""
    place, hop = route.place, route.switches[0]
    mark: tuple[Action, ...] = (
        set_field("vlan_vid", VID_PRESENT | context.vid(place)),
        set_field("vlan_pcp", context.marks[place.name].pcp),
    )
    at_gateway = hop.switch == context.topology.gateway.name
    for vlan, actions in ((0, (_PUSH, *mark)), (VID_PRESENT, mark)):
        where = (field("in_port", hop.down), field("vlan_vid", vlan))
        entry = FlowEntry(
            table=TABLE_ENTRY,
            priority=ENTER,
            match=where,
            actions=actions,
            goto=TABLE_POLICY,
            cookie=cookie("campus"),
        )
        recorder.add(entry)
        if not at_gateway or place.mac is not None or place.address is None:
            continue
        learning = FlowEntry(
            table=TABLE_ENTRY,
            priority=ENTER_AND_LEARN,
            match=match(*where, field("eth_type", ETH_IPV4), field("ipv4_src", int(place.address))),
            actions=(_LEARN, *actions),
            goto=TABLE_POLICY,
            cookie=cookie(f"place/{place.name}"),
        )
        recorder.add(learning)
