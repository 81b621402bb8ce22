"""Drift: what a device holds of Clearway's that is not what was applied, object by object and attribute by attribute.

Whether it harms, the intents say; who asked for what drifted, the planner (controller/owners.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Final

from intents.model.evidence import Differing, Drift, DriftKind
from intents.model.pon import NAME_PREFIX
from intents.model.state import DeviceObject, DeviceState, Difference, Operational, diff
from intents.model.switch import (
    COOKIE_MASK,
    COOKIE_PREFIX,
    GROUP_IDS,
    METER_IDS,
    Action,
    FlowEntry,
    GroupEntry,
    Meter,
    PortQueue,
)
from intents.model.units import format_rate
from intents.verify.switch.text import action_text, name_text

_KINDS: Final = {"add": DriftKind.EXTRA, "remove": DriftKind.MISSING, "modify": DriftKind.CHANGED}
# What tells the items of a list of objects apart, the first that they have.
_IDENTITIES: Final = ("queue_id", "mac", "name")


def check_drift(operational: Operational, applied: Mapping[str, DeviceState]) -> tuple[Drift, ...]:
    """One for each object that differs, sorted by device and key. `applied`: per device, the objects of Clearway's."""
    found: list[Drift] = []
    for device in sorted(applied):
        observation = operational.devices.get(device)
        if observation is None:
            continue
        known = applied[device].objects
        held = {k: thing for k, thing in observation.state.objects.items() if k in known or _bears_our_mark(thing)}
        differences = diff(applied[device], DeviceState(device=device, objects=held))
        found.extend(_drift(device, difference) for difference in differences)
    return tuple(found)


def _drift(device: str, difference: Difference) -> Drift:
    key, before, after = difference
    return Drift(
        device=device,
        key=key,
        name=_name(difference),
        kind=_KINDS[difference.op],
        differs=tuple(_differing(before, after, "")) if before is not None and after is not None else (),
        ours=after is None or _bears_our_mark(after),
    )


def _name(difference: Difference) -> str:
    """An object in the words of its device."""
    key = difference.key
    thing = difference.before or difference.after
    if isinstance(thing, FlowEntry):
        return name_text(thing)
    if isinstance(thing, PortQueue):
        return f"queue {thing.queue_id} of port {thing.port}"
    return " ".join(str(part) for part in key)


def _bears_our_mark(thing: DeviceObject) -> bool:
    if isinstance(thing, FlowEntry):
        return thing.cookie & COOKIE_MASK == COOKIE_PREFIX
    if isinstance(thing, Meter):
        return METER_IDS[0] <= thing.meter_id <= METER_IDS[1]
    if isinstance(thing, PortQueue):
        return True  # only queues of ours are read
    if isinstance(thing, GroupEntry):
        return GROUP_IDS[0] <= thing.group_id <= GROUP_IDS[1]
    return thing.name.startswith(NAME_PREFIX)


# --- attributes


def _differing(applied: object, found: object, path: str) -> Iterator[Differing]:
    """The attributes in which two values differ; those of parts by a path: `tm.queues[3].priority`."""
    if applied == found:
        return
    if is_dataclass(applied) and type(applied) is type(found) and not isinstance(applied, type):
        for field in fields(applied):
            at = f"{path}.{field.name}".removeprefix(".")
            yield from _differing(getattr(applied, field.name), getattr(found, field.name), at)
        return
    ours, theirs = _items(applied), _items(found)
    if isinstance(applied, tuple) and isinstance(found, tuple) and _are_actions(applied, found):
        ours, theirs = dict(enumerate(applied, 1)), dict(enumerate(found, 1))
    if ours is None or theirs is None:
        yield Differing(attribute=path, applied=_text(applied, path), found=_text(found, path))
        return
    for item in sorted({*ours, *theirs}, key=str):
        at = f"{path}[{item}]"
        if item in ours and item in theirs and not isinstance(ours[item], Action):
            yield from _differing(ours[item], theirs[item], at)
        elif ours.get(item) != theirs.get(item):
            yield Differing(attribute=at, applied=_text(ours.get(item), at), found=_text(theirs.get(item), at))


def _are_actions(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether these are as many actions: then each is held against the one in its place."""
    return len(one) == len(other) and all(isinstance(item, Action) for item in (*one, *other))


def _items(value: object) -> Mapping[object, object] | None:
    """The items of a list by what tells them apart; None: it is no such list."""
    if not isinstance(value, tuple):
        return None
    if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
        return dict(value)
    for name in _IDENTITIES:
        if all(is_dataclass(item) and hasattr(item, name) for item in value):
            found = {getattr(item, name): item for item in value}
            return found if len(found) == len(value) else None
    return None


def _text(value: object, path: str) -> str:
    """A value in a few words. Rates in their unit, actions as ovs-ofctl has them."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ", ".join(_text(item, "") for item in value) or "none"
    if isinstance(value, Action):
        return action_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if path.endswith("_bps"):
            return format_rate(value)
        if path.endswith("_kbps"):
            return format_rate(value * 1000)
        return f"{value:#x}" if path == "cookie" else str(value)
    if is_dataclass(value) and not isinstance(value, type):
        set_ = ((f.name, getattr(value, f.name)) for f in fields(value))
        return " ".join(f"{name} {_text(part, name)}" for name, part in set_ if part is not None)
    return str(value)
