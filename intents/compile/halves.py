"""The change of an OLT in three steps: what is new beside what is old, the turn, and what is old goes.

Objects that list others (a forwarder its ports, an interface its queues) are widened too: both lists in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from intents.compile.order import references
from intents.compile.pon_profiles import tc_map
from intents.model.pon import (
    Forwarder,
    ForwardingDatabase,
    GemPort,
    OltVEnet,
    Queue,
    TcMap,
    TCont,
    TmRoot,
    VAni,
    VlanSubInterface,
)
from intents.model.state import DeviceObject, Difference, ObjectKey

_Objects = Mapping[ObjectKey, DeviceObject]
_INTERFACES = frozenset(
    (
        "v-ani",
        "ani",
        "ethernet",
        "olt-v-enet",
        "vlan-sub-interface",
        "channel-group",
        "channel-partition",
        "channel-pair",
        "channel-termination",
    )
)
# Kinds whose objects say how frames are marked, sorted or led: to edit one is to turn.
_TURN = frozenset(
    (
        *_INTERFACES,
        "hardware",
        "link",
        "gemport",
        "tcont",
        "forwarder",
        "forwarding-database",
        "classifier",
        "composite-filter",
        "policy",
        "policy-profile",
        "tc-map",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """The three steps, in this order; together the whole change."""

    widen: tuple[Difference, ...]
    turn: tuple[Difference, ...]
    narrow: tuple[Difference, ...]


def halves_of(found: Sequence[Difference], held: _Objects) -> Halves:
    """The steps of one OLT's change. held: what it holds before."""
    if all(d.before is None for d in found):
        return Halves(widen=tuple(found), turn=(), narrow=())
    before = {d.key: d.before for d in found if d.before is not None}
    after = {d.key: d.after for d in found if d.after is not None}
    made = {k: o for k, o in after.items() if k not in before}
    gone = {k: o for k, o in before.items() if k not in after}
    slots = {_slot(o) for o in made.values()} & {_slot(o) for o in gone.values()} - {None}
    late = _with_users(made, slots)
    early = _with_users(gone, slots)
    late |= _ports_on(late, after.values())
    early |= _ports_on(early, before.values())
    wide = {**before, **{k: o for k, o in made.items() if k not in late}}
    turned = {**after, **{k: o for k, o in gone.items() if k not in early}}
    for key in [k for k in before if k in after]:
        old, new = before[key], after[key]
        fed = _fed(new, old)
        wide[key] = fed or _merged(old, new, late) or (old if key[0] in _TURN else new)
        turned[key] = fed or _merged(new, old, early) or new
        if isinstance(fed, OltVEnet) and fed.tm is not None and _map(fed.tm.queues).key not in held:
            mapping = _map(fed.tm.queues)  # in between there may be more traffic classes than before and than after
            wide[mapping.key] = turned[mapping.key] = mapping
    return Halves(widen=_diff(before, wide), turn=_diff(wide, turned), narrow=_diff(turned, after))


def _diff(one: _Objects, other: _Objects) -> tuple[Difference, ...]:
    keys = dict.fromkeys((*one, *other))
    found = (Difference(key=k, before=one.get(k), after=other.get(k)) for k in keys)
    return tuple(d for d in found if d.before != d.after)


def _slot(thing: DeviceObject) -> tuple[str, str] | None:
    """What there can be only one of on an OLT."""
    if isinstance(thing, VAni):
        return ("serial number", thing.serial)
    if isinstance(thing, VlanSubInterface) and thing.usage == "user-port":
        return ("user's port", thing.lower)
    return None


def _with_users(objects: _Objects, slots: Iterable[tuple[str, str] | None]) -> frozenset[ObjectKey]:
    """Objects in a slot, and all that cannot be without them. Also under ("interface", name)."""
    wanted = set(slots)
    if not wanted:
        return frozenset()
    found: set[ObjectKey] = set()
    more = [k for k, o in objects.items() if _slot(o) in wanted]
    while more:
        for key in more:
            found.add(key)
            if key[0] in _INTERFACES:
                found.add(("interface", key[1]))
        more = [k for k, o in objects.items() if k not in found and not found.isdisjoint(_needs(o))]
    return frozenset(found)


def _needs(thing: DeviceObject) -> Iterator[ObjectKey]:
    yield from references(thing)
    if isinstance(thing, ForwardingDatabase):
        yield from (("forwarder", entry.forwarder) for entry in thing.static)


def _ports_on(subject: frozenset[ObjectKey], objects: Iterable[DeviceObject]) -> frozenset[ObjectKey]:
    """Ports of forwarders on these sub-interfaces, as ("port", forwarder, port)."""
    return frozenset(
        ("port", o.name, port)
        for o in objects
        if isinstance(o, Forwarder)
        for port, on in o.ports
        if ("vlan-sub-interface", on) in subject
    )


# --- objects that stay and change


def _merged(first: DeviceObject, second: DeviceObject, left_out: frozenset[ObjectKey]) -> DeviceObject | None:
    """An object that lists what both list, but for what is left out of the second; where they disagree the first is
    right. None: it lists nothing."""
    if isinstance(first, Forwarder) and isinstance(second, Forwarder):
        taken = {name: on for name, on in second.ports if ("vlan-sub-interface", on) not in left_out}
        return replace(first, ports=tuple(sorted((taken | dict(first.ports)).items())))
    if isinstance(first, ForwardingDatabase) and isinstance(second, ForwardingDatabase):
        pins = {e.mac: e for e in second.static if ("port", e.forwarder, e.port) not in left_out}
        pins |= {e.mac: e for e in first.static}
        return replace(first, static=tuple(pins[mac] for mac in sorted(pins)))
    return None


def _fed(after: DeviceObject, before: DeviceObject) -> DeviceObject | None:
    """The new object with all queues, and with the way up, that one of the two has. None: it cannot have both."""
    if isinstance(after, GemPort) and isinstance(before, GemPort):
        one_way = after.tcont is None or before.tcont is None
        both = replace(after, tcont=after.tcont or before.tcont)
        return both if one_way and replace(before, tcont=both.tcont) == both else None
    if isinstance(after, TCont) and isinstance(before, TCont):
        same = (after.v_ani, after.alloc_id, after.tc_map) == (before.v_ani, before.alloc_id, before.tc_map)
        if same and bool(after.queues) == bool(before.queues):
            return replace(after, queues=_queues(after.queues, before.queues))
    if isinstance(after, OltVEnet) and isinstance(before, OltVEnet) and after.v_ani == before.v_ani:
        new, old = after.tm, before.tm
        if new is not None and old is not None and _plain(new) and _plain(old):
            queues = _queues(new.queues, old.queues)
            return replace(after, tm=replace(new, queues=queues, tc_map=_map(queues).name))
    return None


def _plain(tm: TmRoot) -> bool:
    """Whether it has queues alone, each for the traffic class of its number."""
    return not tm.schedulers and tm.tc_map == _map(tm.queues).name


def _map(queues: Iterable[Queue]) -> TcMap:
    return tc_map(tuple(q.queue_id for q in queues))


def _queues(new: Iterable[Queue], old: Iterable[Queue]) -> tuple[Queue, ...]:
    by_id = {q.queue_id: q for q in (*old, *new)}
    return tuple(by_id[n] for n in sorted(by_id))
