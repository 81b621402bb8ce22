"""Flow entries of the model as matches and treatments of the engine (OpenFlow 1.3.5, 7.2.3; prerequisites, table 11).

A treatment is what an entry does to the packets that it decides for. What this engine does not follow (groups,
resubmit, learning, ARP replies, what the model lacks itself) is a treatment that says so: whoever follows packets has
to take the outcome for unknown, and never for a drop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from intents.model.switch import (
    VID_PRESENT,
    Action,
    DecTtl,
    FieldMatch,
    FlowEntry,
    Output,
    PopVlan,
    PushVlan,
    SetField,
    SetQueue,
)
from intents.verify.engine.space import WIDTHS, Match, Part, space

FIELD_OF: Final[Mapping[str, str]] = {
    "tcp_src": "l4_src",
    "udp_src": "l4_src",
    "tcp_dst": "l4_dst",
    "udp_dst": "l4_dst",
}
_IPV4, _ARP, _IPV6, _TCP, _UDP = 0x0800, 0x0806, 0x86DD, 6, 17
_NEEDS_NOTHING: Final = ("in_port", "eth_src", "eth_dst", "eth_type")
_FOLLOWED: Final = (PushVlan, PopVlan, SetField, SetQueue, Output, DecTtl)
# What a field stands in: the types of packet, and the protocols, that have it. Fields not here are in every packet.
TYPES: Final[Mapping[str, tuple[int, ...]]] = {
    "ipv4_src": (_IPV4,),
    "ipv4_dst": (_IPV4,),
    "arp_op": (_ARP,),
    "arp_spa": (_ARP,),
    "arp_tpa": (_ARP,),
    "ip_dscp": (_IPV4, _IPV6),
    "ip_proto": (_IPV4, _IPV6),
}
PROTOCOLS: Final[Mapping[str, int]] = {"tcp_src": _TCP, "tcp_dst": _TCP, "udp_src": _UDP, "udp_dst": _UDP}


@dataclass(frozen=True, slots=True)
class Tag:
    """A push of a tag and the set-fields right after it that fill it in. None: not filled in."""

    vid: int | None = None
    pcp: int | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """What an entry does. unknown: it is not followed, or not wholly."""

    actions: tuple[Action | Tag, ...]
    goto: int | None
    meter: int | None
    unknown: bool


def treatment(entry: FlowEntry) -> Treatment:
    """The treatment of an entry."""
    unknown = (
        not all(isinstance(action, _FOLLOWED) for action in entry.actions)
        or any(isinstance(a, SetField) and a.name == "in_port" for a in entry.actions)
        or bool(entry.match_residue)
        or (entry.goto is not None and entry.goto <= entry.table)
    )
    return Treatment(_fused(entry.actions), entry.goto, entry.meter, unknown)


def _fused(actions: tuple[Action, ...]) -> tuple[Action | Tag, ...]:
    done: list[Action | Tag] = []
    for action in actions:
        before = done[-1] if done else None
        if isinstance(action, PushVlan):
            done.append(Tag())
        elif isinstance(action, SetField) and isinstance(before, Tag) and action.name == "vlan_vid":
            done[-1] = Tag(action.value & 0xFFF | VID_PRESENT, before.pcp)
        elif isinstance(action, SetField) and isinstance(before, Tag) and action.name == "vlan_pcp":
            done[-1] = Tag(before.vid, action.value)
        else:
            done.append(action)
    return tuple(done)


class Compiled(NamedTuple):
    """An entry's match but for its port. port: the one that it names, if any. clear: it says what it means; without a
    prerequisite only its switch knows, and the match is that of the fields which need none. tag: tells it from others
    of the same priority and match, where that is less than the entry itself says."""

    port: int | None
    match: Match
    clear: bool
    tag: object


def compiled(entry: FlowEntry) -> Compiled:
    """The match of an entry."""
    clear = not lacks_prerequisite(entry)
    fields = entry.match if clear else [field for field in entry.match if field.name in _NEEDS_NOTHING]
    port = next((field.value for field in fields if field.name == "in_port"), None)
    match = space().match(sorted(_part(field) for field in fields if field.name != "in_port"))
    return Compiled(port, match, clear, None if clear and not entry.match_residue else entry.key)


def lacks_prerequisite(entry: FlowEntry) -> bool:
    """Whether a field of the match stands in a header that the match does not ask for."""
    exact = {field.name: field.value for field in entry.match if field.mask is None}
    tagged = any(field.name == "vlan_vid" and field.value & VID_PRESENT for field in entry.match)
    for field in entry.match:
        if field.name in TYPES and exact.get("eth_type") not in TYPES[field.name]:
            return True
        if field.name in PROTOCOLS and exact.get("ip_proto") != PROTOCOLS[field.name]:
            return True
        if field.name == "vlan_pcp" and not tagged:
            return True
    return False


def _part(field: FieldMatch) -> Part:
    name = FIELD_OF.get(field.name, field.name)
    full = (1 << WIDTHS[name]) - 1
    return (name, field.value & full, full if field.mask is None else field.mask & full)
