"""What happened on the fibres, for people: what, where to look, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from controller.cli.output import assemble, out
from intents.trouble import Trouble

_MOST: Final = 12  # names in a line


def print_troubles(troubles: Sequence[Trouble]) -> None:
    """A few lines each, the worst first."""
    for trouble in troubles:
        mark = ("dark   ", "bold red") if trouble.dark else ("at risk", "yellow")
        out.print(assemble(mark, f"  {trouble.what}"))
        out.print(f"         look at: {trouble.look}")
        if trouble.places:
            out.print(f"         places: {_names(trouble.places)}")
        if trouble.lost:
            out.print(f"         not kept for them: {_names(trouble.lost)}")
        if trouble.risked:
            out.print(f"         kept for now: {_names(trouble.risked)}")


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"
