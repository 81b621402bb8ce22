"""Table 0 of every switch: who may enter, with which tag. Access ports are tagged and marked, trunks are let in by
VLAN, everything else is dropped (docs/architecture.md, "Switch pipeline")."""

from __future__ import annotations

from typing import Final

from intents.compile.allocate import cookie
from intents.compile.context import Context, Recorder, place_asker
from intents.compile.topology import Route
from intents.model.switch import (
    VID_PRESENT,
    Action,
    FieldMatch,
    FlowEntry,
    LearnNeighbour,
    PushVlan,
    SetField,
    match,
)

ETH_IPV4: Final = 0x0800
ETH_ARP: Final = 0x0806
TABLE_ENTRY: Final = 0
TABLE_POLICY: Final = 1
TABLE_NEIGHBOURS: Final = 2
MISS: Final = 0
ENTER: Final = 100
ENTER_AND_LEARN: Final = 200
LEARN_PRIORITY: Final = 100


def mac_number(mac: str) -> int:
    """`02:c1:ea:00:00:01` as OXM has it."""
    return int(mac.replace(":", ""), 16)


def add_entry_tables(context: Context, recorder: Recorder, switch: str) -> None:
    """Table 0 of a switch, and the last entries of tables 0 and 1: what matches nothing is dropped."""
    for table in (TABLE_ENTRY, TABLE_POLICY):
        recorder.add(switch, FlowEntry(table=table, priority=MISS, match=match(), cookie=cookie("campus")))
    for route in context.used:
        for hop in route.switches:
            if hop.switch != switch:
                continue
            if route.access is hop:
                _access(context, recorder, route)
            else:
                _trunk(context, recorder, route, hop.switch, hop.down)
            if hop.up is not None:
                _admit(context, recorder, route, hop.switch, hop.up)


def _admit(context: Context, recorder: Recorder, route: Route, switch: str, port: int) -> None:
    vid = context.vid(route.place)
    entry = FlowEntry(
        table=TABLE_ENTRY,
        priority=ENTER,
        match=match(FieldMatch("in_port", port), FieldMatch("vlan_vid", VID_PRESENT | vid)),
        goto=TABLE_POLICY,
        cookie=cookie("campus"),
    )
    recorder.add(switch, entry, (place_asker(route.place),), (route.place.name,))


def _trunk(context: Context, recorder: Recorder, route: Route, switch: str, port: int) -> None:
    """A port towards the place that is not its own: its VLAN comes in tagged and marked."""
    _admit(context, recorder, route, switch, port)
    place = route.place
    if switch != context.topology.gateway.name or place.mac is not None or place.address is None:
        return
    entry = FlowEntry(
        table=TABLE_ENTRY,
        priority=ENTER_AND_LEARN,
        match=match(
            FieldMatch("in_port", port),
            FieldMatch("vlan_vid", VID_PRESENT | context.vid(place)),
            FieldMatch("vlan_pcp", context.marks[place.name].pcp),
            FieldMatch("eth_type", ETH_IPV4),
            FieldMatch("ipv4_src", int(place.address)),
        ),
        actions=(LearnNeighbour(table=TABLE_NEIGHBOURS, priority=LEARN_PRIORITY, arp=False),),
        goto=TABLE_POLICY,
        cookie=cookie(f"place/{place.name}"),
    )
    recorder.add(switch, entry, (place_asker(place),), (place.name,))


def _access(context: Context, recorder: Recorder, route: Route) -> None:
    """The place's own port: untagged frames get a tag, VID 0 gets the VID, both get the place's class."""
    place, hop = route.place, route.switches[0]
    mark: tuple[Action, ...] = (
        SetField("vlan_vid", VID_PRESENT | context.vid(place)),
        SetField("vlan_pcp", context.marks[place.name].pcp),
    )
    learn: tuple[Action, ...] = (LearnNeighbour(table=TABLE_NEIGHBOURS, priority=LEARN_PRIORITY, arp=False),)
    at_gateway = hop.switch == context.topology.gateway.name
    for vlan, actions in ((0, (PushVlan(), *mark)), (VID_PRESENT, mark)):
        where = (FieldMatch("in_port", hop.down), FieldMatch("vlan_vid", vlan))
        entry = FlowEntry(
            table=TABLE_ENTRY,
            priority=ENTER,
            match=match(*where),
            actions=actions,
            goto=TABLE_POLICY,
            cookie=cookie("campus"),
        )
        recorder.add(hop.switch, entry, (place_asker(place),), (place.name,))
        if not at_gateway or place.mac is not None or place.address is None:
            continue
        learning = FlowEntry(
            table=TABLE_ENTRY,
            priority=ENTER_AND_LEARN,
            match=match(*where, FieldMatch("eth_type", ETH_IPV4), FieldMatch("ipv4_src", int(place.address))),
            actions=(*learn, *actions),
            goto=TABLE_POLICY,
            cookie=cookie(f"place/{place.name}"),
        )
        recorder.add(hop.switch, learning, (place_asker(place),), (place.name,))
