"""What actions make of a set of packets (OpenFlow 1.3.5, 5.12), as Open vSwitch has it where that leaves it open.

A set-field of a header that a packet lacks does nothing, but for the VID, which gives an untagged packet a tag; a pop
of an untagged packet does nothing. A third tag has no room here, and is refused.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from intents.model.switch import VID_PRESENT, SetField
from intents.verify.engine.entries import FIELD_OF, PROTOCOLS, TYPES
from intents.verify.engine.space import WIDTHS, Predicate, space

_OUTER: Final = ("vlan_vid", "vlan_pcp")
_INNER: Final = ("inner_vid", "inner_pcp")


class TooManyTags(Exception):
    """A tag is pushed on packets of which some have two."""


@cache
def untagged() -> Predicate:
    """Packets without a tag: the fields of both tags are zero."""
    zeros = [space().exact(name, 0) for name in (*_OUTER, *_INNER)]
    return zeros[0] & zeros[1] & zeros[2] & zeros[3]


@cache
def single_tagged() -> Predicate:
    """Packets with one tag."""
    tagged = space().field("vlan_vid", VID_PRESENT, VID_PRESENT)
    return tagged & space().exact("inner_vid", 0) & space().exact("inner_pcp", 0)


def pushed(packets: Predicate, vid: int | None, pcp: int | None) -> Predicate:
    """With one more tag. What is not given of it is zero, and on another tag, where switches differ (zero, or a copy of
    that), anything. vid: with VID_PRESENT. Raises TooManyTags."""
    bare, one = packets & untagged(), packets & single_tagged()
    if bare | one != packets:
        raise TooManyTags
    found = space().forget(bare, _OUTER) & _tag(vid or VID_PRESENT, pcp or 0)
    if one != space().false:
        inner = space().moved(space().forget(one, _INNER), dict(zip(_OUTER, _INNER, strict=True)))
        found = found | (inner & _tag(vid, pcp))
    return found


def _tag(vid: int | None, pcp: int | None) -> Predicate:
    found = space().field("vlan_vid", VID_PRESENT, VID_PRESENT) if vid is None else space().exact("vlan_vid", vid)
    return found if pcp is None else found & space().exact("vlan_pcp", pcp)


def popped(packets: Predicate) -> Predicate:
    """Without the outermost tag; untagged ones as they are."""
    bare, one = packets & untagged(), packets & single_tagged()
    two = packets & ~(bare | one)
    found = bare | (space().forget(one, _OUTER) & untagged())
    if two != space().false:
        outer = space().moved(space().forget(two, _OUTER), dict(zip(_INNER, _OUTER, strict=True)))
        found = found | (outer & single_tagged())
    return found


def written(packets: Predicate, action: SetField) -> Predicate:
    """With a field set, where packets have it."""
    name = FIELD_OF.get(action.name, action.name)
    value = action.value | VID_PRESENT if name == "vlan_vid" else action.value
    value &= (1 << WIDTHS[name]) - 1
    having = packets & _having(action.name)
    if having == space().false:
        return packets
    made = space().forget(having, (name,)) & space().exact(name, value)
    return made if having == packets else made | (packets & ~having)


@cache
def _having(name: str) -> Predicate:
    """The packets that have a field."""
    if name == "vlan_pcp":
        return space().field("vlan_vid", VID_PRESENT, VID_PRESENT)
    if name in PROTOCOLS:
        return _of_types("ip_proto") & space().exact("ip_proto", PROTOCOLS[name])
    return _of_types(name) if name in TYPES else space().true


def _of_types(name: str) -> Predicate:
    found = space().false
    for kind in TYPES[name]:
        found = found | space().exact("eth_type", kind)
    return found
