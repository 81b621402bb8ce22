"""A plan for people: per device what changes, for whom, and whom it interrupts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from controller.cli.output import assemble, out, styled
from controller.shown import ShownChange, shown
from intents.model.plan import Asker, Plan

MOST_LINES: Final = 12
MOST_NAMED: Final = 3
_MARK: Final = {"add": ("+", "green"), "remove": ("-", "red"), "modify": ("~", "yellow")}

_Counts = dict[tuple[str, str], int]  # by (operation, kind of object)


class _Group(NamedTuple):
    """Who asks for some changes."""

    file: str
    name: str
    where: str


def print_plan(plan: Plan, *, full: bool) -> None:
    """What would change: per device, per asker; every change with `full`."""
    print_changes(shown(plan.changes), full=full)


def print_changes(found: Sequence[ShownChange], *, full: bool) -> None:
    """The same of changes that are in words already."""
    if not found:
        out.print("nothing to change: the network is as intended")
        return
    by_device: dict[str, list[ShownChange]] = {}
    for change in found:
        by_device.setdefault(change.device, []).append(change)
    for device, changes in sorted(by_device.items()):
        out.print(assemble((device, "bold"), f"  {_ops(changes)}{_impact(changes)}"))
        if full:
            for c in changes:
                _print_change(c)
        else:
            _print_by_asker(changes)
            _print_interruptions(changes)
    if not full:
        out.print(styled("each change by itself: --full", "dim"))


def _ops(changes: Sequence[ShownChange]) -> str:
    counts = Counter(c.op for c in changes)
    words = {"add": "to add", "modify": "to change", "remove": "to remove"}
    return ", ".join(f"{counts[op]} {word}" for op, word in words.items() if counts[op])


def _impact(changes: Sequence[ShownChange]) -> str:
    if not any(c.disruptive for c in changes):
        return "; hitless"
    hit = sorted({p for c in changes if c.disruptive for p in c.places})
    if not hit:
        return "; interrupts no place in use"
    more = f" and {len(hit) - MOST_LINES} more" if len(hit) > MOST_LINES else ""
    return f"; interrupts {', '.join(hit[:MOST_LINES])}{more} for a moment"


def _print_change(c: ShownChange) -> None:
    mark, colour = _MARK[c.op]
    who = f"  {c.askers[0].position}" if c.askers else ""
    reason = f"  disruptive: {c.reason}{_touched(c.onus)}" if c.disruptive else ""
    out.print(assemble("  ", (mark, colour), f" {c.summary}", (reason, "red"), (who, "dim")))


def _print_interruptions(changes: Sequence[ShownChange]) -> None:
    """Why traffic stops for a moment, a line a reason: for how many changes of what, and which ONUs notice."""
    by_reason: dict[tuple[str, str], list[ShownChange]] = {}
    for c in changes:
        if c.disruptive:
            by_reason.setdefault((c.reason, c.kind), []).append(c)
    for (reason, kind), found in sorted(by_reason.items()):
        what = found[0].name if len(found) == 1 else f"{len(found)} changes"
        onus = sorted({onu for c in found for onu in c.onus})
        out.print(assemble(("  ! ", "red"), f"{kind} {what}: ", (f"{reason}{_touched(onus)}", "red")))


def _touched(onus: Sequence[str]) -> str:
    """`; touches 82 ONUs: onu-1, onu-2, onu-3 and 79 more`."""
    if not onus:
        return ""
    more = f" and {len(onus) - MOST_NAMED} more" if len(onus) > MOST_NAMED else ""
    return f"; touches {len(onus)} {'ONU' if len(onus) == 1 else 'ONUs'}: {', '.join(onus[:MOST_NAMED])}{more}"


def _print_by_asker(changes: Sequence[ShownChange]) -> None:
    """A line an asker, sorted; one for all of a file in which many ask."""
    tally: dict[tuple[Asker | None, str, str], int] = {}
    for c in changes:
        key = (c.askers[0] if c.askers else None, c.op, c.kind)
        tally[key] = tally.get(key, 0) + 1
    entries = Counter(asker.position.file for asker in {asker for asker, _, _ in tally} if asker is not None)
    groups: dict[_Group, _Counts] = {}
    for (asker, op, kind), count in tally.items():
        counts = groups.setdefault(_group(asker, op, entries), {})
        counts[op, kind] = counts.get((op, kind), 0) + count
    for group, counts in sorted(groups.items()):
        counted = ", ".join(f"{_MARK[op][0]}{count} {kind}" for (op, kind), count in sorted(counts.items()))
        out.print(assemble(f"  {group.name:<24} {counted}", (f"  {group.where}", "dim")))


def _group(asker: Asker | None, op: str, entries: Mapping[str, int]) -> _Group:
    """entries: how many of each file ask."""
    if asker is None:
        return _Group("", "no longer asked for" if op == "remove" else "the network itself", "")
    file = asker.position.file
    if entries[file] > MOST_LINES:
        return _Group(file, f"{entries[file]} of its entries", file)
    return _Group(file, asker.name, str(asker.position))
