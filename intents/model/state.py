"""One neutral form for every device: a mapping from object key to object, and the difference of two such states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from intents.model.condition import OltCondition
from intents.model.pon import OltFacts, PonObject
from intents.model.switch import SwitchFacts, SwitchObject

DeviceObject = SwitchObject | PonObject
# ("flow", table, priority, match), ("queue", port, id), ("tcont", name), ...: hashable, first item is the kind.
ObjectKey = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """What one device holds, or is to hold. Immutable; build with `of`."""

    device: str
    objects: Mapping[ObjectKey, DeviceObject] = field(default_factory=dict)

    @staticmethod
    def of(device: str, objects: Iterable[DeviceObject]) -> DeviceState:
        """A state from objects; a later object with the same key replaces an earlier one."""
        return DeviceState(device=device, objects=MappingProxyType({o.key: o for o in objects}))

    def kind(self, kind: str) -> tuple[DeviceObject, ...]:
        """All objects of a kind, in a stable order."""
        return tuple(self.objects[k] for k in sorted(self.objects, key=repr) if k[0] == kind)


class Difference(NamedTuple):
    """One object that is to change. before None: to add; after None: to remove."""

    key: ObjectKey
    before: DeviceObject | None
    after: DeviceObject | None

    @property
    def op(self) -> str:
        """`add`, `remove` or `modify`."""
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "modify"


def diff(before: DeviceState, after: DeviceState) -> tuple[Difference, ...]:
    """What turns `before` into `after`, sorted by key. diff(x, x) is empty."""
    keys = before.objects.keys() | after.objects.keys()
    found = (Difference(key=k, before=before.objects.get(k), after=after.objects.get(k)) for k in keys)
    return tuple(sorted((d for d in found if d.before != d.after), key=lambda d: repr(d.key)))


def patch(state: DeviceState, differences: Iterable[Difference]) -> DeviceState:
    """The state after the differences. patch(a, diff(a, b)) == b."""
    objects = dict(state.objects)
    for difference in differences:
        if difference.after is None:
            objects.pop(difference.key, None)
        else:
            objects[difference.key] = difference.after
    return DeviceState(device=state.device, objects=MappingProxyType(objects))


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a device was read to hold, all of it (what is not ours too), and what it says of itself. condition: what it
    tells people beside, of which nothing is proven; None where it was not asked, or has nothing of the kind."""

    state: DeviceState
    facts: SwitchFacts | OltFacts
    condition: OltCondition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operational:
    """The operational state (RFC 8342) of all devices, by name."""

    devices: Mapping[str, Observation]
