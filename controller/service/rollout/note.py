"""What became of a commit, in plain words: the text of its note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from controller.service.rollout.entry import WORDS, Entry, State

_MOST: Final = 10


def note_text(entry: Entry) -> str:
    """A verdict line, then what there is to say. Ends with a line end."""
    when = entry.history[-1][1] if entry.history else ""
    lines = [f"Clearway: {WORDS[entry.state]}", f"When: {when}"]
    if entry.superseded:
        lines.append(f"By: {entry.superseded[:12]}")
    if entry.by:
        allowed = f", and allowed: {', '.join(entry.permits)}" if entry.permits else ""
        lines.append(f"Approved by: {entry.by} at {entry.approved}{allowed}")
    lines += _changes(entry)
    if entry.intents:
        lines.append(f"Intents: {entry.intents['hold']} of {entry.intents['of']} hold")
        lines += [f"  does not hold: {name}" for name in _some(entry.intents["broken"])]
    for fault in entry.faults[:_MOST]:
        place = "" if fault["file"] == "<none>" else f"{fault['file']}:{fault['line']}:{fault['column']}: "
        lines.append(f"{place}{fault['message']} [{fault['code']}]")
        if fault["hint"]:
            lines.append(f"  {fault['hint']}")
    return "\n".join(lines) + "\n"


def _changes(entry: Entry) -> list[str]:
    if not entry.changes:
        return ["Changes: none on any device"] if entry.state is State.HOLDING else []
    told = ", ".join(f"{count} on {device}" for device, count in sorted(entry.changes.items()))
    impact = f"; interrupts {', '.join(_some(entry.interrupts))}" if entry.interrupts else "; hitless"
    return [f"Changes: {told}{impact}"]


def _some(names: Sequence[str]) -> list[str]:
    more = [f"and {len(names) - _MOST} more"] if len(names) > _MOST else []
    return [*names[:_MOST], *more]
