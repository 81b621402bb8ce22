"""Every single failure and what survives it, as a table for people."""

from __future__ import annotations

from typing import Final

from controller.cli.output import assemble, out
from intents.compile import Survey, WhatIf
from intents.compile.failure import Kind
from intents.compile.survey import KINDS, touched

_MOST: Final = 12  # failures that are named
_HEADS: Final[dict[Kind, str]] = {
    "switch": "switch", "olt": "OLT", "pon": "PON", "link": "link", "onu": "ONU", "fibre": "2nd fibre",
}  # fmt: skip
_WORDS: Final = {"lost": "lost", "partly": "in part", "no-room": "without room"}


def print_survey(found: Survey, *, full: bool) -> None:
    """A row an intent, a column a kind of failure; then the failures that touch most."""
    counts = {kind: sum(o.failures[0].kind == kind for o in found.outcomes) for kind in KINDS}
    kinds = [kind for kind in KINDS if counts[kind]]
    out.print(f"{len(found.outcomes)} things can fail, one at a time; how many of each kind leave an intent whole:")
    width = max((len(name) for name in found.intents), default=0)
    out.print(f"  {'':<{width}}  " + "".join(f"{_HEADS[kind]:>12}" for kind in kinds), style="dim")
    for name, cells in found.survived().items():
        row = (_cell(*cells[kind]) for kind in kinds)
        out.print(assemble(f"  {name:<{width}}  ", *row))
    worst = found.worst()
    if worst:
        out.print("what touches most:")
    for each in worst if full else worst[:_MOST]:
        out.print(_line(each, is_moving=each.failures[0] in found.moving))
    if len(worst) > _MOST and not full:
        out.print(f"  and {len(worst) - _MOST} more: --full", style="dim")
    if found.moving:
        out.print("* what stands in is used once `clearway apply --failed THING` has been run")
    out.print("without Clearway itself all goes on as it is: switches and OLTs keep what they hold")


def _cell(held: int, count: int) -> tuple[str, str]:
    colour = "green" if held == count else "yellow" if held else "red"
    return f"{f'{held} of {count}':>12}", colour


def _line(each: WhatIf, *, is_moving: bool) -> str:
    names = touched(each)
    parts = [f"{len(names[state])} {word}" for state, word in _WORDS.items() if state in names]  # type: ignore[index]
    cut = f"; {len(each.cut_off)} places cut off" if each.cut_off else ""
    star = "*" if is_moving else " "
    return assemble(f"  {star} ", (str(each.failures[0]), "bold"), f": {', '.join(parts)}{cut}")
