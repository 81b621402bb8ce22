"""What on a device is Clearway's to remove."""

from __future__ import annotations

from collections.abc import Mapping

from intents.compile.allocate import METER_IDS
from intents.model.campus import Campus
from intents.model.pon import NAME_PREFIX
from intents.model.state import DeviceObject, DeviceState, ObjectKey
from intents.model.switch import COOKIE_MASK, COOKIE_PREFIX, GROUP_IDS, FlowEntry, GroupEntry, Meter, PortQueue


def is_ours(thing: DeviceObject, campus: Campus | None = None, device: str = "") -> bool:
    """Whether Clearway may remove an object: by cookie, by the range of meters and of groups, by name; a queue by its
    port, which the campus must name if a campus is given. Learnt neighbours are not ours in this sense: they come and
    go by themselves."""
    if isinstance(thing, FlowEntry):
        return thing.cookie & COOKIE_MASK == COOKIE_PREFIX
    if isinstance(thing, Meter):
        return METER_IDS[0] <= thing.meter_id <= METER_IDS[1]
    if isinstance(thing, PortQueue):
        switch = campus.switches.get(device) if campus is not None else None
        return campus is None or (switch is not None and thing.port in switch.ports)
    if isinstance(thing, GroupEntry):
        return GROUP_IDS[0] <= thing.group_id <= GROUP_IDS[1]
    return thing.name.startswith(NAME_PREFIX)


def owned(campus: Campus, state: DeviceState) -> Mapping[ObjectKey, DeviceObject]:
    """The objects of a device that are ours."""
    return {key: thing for key, thing in state.objects.items() if is_ours(thing, campus, state.device)}
