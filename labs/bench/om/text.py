"""The tasks as a table for people; every line of both sides where that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labs.bench.om.bench import Outcome
from labs.bench.om.typed import Typed

_LINES = f"{'task':<44}{'OLT':>5}{'undo':>6}{'Clearway':>10}{'undo':>6}{'less':>7}{'at best':>9}"
_HEAD = f"{_LINES}  {'result':<9}{'mistake':<9}   time"


def tasks(outcomes: Sequence[Outcome], *, full: bool) -> str:
    """One line a task: lines of both sides to do it and to undo it."""
    lines = [_HEAD]
    for o in outcomes:
        result = "seen" if o.verified and o.undone else "NOT SEEN"
        caught = "caught" if o.caught else "PASSED"
        lines.append(
            f"{o.title:<44}{o.cli_lines:>5}{o.cli_undo_lines:>6}{o.ours.count:>10}{o.ours_undo.count:>6}"
            f"{o.reduction_with_undo_pct:>6.0f}%{o.reduction_at_best_pct:>8.0f}%"
            f"  {result:<9}{caught:<9}{o.seconds:>5.1f} s"
        )
        if full:
            lines += _sides(o)
    return "\n".join(lines) + "\n"


def _sides(o: Outcome) -> Iterator[str]:
    yield f"  mistake: {o.mistake}"
    sides = (("OLT", o.cli), ("OLT, undone", o.cli_undo), ("Clearway", o.ours), ("Clearway, undone", o.ours_undo))
    for name, side in sides:
        yield from _side(name, side)
    if o.published is not None:
        yield f"  public notes take {o.published} lines to do it, which is what is counted"


def _side(name: str, side: Typed) -> Iterator[str]:
    if side.lines:
        yield f"  {name}: {side.count} lines, {side.words} words"
        yield from (f"      {line}" for line in side.lines)
