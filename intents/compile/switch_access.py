"""Table 1 of a switch that is not the gateway: everything goes up to the gateway, and comes down from it.

Up by VLAN and PCP; down by VLAN, PCP and the IPv4 address of the place (docs/architecture.md, "Switch pipeline").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from intents.compile.allocate import cookie
from intents.compile.context import Context, Recorder, choose_cookie, intent_askers, place_asker
from intents.compile.switch_ports import ETH_ARP, ETH_IPV4, TABLE_POLICY
from intents.compile.topology import Route, SwitchHop
from intents.model.campus import ServiceClass
from intents.model.intent import Intent
from intents.model.switch import VID_PRESENT, Action, FieldMatch, FlowEntry, Output, PopVlan, SetQueue, match

UP_PRIORITY: Final = 100
DOWN_PRIORITY: Final = 200


class Senders(NamedTuple):
    """The intents in which a place receives a class, and those that would need its entry without them."""

    intents: tuple[Intent, ...]
    also: tuple[str, ...]


# Per place, what it receives.
Received = Mapping[str, Mapping[ServiceClass, Senders]]


def received(context: Context) -> Received:
    """Per place the classes that it receives and the intents that ask for each. Classes are hashed by value."""
    found: dict[str, dict[ServiceClass, dict[str, Intent]]] = defaultdict(lambda: defaultdict(dict))
    also: dict[str, set[str]] = defaultdict(set)
    for stream in context.streams:
        found[stream.destination.name][stream.cls].update({i.name: i for i in stream.intents})
        also[stream.destination.name] |= {i.name for i in stream.also}
    return {
        name: {
            cls: Senders(tuple(intents[key] for key in sorted(intents)), tuple(sorted(also[name])))
            for cls, intents in classes.items()
        }
        for name, classes in found.items()
    }


def add_access_switch(context: Context, recorder: Recorder, switch: str, into: Received) -> None:
    """Table 1 of one switch."""
    for route in context.used:
        for hop in route.switches:
            if hop.switch == switch and hop.up is not None:
                _up(context, recorder, route, hop)
                _down(context, recorder, route, hop, into.get(route.place.name, {}))


def _up(context: Context, recorder: Recorder, route: Route, hop: SwitchHop) -> None:
    place, mark = route.place, context.marks[route.place.name]
    entry = FlowEntry(
        table=TABLE_POLICY,
        priority=UP_PRIORITY,
        match=match(
            FieldMatch("in_port", hop.down),
            FieldMatch("vlan_vid", VID_PRESENT | context.vid(place)),
            FieldMatch("vlan_pcp", mark.pcp),
        ),
        actions=(SetQueue(mark.priority), Output(hop.up or 0)),
        cookie=cookie("campus"),
    )
    recorder.add(hop.switch, entry, (place_asker(place),), (place.name,))


def _down(
    context: Context,
    recorder: Recorder,
    route: Route,
    hop: SwitchHop,
    classes: Mapping[ServiceClass, Senders],
) -> None:
    place, mark = route.place, context.marks[route.place.name]
    if place.address is None:
        return
    leave: Iterable[Action] = (PopVlan(), Output(hop.down)) if route.access is hop else (Output(hop.down),)
    where = (FieldMatch("in_port", hop.up or 0), FieldMatch("vlan_vid", VID_PRESENT | context.vid(place)))
    address = int(place.address)
    for cls in sorted(classes, key=lambda c: c.priority):
        asked = classes[cls]
        packets = match(
            *where,
            FieldMatch("vlan_pcp", cls.pcp),
            FieldMatch("eth_type", ETH_IPV4),
            FieldMatch("ipv4_dst", address),
        )
        key = ("flow", TABLE_POLICY, DOWN_PRIORITY, packets)
        entry = FlowEntry(
            table=TABLE_POLICY,
            priority=DOWN_PRIORITY,
            match=packets,
            actions=(SetQueue(cls.priority), *leave),
            cookie=choose_cookie(context.held(hop.switch), key, (i.name for i in asked.intents), asked.also),
        )
        recorder.add(hop.switch, entry, intent_askers(asked.intents), (place.name,))
    # The gateway answers ARP with the tag of the question, so in the place's own class.
    answers = match(
        *where, FieldMatch("vlan_pcp", mark.pcp), FieldMatch("eth_type", ETH_ARP), FieldMatch("arp_tpa", address)
    )
    entry = FlowEntry(
        table=TABLE_POLICY,
        priority=DOWN_PRIORITY,
        match=answers,
        actions=(SetQueue(mark.priority), *leave),
        cookie=cookie(f"place/{place.name}"),
    )
    recorder.add(hop.switch, entry, (place_asker(place),), (place.name,))
