"""A plan for people: per device what changes, for whom, and whom it interrupts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.text import Text

from controller.cli.output import out
from intents.compile import summary
from intents.model.plan import Asker, Change, Plan

MOST_LINES: Final = 12
MOST_NAMED: Final = 3
_MARK: Final = {"add": ("+", "green"), "remove": ("-", "red"), "modify": ("~", "yellow")}

_Counts = Counter[tuple[str, str]]  # (operation, kind of object)


class _Group(NamedTuple):
    """Who asks for some changes."""

    file: str
    name: str
    where: str


def print_plan(plan: Plan, *, full: bool) -> None:
    """What would change: per device, per asker; every change with `full`."""
    if not plan.changes:
        out.print("nothing to change: the network is as intended")
        return
    by_device: dict[str, list[Change]] = {}
    for change in plan.changes:
        by_device.setdefault(change.device, []).append(change)
    for device, changes in sorted(by_device.items()):
        out.print(Text.assemble((device, "bold"), f"  {_ops(changes)}{_impact(changes)}"))
        if full:
            for c in changes:
                _print_change(c)
        else:
            _print_by_asker(changes)
            _print_interruptions(changes)
    if not full:
        out.print(Text("each change by itself: --full", "dim"))


def _ops(changes: Sequence[Change]) -> str:
    counts = Counter(c.difference.op for c in changes)
    words = {"add": "to add", "modify": "to change", "remove": "to remove"}
    return ", ".join(f"{counts[op]} {word}" for op, word in words.items() if counts[op])


def _impact(changes: Sequence[Change]) -> str:
    if not any(c.disruptive for c in changes):
        return "; hitless"
    hit = sorted({p for c in changes if c.disruptive for p in c.places})
    if not hit:
        return "; interrupts no place in use"
    more = f" and {len(hit) - MOST_LINES} more" if len(hit) > MOST_LINES else ""
    return f"; interrupts {', '.join(hit[:MOST_LINES])}{more} for a moment"


def _print_change(c: Change) -> None:
    mark, colour = _MARK[c.difference.op]
    who = f"  {c.askers[0].position}" if c.askers else ""
    reason = f"  disruptive: {c.reason}{_touched(c.onus)}" if c.disruptive else ""
    out.print(Text.assemble("  ", (mark, colour), f" {summary(c.difference)}", (reason, "red"), (who, "dim")))


def _print_interruptions(changes: Sequence[Change]) -> None:
    """Why traffic stops for a moment, a line a reason: for how many changes of what, and which ONUs notice."""
    by_reason: dict[tuple[str, str], list[Change]] = {}
    for c in changes:
        if c.disruptive:
            by_reason.setdefault((c.reason, str(c.difference.key[0])), []).append(c)
    for (reason, kind), found in sorted(by_reason.items()):
        what = str(found[0].difference.key[1]) if len(found) == 1 else f"{len(found)} changes"
        onus = sorted({onu for c in found for onu in c.onus})
        out.print(Text.assemble(("  ! ", "red"), f"{kind} {what}: ", (f"{reason}{_touched(onus)}", "red")))


def _touched(onus: Sequence[str]) -> str:
    """`; touches 82 ONUs: onu-1, onu-2, onu-3 and 79 more`."""
    if not onus:
        return ""
    more = f" and {len(onus) - MOST_NAMED} more" if len(onus) > MOST_NAMED else ""
    return f"; touches {len(onus)} {'ONU' if len(onus) == 1 else 'ONUs'}: {', '.join(onus[:MOST_NAMED])}{more}"


def _print_by_asker(changes: Sequence[Change]) -> None:
    tally = Counter((c.askers[0] if c.askers else None, c.difference.op, str(c.difference.key[0])) for c in changes)
    groups: dict[_Group, _Counts] = {}
    for (asker, op, kind), count in tally.items():
        groups.setdefault(_group(asker, op), Counter())[op, kind] += count
    for group, counts in _gathered(groups):
        line = Text("  ")
        line.append(f"{group.name:<24} ")
        line.append(", ".join(f"{_MARK[op][0]}{count} {kind}" for (op, kind), count in sorted(counts.items())))
        line.append(f"  {group.where}", "dim")
        out.print(line)


def _group(asker: Asker | None, op: str) -> _Group:
    if asker is not None:
        return _Group(asker.position.file, asker.name, str(asker.position))
    return _Group("", "no longer asked for" if op == "remove" else "the network itself", "")


def _gathered(groups: dict[_Group, _Counts]) -> list[tuple[_Group, _Counts]]:
    """Sorted; what a file with many askers asks for in one line."""
    entries = Counter(g.file for g in groups)
    many = {f for f, n in entries.items() if f and n > MOST_LINES}
    found: dict[_Group, _Counts] = {}
    for group, counts in sorted(groups.items()):
        if group.file in many:
            group = _Group(group.file, f"{entries[group.file]} of its entries", group.file)  # noqa: PLW2901
        found.setdefault(group, Counter()).update(counts)
    return sorted(found.items(), key=lambda g: g[0])
