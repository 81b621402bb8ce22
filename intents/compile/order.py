"""The order of a change on one device: what is referred to before what refers, additions before removals.

Additions and modifications go from hardware up to services; removals the other way round and last, so that no step
leaves a reference to something that is not there (a GEM port's users before the GEM port).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from intents.model.pon import (
    Ani,
    ChannelPair,
    ChannelPartition,
    ChannelTermination,
    Classifier,
    EthernetInterface,
    Forwarder,
    GemPort,
    HardwareComponent,
    InterfaceLink,
    OltVEnet,
    Policy,
    PolicyProfile,
    Queue,
    TCont,
    VAni,
    VlanSubInterface,
)
from intents.model.state import DeviceObject, Difference, ObjectKey
from intents.model.switch import FlowEntry

# An object refers only to kinds that stand before its own. A forwarding database's static addresses name forwarder
# ports, and the forwarder names its database: a circle in the models, closed within one edit.
_KINDS: Final = (
    "hardware",
    "bac",
    "shaper-profile",
    "tc-map",
    "traffic-descriptor-profile",
    "policing-profile",
    "composite-filter",
    "classifier",
    "policy",
    "policy-profile",
    "split-horizon-profile",
    "channel-group",
    "channel-partition",
    "channel-pair",
    "channel-termination",
    "v-ani",
    "ani",
    "ethernet",
    "olt-v-enet",
    "tcont",
    "gemport",
    "vlan-sub-interface",
    "link",
    "forwarding-database",
    "forwarder",
    "meter",
    "queue",
    "group",
    "flow",
)
_RANK: Final = {kind: number for number, kind in enumerate(_KINDS)}


def _rank(difference: Difference) -> tuple[int, int, str]:
    kind = str(difference.key[0])
    depth = 0
    thing = difference.after or difference.before
    if isinstance(thing, FlowEntry):
        depth = 255 - thing.table  # later tables first: nothing is sent to a table before its entries are there
    elif isinstance(thing, HardwareComponent):
        depth = 0 if thing.parent is None else 1
    return (_RANK.get(kind, len(_KINDS)), depth, repr(difference.key))


def ordered(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """The differences of one device in the order of the change."""
    found = list(differences)
    made = sorted((d for d in found if d.op == "add"), key=_rank)
    altered = sorted((d for d in found if d.op == "modify"), key=_rank)
    gone = sorted((d for d in found if d.op == "remove"), key=_rank, reverse=True)
    return (*made, *altered, *gone)


def references(thing: DeviceObject) -> Iterator[ObjectKey]:
    """The objects on the same device that an object cannot be without. Those of any interface kind are given as
    ("interface", name)."""
    match thing:
        case HardwareComponent(parent=str(parent)):
            yield ("hardware", parent)
        case ChannelPartition():
            yield ("channel-group", thing.channel_group)
        case ChannelPair():
            yield ("channel-group", thing.channel_group)
            yield ("channel-partition", thing.channel_partition)
        case ChannelTermination():
            yield ("channel-pair", thing.channel_pair)
            yield ("hardware", thing.hardware)
        case VAni():
            yield ("channel-partition", thing.channel_partition)
            yield ("channel-pair", thing.channel_pair)
        case Ani():
            yield ("hardware", thing.hardware)
        case EthernetInterface():
            yield ("hardware", thing.hardware)
            if thing.tm is not None:
                yield from _of_queues(thing.tm.queues, thing.tm.tc_map, thing.tm.shaper)
        case OltVEnet():
            yield ("v-ani", thing.v_ani)
            if thing.tm is not None:
                yield from _of_queues(thing.tm.queues, thing.tm.tc_map, thing.tm.shaper)
        case _:
            yield from _of_services(thing)


def _of_services(thing: DeviceObject) -> Iterator[ObjectKey]:
    match thing:
        case VlanSubInterface():
            yield ("interface", thing.lower)
            if thing.ingress_policy is not None:
                yield ("policy-profile", thing.ingress_policy)
        case TCont():
            yield ("v-ani", thing.v_ani)
            if thing.profile is not None:
                yield ("traffic-descriptor-profile", thing.profile)
            yield from _of_queues(thing.queues, thing.tc_map, None)
        case GemPort():
            yield ("interface", thing.interface)
            if thing.tcont is not None:
                yield ("tcont", thing.tcont)
        case InterfaceLink():
            yield ("interface", thing.name)
            yield ("interface", thing.to)
        case Forwarder():
            yield from (("vlan-sub-interface", name) for _, name in thing.ports)
            yield from (("split-horizon-profile", name) for name in thing.split_horizon)
            if thing.fdb is not None:
                yield ("forwarding-database", thing.fdb)
        case Classifier():
            if thing.filter is not None:
                yield ("composite-filter", thing.filter)
            if thing.policer is not None:
                yield ("policing-profile", thing.policer)
        case Policy():
            yield from (("classifier", name) for name in thing.classifiers)
        case PolicyProfile():
            yield from (("policy", name) for name in thing.policies)
        case FlowEntry(meter=int(meter)):
            yield ("meter", meter)
        case _:
            return


def _of_queues(queues: Iterable[Queue], tc_map: str | None, shaper: str | None) -> Iterator[ObjectKey]:
    for queue in queues:
        yield ("bac", queue.bac)
        if queue.shaper is not None:
            yield ("shaper-profile", queue.shaper)
    if tc_map is not None:
        yield ("tc-map", tc_map)
    if shaper is not None:
        yield ("shaper-profile", shaper)
