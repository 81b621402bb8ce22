"""A plan: what would change on which device, who asked for it, and whom it touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from intents.model.diagnostic import Position
from intents.model.state import DeviceState, Difference, ObjectKey


@dataclass(frozen=True, slots=True, order=True)
class Asker:
    """Who an object is for: an intent, or the campus itself (a place, an ONU, a PON), and where that is written."""

    name: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """The intended state of every device and, per object, who asked for it and which places it serves."""

    states: Mapping[str, DeviceState]
    askers: Mapping[tuple[str, ObjectKey], tuple[Asker, ...]]
    places: Mapping[tuple[str, ObjectKey], tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One object's change on one device. disruptive: traffic of `places` stops for a moment while it happens."""

    device: str
    difference: Difference
    askers: tuple[Asker, ...]
    places: tuple[str, ...]
    disruptive: bool
    reason: str = ""  # why it is disruptive, in a few words
    summary: str = ""  # the object in the field's words: "T-CONT cw.ct.1 Alloc-ID 1034, assured 4.5 Gbit/s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All changes, by device in the order of the change. base: fingerprint of the operational state planned against."""

    changes: tuple[Change, ...]
    base: Mapping[str, str]  # device -> fingerprint of what Clearway owns or uses there

    def for_device(self, device: str) -> tuple[Difference, ...]:
        """The differences of one device, in order."""
        return tuple(c.difference for c in self.changes if c.device == device)

    @property
    def devices(self) -> tuple[str, ...]:
        """Devices that change, sorted."""
        return tuple(sorted({c.device for c in self.changes}))
