"""The order of a change on one device: what is referred to before what refers, additions before removals.

Additions and modifications go from hardware up to services; removals the other way round and last, so that no step
leaves a reference to something that is not there (a GEM port's users before the GEM port).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Final

from intents.model.pon import EthernetInterface, Forwarder, HardwareComponent, OltVEnet, Queue, TCont
from intents.model.state import DeviceObject, Difference, ObjectKey
from intents.model.switch import FlowEntry, ToGroup

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
_DEEP: Final = frozenset(("flow", "hardware"))
_RANK: Final = {kind: number for number, kind in enumerate(_KINDS)}


def _depth(difference: Difference) -> int:
    """The order among objects of one of the kinds that refer to their own."""
    thing = difference.after or difference.before
    if isinstance(thing, FlowEntry):
        return 255 - thing.table  # later tables first: nothing is sent to a table before its entries are there
    return int(isinstance(thing, HardwareComponent) and thing.parent is not None)


def ordered(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """The differences of one device in the order of the change."""
    made: list[Difference] = []
    altered: list[Difference] = []
    gone: list[Difference] = []
    for difference in differences:
        if difference.before is None:
            made.append(difference)
        else:
            (gone if difference.after is None else altered).append(difference)
    _sort(made)
    _sort(altered)
    _sort(gone)
    return (*made, *altered, *reversed(gone))


def _sort(differences: list[Difference]) -> None:
    by_kind: dict[object, list[Difference]] = defaultdict(list)
    for difference in differences:
        by_kind[difference.key[0]].append(difference)
    differences.clear()
    for kind in sorted(by_kind, key=lambda k: _RANK.get(str(k), len(_KINDS))):
        for found in _by_depth(by_kind[kind]) if kind in _DEEP else (by_kind[kind],):
            _sort_by_key(found)
            differences += found


def _by_depth(differences: list[Difference]) -> list[list[Difference]]:
    found: dict[int, list[Difference]] = defaultdict(list)
    for difference in differences:
        found[_depth(difference)].append(difference)
    return [found[depth] for depth in sorted(found)]


def _sort_by_key(found: list[Difference]) -> None:
    try:
        found.sort(key=_KEY)
    except TypeError:  # keys that differ only in that one has a mask: rare, and not ours
        found.sort(key=lambda d: repr(d.key))


_KEY: Final = attrgetter("key")


# Attributes that name an object of one kind, by the kind that holds them. "interface": of any interface kind.
_NAMED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "hardware": (("parent", "hardware"),),
    "channel-partition": (("channel_group", "channel-group"),),
    "channel-pair": (("channel_group", "channel-group"), ("channel_partition", "channel-partition")),
    "channel-termination": (("channel_pair", "channel-pair"), ("hardware", "hardware")),
    "v-ani": (("channel_partition", "channel-partition"), ("channel_pair", "channel-pair")),
    "ani": (("hardware", "hardware"),),
    "ethernet": (("hardware", "hardware"),),
    "olt-v-enet": (("v_ani", "v-ani"),),
    "vlan-sub-interface": (("lower", "interface"), ("ingress_policy", "policy-profile")),
    "tcont": (("v_ani", "v-ani"), ("profile", "traffic-descriptor-profile"), ("tc_map", "tc-map")),
    "gemport": (("interface", "interface"), ("tcont", "tcont")),
    "link": (("name", "interface"), ("to", "interface")),
    "forwarder": (("fdb", "forwarding-database"),),
    "classifier": (("filter", "composite-filter"), ("policer", "policing-profile")),
    "flow": (("meter", "meter"),),
}
# The same for attributes that hold several names.
_LISTED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "forwarder": (("split_horizon", "split-horizon-profile"),),
    "policy": (("classifiers", "classifier"),),
    "policy-profile": (("policies", "policy"),),
}


def references(thing: DeviceObject) -> Iterator[ObjectKey]:
    """The objects on the same device that an object cannot be without. Those of any interface kind are given as
    ("interface", name)."""
    kind = str(thing.key[0])
    for attribute, target in _NAMED.get(kind, ()):
        value = getattr(thing, attribute)
        if value is not None:
            yield (target, value)
    for attribute, target in _LISTED.get(kind, ()):
        yield from ((target, name) for name in getattr(thing, attribute))
    if isinstance(thing, FlowEntry):
        yield from (("group", action.group_id) for action in thing.actions if isinstance(action, ToGroup))
    elif isinstance(thing, Forwarder):
        yield from (("vlan-sub-interface", name) for _, name in thing.ports)
    elif isinstance(thing, TCont):
        yield from _of_queues(thing.queues)
    elif isinstance(thing, OltVEnet | EthernetInterface) and thing.tm is not None:
        yield from _of_queues(thing.tm.queues)
        yield from ((k, n) for k, n in (("tc-map", thing.tm.tc_map), ("shaper-profile", thing.tm.shaper)) if n)


def _of_queues(queues: Iterable[Queue]) -> Iterator[ObjectKey]:
    for queue in queues:
        yield ("bac", queue.bac)
        if queue.shaper is not None:
            yield ("shaper-profile", queue.shaper)
