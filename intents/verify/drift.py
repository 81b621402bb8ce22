"""Drift: what a device holds of Clearway's that is not what was applied. Whether it harms, the intents say."""

from __future__ import annotations

from collections.abc import Mapping

from intents.model.evidence import Counterexample, Finding, Property
from intents.model.pon import NAME_PREFIX
from intents.model.state import DeviceObject, DeviceState, ObjectKey, Operational, diff
from intents.model.switch import COOKIE_MASK, COOKIE_PREFIX, GROUP_IDS, FlowEntry, GroupEntry
from intents.verify.switch_text import name_text

_WORDS = {
    "add": "is there and was not applied",
    "remove": "was applied and is gone",
    "modify": "is not as it was applied",
}


def check_drift(operational: Operational, applied: Mapping[str, DeviceState]) -> tuple[Finding, ...]:
    """A finding an object that differs, sorted by device and key. `applied`: per device, the objects of Clearway's."""
    found: list[Finding] = []
    for device in sorted(applied):
        observation = operational.devices.get(device)
        if observation is None:
            continue
        known = applied[device].objects
        held = {k: thing for k, thing in observation.state.objects.items() if k in known or _bears_our_mark(thing)}
        for difference in diff(applied[device], DeviceState(device=device, objects=held)):
            name = _name(difference.before or difference.after, difference.key)
            what = f"{name} on {device} {_WORDS[difference.op]}"
            found.append(
                Finding(
                    property=Property.DRIFT,
                    holds=False,
                    statement=what,
                    counterexample=Counterexample(
                        packet={},
                        hops=(),
                        blame_device=device,
                        blame_object=name,
                        expected=str(difference.before),
                        actual=str(difference.after),
                    ),
                )
            )
    return tuple(found)


def _name(thing: DeviceObject | None, key: ObjectKey) -> str:
    return name_text(thing) if isinstance(thing, FlowEntry) else " ".join(str(part) for part in key)


def _bears_our_mark(thing: DeviceObject) -> bool:
    if isinstance(thing, FlowEntry):
        return thing.cookie & COOKIE_MASK == COOKIE_PREFIX
    if isinstance(thing, GroupEntry):
        return GROUP_IDS[0] <= thing.group_id <= GROUP_IDS[1]
    return str(getattr(thing, "name", "")).startswith(NAME_PREFIX)
