"""What would be if something failed, for people."""

from __future__ import annotations

from typing import Final

from controller.cli.output import assemble, out
from intents.compile import WhatIf

_NAMED: Final = 8
_WORDS: Final = {
    "lost": ("lost", "red"),
    "partly": ("in part", "yellow"),
    "no-room": ("does not fit", "yellow"),
    "holds": ("holds", "green"),
}


def print_what_if(found: WhatIf, *, full: bool) -> None:
    """Who is cut off, then a line an intent: those that are touched, or all of them."""
    failed = " and ".join(map(str, found.failures))
    out.print(assemble("if ", (failed, "bold"), " fails:" if len(found.failures) == 1 else " fail:"))
    if found.moved:
        out.print(f"  {len(found.moved)} ONUs hang on their stand-in PON: {_some(found.moved)}")
    cut = f"{len(found.cut_off)} places are cut off: {_some(found.cut_off)}" if found.cut_off else "nobody is cut off"
    out.print(f"  {cut}")
    for fault in found.faults:
        out.print(assemble("  what is left has no room: ", (fault.message, "red"), (f"  {fault.position}", "dim")))
    touched = [o for o in found.intents if full or o.state != "holds"]
    width = max((len(o.intent.name) for o in touched), default=0)
    for outcome in touched:
        word, colour = _WORDS[outcome.state]
        left = f"{outcome.left} of {outcome.pairs} pairs left" if outcome.state == "partly" else ""
        about = "; ".join(part for part in (left, outcome.why) if part)
        where = str(outcome.intent.intent.position)
        out.print(
            assemble(f"  {outcome.intent.name:<{width}}  ", (f"{word:<12}", colour), about, (f"  {where}", "dim"))
        )
    holding = sum(o.state == "holds" for o in found.intents)
    out.print(f"  {holding} of {len(found.intents)} intents hold as they are")


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
