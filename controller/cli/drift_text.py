"""Drift for people: by device, each object with what differs and whose it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from controller.cli.output import assemble, out, styled
from intents.model.evidence import Differing, Drift, DriftKind, Owner

MOST_OBJECTS: Final = 5  # a device
MOST_ATTRIBUTES: Final = 3  # an object
MOST_ASKERS: Final = 2
_COLOUR: Final = {DriftKind.MISSING: "red", DriftKind.EXTRA: "green", DriftKind.CHANGED: "yellow"}
_SILENT: Final = {
    Owner.CAMPUS: "of the campus itself",
    Owner.NOBODY: "nobody asks for it",
    Owner.UNKNOWN: "whose it is cannot be told: see `clearway check`",
}


def print_drift(drift: Sequence[Drift], *, full: bool) -> None:
    """What is not as it was applied; of each device the first few, and how many more. full: everything."""
    for device, found in groupby(drift, key=lambda d: d.device):
        objects = list(found)
        shown = objects if full else objects[:MOST_OBJECTS]
        kinds = Counter(d.kind for d in objects)
        counted = ", ".join(f"{kinds[kind]} {kind}" for kind in DriftKind if kinds[kind])
        out.print(assemble(("drift", "yellow"), f"  {device}: {counted}, against what was applied"))
        for one in shown:
            _print_one(one, full=full)
        if len(objects) > len(shown):
            out.print(f"       and {len(objects) - len(shown)} more: clearway verify --full")


def _print_one(drift: Drift, *, full: bool) -> None:
    out.print(assemble("       ", (f"{drift.kind:<8}", _COLOUR[drift.kind]), drift.name))
    shown = drift.differs if full else drift.differs[:MOST_ATTRIBUTES]
    for one in shown:
        out.print(f"                 {_attribute(one)}")
    if len(drift.differs) > len(shown):
        out.print(f"                 and {len(drift.differs) - len(shown)} attributes more")
    out.print(styled(f"                 {_owner(drift, full=full)}", "dim"))


def _attribute(one: Differing) -> str:
    return f"{one.attribute}: {one.applied} -> {one.found}"


def _owner(drift: Drift, *, full: bool) -> str:
    named = [f"{a.name} ({a.position})" for a in drift.askers]
    more = len(named) - MOST_ASKERS
    if more > 0 and not full:
        named = [*named[:MOST_ASKERS], f"{more} more"]
    owner = _SILENT.get(drift.owner) or f"asked for by {', '.join(named)}"
    return owner if drift.ours else f"{owner}; what is there now is not Clearway's"
