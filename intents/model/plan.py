"""A plan: what would change on which device, who asked for it, and whom it touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from intents.model.diagnostic import Position
from intents.model.state import DeviceObject, DeviceState, Difference


class Asker(NamedTuple):
    """Who an object is for: an intent, or the campus itself (a place, an ONU, a PON), and where that is written."""

    name: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """The intended state of every device. who: given a device and an object of its state, who asked for the object and
    which places it serves."""

    states: Mapping[str, DeviceState]
    who: Callable[[str, DeviceObject], tuple[tuple[Asker, ...], tuple[str, ...]]] = field(compare=False)


class Change(NamedTuple):
    """One object's change on one device. reason: why traffic of `places` stops for a moment while it happens, in a few
    words; empty: it does not. onus: the ONUs that a disruptive change touches."""

    device: str
    difference: Difference
    askers: tuple[Asker, ...]
    places: tuple[str, ...]
    reason: str = ""
    onus: tuple[str, ...] = ()

    @property
    def disruptive(self) -> bool:
        """Whether traffic of `places` stops for a moment."""
        return bool(self.reason)


# A part of a change that is made side by side on all its devices, after the rounds before it: by device, in order.
Round = Mapping[str, tuple[Difference, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All changes, by device in the order of the change."""

    changes: tuple[Change, ...]

    def for_device(self, device: str) -> tuple[Difference, ...]:
        """The differences of one device, in order."""
        return tuple(c.difference for c in self.changes if c.device == device)

    @property
    def devices(self) -> tuple[str, ...]:
        """Devices that change, sorted."""
        return tuple(sorted({c.device for c in self.changes}))
