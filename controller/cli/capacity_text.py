"""How full the network is, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from controller.cli.output import out
from intents.compile import Room, Stock
from intents.model.units import format_rate

_MOST_NAMED: Final = 3


def print_stocks(stocks: Sequence[Stock]) -> None:
    """A line each: how many are needed of how many."""
    width = max((len(s.resource) for s in stocks), default=0)
    for s in stocks:
        most = f"of {s.most:,}" if s.most is not None else ""
        out.print(f"{s.resource:<{width}}  {s.used:>12,}  {most}".rstrip())


def print_rooms(rooms: Sequence[Room]) -> None:
    """A line a resource: what it carries, what is promised of it, what is free, and to whom it is promised."""
    if not rooms:
        out.print("nothing is promised to anybody: no intent has a guarantee or a delivery")
        return
    width = max(len(r.resource) for r in rooms)
    out.print(f"{'':<{width}}  {'carries':>12}  {'promised':>12}  {'free':>12}", style="dim")
    for r in rooms:
        rates = "  ".join(f"{format_rate(bps):>12}" for bps in (r.capacity_bps, r.promised_bps, r.free_bps))
        named = ", ".join(f"{name} {format_rate(bps)}" for name, bps in r.holders[:_MOST_NAMED])
        more = f", {len(r.holders) - _MOST_NAMED} more" if len(r.holders) > _MOST_NAMED else ""
        out.print(f"{r.resource:<{width}}  {rates}  {named}{more}")
