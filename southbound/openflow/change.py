"""Differences as messages: which objects go in a bundle, what undoes a change, and who is to blame for a refusal.

Open vSwitch refuses meter_mod in a bundle. So meters are added before it, modified just before its commit,
and removed after it, when nothing uses them any more (removing a meter removes the entries that use it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from intents.model.state import DeviceObject, Difference, ObjectKey
from intents.model.switch import FlowEntry, GroupEntry, Meter
from southbound.openflow.dialect import Dialect
from southbound.openflow.encode import Op
from southbound.openflow.frame import encode
from southbound.openflow.oxm import CannotEncode

_Encodable = FlowEntry | GroupEntry | Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A change, sorted: meters to add, modify and remove, and what goes in the bundle, in order."""

    meters_added: tuple[Difference, ...]
    meters_modified: tuple[Difference, ...]
    meters_removed: tuple[Difference, ...]
    bundled: tuple[Difference, ...]


def sort_out(differences: Iterable[Difference]) -> Work:
    """Sort differences by how they are carried out; their order is kept."""
    listed = tuple(differences)
    meters = [d for d in listed if d.key[0] == "meter"]
    return Work(
        meters_added=tuple(d for d in meters if d.op == "add"),
        meters_modified=tuple(d for d in meters if d.op == "modify"),
        meters_removed=tuple(d for d in meters if d.op == "remove"),
        bundled=tuple(d for d in listed if d.key[0] != "meter"),
    )


def message(dialect: Dialect, difference: Difference) -> bytes:
    """The frame that makes one difference. Raises CannotEncode."""
    if difference.after is None:
        return encode(dialect, cast("_Encodable", difference.before), Op.REMOVE)
    # A flow entry is put whatever was there: if it is gone meanwhile, a modification would silently do nothing.
    modifies = difference.before is not None and not isinstance(difference.after, FlowEntry)
    return encode(dialect, cast("_Encodable", difference.after), Op.MODIFY if modifies else Op.PUT)


def towards(
    dialect: Dialect, targets: Sequence[Difference], now: Mapping[ObjectKey, DeviceObject]
) -> tuple[Difference, ...]:
    """The differences from `now` to the `before` of `targets`, last first: what undoes them, whatever part took effect.

    What stood there and cannot be written again (Unmodelled) is not put back: the entry goes, and its packets with it.
    """
    undo = (Difference(key=d.key, before=now.get(d.key), after=_writable(dialect, d.before)) for d in reversed(targets))
    return tuple(u for u in undo if u.before != u.after)


def _writable(dialect: Dialect, thing: DeviceObject | None) -> DeviceObject | None:
    if thing is None:
        return None
    try:
        encode(dialect, cast("_Encodable", thing), Op.PUT)
    except CannotEncode:
        return None
    return thing
