"""A plan as a comment on a merge request: the verdict first, then who, where and why; the rest folds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from controller.proposed import Proposed
from controller.shown import ShownChange, shown
from intents.model.diagnostic import NOWHERE, Diagnostic, Severity
from intents.model.evidence import Bound
from intents.model.units import format_duration, format_rate

_MOST_CHANGES: Final = 200  # a comment of GitHub holds 65,536 characters
_MOST_NAMED: Final = 20
_OPS: Final = ("add", "modify", "remove")
_MARKS: Final = "\\|[]*_`"
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "@": "&#64;"}
_MARK: Final = {"add": "+", "modify": "~", "remove": "-"}


def plan_comment(found: Proposed) -> str:
    """The comment of a plan that can be carried out."""
    changes = shown(found.planned.plan.changes)
    hit = sorted({p for c in changes if c.disruptive for p in c.places})
    parts = [f"### Clearway: every promise can be kept; {_verdict(changes, hit)}", "", *_intents(found)]
    if changes:
        parts += ["", *_devices(changes)]
    if hit:
        parts += ["", f"**Interrupted for a moment:** {_names(hit)}", "", *_reasons(changes)]
    if found.bounds:
        parts += ["", *_bounds(found.bounds.items())]
    warnings = [d for d in found.planned.warnings if d.severity is Severity.WARNING]
    if warnings:
        parts += ["", "**Worth knowing**", "", *map(_fault, warnings)]
    if changes:
        parts += ["", *_details(changes)]
    return "\n".join(parts) + "\n"


def refusal_comment(faults: Sequence[Diagnostic]) -> str:
    """The comment of what is refused."""
    errors = [d for d in faults if d.severity is Severity.ERROR]
    many = "1 thing" if len(errors) == 1 else f"{len(errors)} things"
    head = f"### Clearway: refused, {many} cannot be as written"
    return "\n".join([head, "", *map(_fault, sorted(errors, key=lambda d: (d.position, d.code)))]) + "\n"


def _verdict(changes: Sequence[ShownChange], hit: Sequence[str]) -> str:
    if not changes:
        return "nothing changes on any device"
    devices = len({c.device for c in changes})
    told = f"{_count(len(changes), 'change')} on {_count(devices, 'device')}"
    return f"{told}, {'interrupts ' + _count(len(hit), 'place') if hit else 'hitless'}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _intents(found: Proposed) -> list[str]:
    told = (("New", found.added), ("Changed", found.changed), ("Removed", found.removed))
    lines = [f"- {word}: {_names(names)}" for word, names in told if names]
    return lines or ["No intent is new, changed or removed."]


def _devices(changes: Sequence[ShownChange]) -> list[str]:
    rows = ["| device | add | change | remove | interrupts |", "|---|--:|--:|--:|---|"]
    for device in sorted({c.device for c in changes}):
        own = [c for c in changes if c.device == device]
        counts = " | ".join(str(sum(c.op == op for c in own)) for op in _OPS)
        hit = sorted({p for c in own if c.disruptive for p in c.places})
        rows.append(f"| {_cell(device)} | {counts} | {_names(hit) if hit else 'nobody'} |")
    return rows


def _reasons(changes: Sequence[ShownChange]) -> list[str]:
    told = {(c.device, c.reason): None for c in changes if c.disruptive}
    return [f"- {_cell(device)}: {_cell(reason)}" for device, reason in sorted(told)]


def _bounds(bounds: Iterable[tuple[str, Bound]]) -> list[str]:
    rows = ["| intent | at worst, from and to | left for it | takes at most |", "|---|---|--:|--:|"]
    for name, b in sorted(bounds):
        longest = b.completion_us if b.completion_us is not None else b.delay_us
        takes = format_duration(longest) if longest is not None else "no bound"
        rows.append(
            f"| {_cell(name)} | {_cell(b.source)} to {_cell(b.destination)} | {format_rate(b.rate_bps)} | {takes} |"
        )
    return rows


def _details(changes: Sequence[ShownChange]) -> list[str]:
    lines = [_detail(c) for c in changes[:_MOST_CHANGES]]
    if len(changes) > _MOST_CHANGES:
        lines.append(f"... and {len(changes) - _MOST_CHANGES:,} more: clearway plan --full")
    # Four backquotes: what is inside may hold three.
    return ["<details><summary>Each change</summary>", "", "````diff", *lines, "````", "", "</details>"]


def _detail(c: ShownChange) -> str:
    who = f"  # {c.askers[0].position}" if c.askers else ""
    why = f"  ({c.reason})" if c.disruptive else ""
    return _line(f"{_MARK[c.op]} {c.device}: {c.summary}{why}{who}")


def _fault(d: Diagnostic) -> str:
    place = "" if d.position.file == NOWHERE.file else f"`{_line(str(d.position)).replace('`', '')}`: "
    return f"- {place}{_cell(d.message)} (`{d.code}`)" + (f"  \n  {_cell(d.hint)}" if d.hint else "")


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(map(_cell, names[:_MOST_NAMED])) + more


def _line(text: str) -> str:
    return " ".join(text.split()).replace("````", "` ` ` `")


def _cell(text: str) -> str:
    """Text of somebody else in a cell or line: it stays text, whatever it holds."""
    clean = _line(text)
    for mark in _MARKS:
        clean = clean.replace(mark, f"\\{mark}")
    for sign, entity in _ENTITIES.items():
        clean = clean.replace(sign, entity)
    return clean
