"""The second table of a switch that is not the gateway: everything goes up to the gateway, and comes down from it.

Up by VLAN and PCP; down by VLAN, PCP and the IPv4 address of the place (docs/architecture.md, "Switch pipeline").
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from intents.compile.allocate import cookie
from intents.compile.context import Context, choose_cookie, sorted_askers
from intents.compile.failover import way_out
from intents.compile.flows import ETH_ARP, ETH_IPV4, field, set_queue
from intents.compile.recorder import Recorder
from intents.compile.topology import Route, SwitchHop
from intents.model.campus import FlowSpace, ServiceClass
from intents.model.intent import Intent
from intents.model.switch import VID_PRESENT, Action, FlowEntry, Match, PopVlan

UP_PRIORITY: Final = 100
DOWN_PRIORITY: Final = 200
_POP: Final = PopVlan()


def add_up_and_answers(context: Context, recorder: Recorder, route: Route, hop: SwitchHop) -> None:
    """What a place sends goes up, and the gateway's answers to its ARP come down; on a switch before the gateway."""
    place, mark, space = route.place, context.marks[route.place.name], context.campus.flow_space
    if hop.up is None:
        return
    vid = VID_PRESENT | context.vid(place)
    recorder.share(_up(space, hop.down, way_out(context, hop.switch, hop.up), (mark.pcp, mark.priority), vid))
    if place.address is None:
        return
    # The gateway answers ARP with the tag of the question, so in the place's own class.
    answers: Match = (
        field("arp_tpa", int(place.address)),
        field("eth_type", ETH_ARP),
        field("in_port", hop.up),
        field("vlan_pcp", mark.pcp),
        field("vlan_vid", vid),
    )
    entry = FlowEntry(
        table=space.policy,
        priority=space.priority + DOWN_PRIORITY,
        match=answers,
        actions=(set_queue(mark.priority), *_leave(context, route, hop)),
        cookie=cookie(f"place/{place.name}"),
    )
    recorder.add(entry)


@lru_cache(maxsize=65_536)
def _up(space: FlowSpace, down: int, up: Action, mark: tuple[int, int], vid: int) -> FlowEntry:
    """From a port to the gateway, in the class that the frame is marked with; mark: PCP and priority."""
    packets: Match = (field("in_port", down), field("vlan_pcp", mark[0]), field("vlan_vid", vid))
    return FlowEntry(
        table=space.policy,
        priority=space.priority + UP_PRIORITY,
        match=packets,
        actions=(set_queue(mark[1]), up),
        cookie=cookie("campus"),
    )


def _leave(context: Context, route: Route, hop: SwitchHop) -> tuple[Action, ...]:
    out = way_out(context, hop.switch, hop.down)
    return (_POP, out) if route.access is hop else (out,)


def add_down(context: Context, recorder: Recorder, route: Route) -> None:
    """What a place receives, a piece for each class, for those who ask for it."""
    place = route.place
    hops = [hop for hop in route.switches if hop.up is not None]
    if place.address is None or not hops:
        return
    classes: dict[int, tuple[ServiceClass, dict[str, Intent]]] = {}
    also: set[str] = set()
    for streams in context.receives.get(place.name, {}).values():
        for stream in streams:
            treatment = stream.treatment
            _, intents = classes.setdefault(treatment.cls.priority, (treatment.cls, {}))
            intents.update((i.name, i) for i in treatment.intents)
            also.update(i.name for i in treatment.also)
    for cls, intents in classes.values():
        askers = sorted_askers(context.intent_askers(intents.values()))
        for hop in hops:
            recorder.begin(("down", place.name, hop.switch, cls.priority), hop.switch, askers, (place.name,))
            _down(context, recorder, route, hop, cls, intents, also)


def _down(
    context: Context,
    recorder: Recorder,
    route: Route,
    hop: SwitchHop,
    cls: ServiceClass,
    intents: dict[str, Intent],
    also: set[str],
) -> None:
    packets: Match = (
        field("eth_type", ETH_IPV4),
        field("in_port", hop.up or 0),
        field("ipv4_dst", int(route.place.address or 0)),
        field("vlan_pcp", cls.pcp),
        field("vlan_vid", VID_PRESENT | context.vid(route.place)),
    )
    space = context.campus.flow_space
    key = ("flow", space.policy, space.priority + DOWN_PRIORITY, packets)
    entry = FlowEntry(
        table=space.policy,
        priority=space.priority + DOWN_PRIORITY,
        match=packets,
        actions=(set_queue(cls.priority), *_leave(context, route, hop)),
        cookie=choose_cookie(context.held(hop.switch), key, intents, also),
    )
    recorder.add(entry)
