"""How a promise is refused: the arithmetic, the nearest promise that can hold, who has the rest, where to move."""

from __future__ import annotations

from dataclasses import dataclass

from intents.compile.demand import Stream
from intents.model.campus import Campus, Endpoint
from intents.model.diagnostic import Diagnostic, Related
from intents.model.intent import Intent
from intents.model.units import format_duration, format_rate, format_size
from intents.model.wire import shortest_us

NAMED_RIVALS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What did not fit where. `streams`: the intent's own that use the resource. `rivals`: who has how much of it."""

    intent: Intent
    streams: tuple[Stream, ...]
    label: str
    port: Endpoint | None
    wanted_bps: int
    free_bps: int
    rivals: tuple[tuple[Intent, int], ...]


def round_rate(bps: int) -> int:
    """At most three digits, downwards, so that what is offered holds."""
    unit = int(10 ** max(len(str(bps)) - 3, 0))
    return bps // unit * unit


def round_time(us: int) -> int:
    """At most two digits, upwards."""
    unit = int(10 ** max(len(str(us)) - 2, 0))
    return -(-us // unit) * unit


def refusal(campus: Campus, refused: Refusal) -> Diagnostic:
    """The diagnostic: `1,000 images of 512 KiB within 1 s need 4.55 Gbit/s; onu-ct:2 is a 1 Gbit/s port: 4.5 s at best,
    or move ct-room to onu-ct:1`."""
    nearest, written = _nearest(refused)
    move = _move(campus, refused)
    rivals = _rivals(refused)
    text = f"{_ask(refused)}; {refused.label}{rivals}: {nearest}"
    hints = ([f"write `{written}`"] if written else []) + ([move] if move else [])
    if refused.rivals:
        hints.append("lower one of the others")
    return Diagnostic(
        code="no-room",
        message=text + (f", or {move}" if move else ""),
        hint=", or ".join(hints) or "take the promise out",
        position=refused.intent.at("deliver" if refused.intent.deliver is not None else "guarantee"),
        related=tuple(
            Related(position=intent.position, message=f"{intent.name} has {format_rate(bps)} of it")
            for intent, bps in refused.rivals[:NAMED_RIVALS]
        ),
    )


def _ask(refused: Refusal) -> str:
    intent, need = refused.intent, format_rate(refused.wanted_bps)
    pairs = len({frozenset((s.source.name, s.destination.name)) for s in refused.streams})
    many = f" {pairs} times over" if pairs > 1 else ""
    if intent.deliver is not None:
        images = f"{intent.deliver.images:,} images of {format_size(intent.deliver.size_bytes)}"
        return f"{images} within {format_duration(intent.deliver.within_us)}{many} need {need}"
    first = refused.streams[0]
    if pairs > 1:
        return f"a guarantee of {format_rate(intent.guarantee_bps or 0)}{many} needs {need}"
    return f"a guarantee from {first.source.name} to {first.destination.name} needs {need}"


def _nearest(refused: Refusal) -> tuple[str, str]:
    """The nearest promise for people, and as it is to be written."""
    intent = refused.intent
    if refused.free_bps <= 0:
        return "nothing is left of it", ""
    if intent.deliver is not None:
        # The rate that one transfer would have when all of the intent's shares shrink alike.
        full = max(s.promised_bps for s in refused.streams)
        rate = full * refused.free_bps // refused.wanted_bps
        if rate <= 0:
            return "nothing is left of it", ""
        best = format_duration(round_time(shortest_us(intent.deliver, rate)))
        return f"{best} at best", f"within: {best}"
    rate = round_rate((intent.guarantee_bps or 0) * refused.free_bps // refused.wanted_bps)
    return f"{format_rate(rate)} at best", f"guarantee: {format_rate(rate)}"


def _rivals(refused: Refusal) -> str:
    if not refused.rivals:
        return ""
    named = [f"{i.name} ({i.position}) has {format_rate(bps)}" for i, bps in refused.rivals[:NAMED_RIVALS]]
    more = len(refused.rivals) - NAMED_RIVALS
    return ", of which " + ", ".join(named) + (f" and {more} more intents the rest" if more > 0 else "")


def _move(campus: Campus, refused: Refusal) -> str:
    """A free port of the same device that is fast enough."""
    if refused.port is None:
        return ""
    device = refused.port.device
    ports = campus.onus[device].ports if device in campus.onus else campus.switches[device].ports
    busy = {p.port for p in campus.places.values()} | {e for link in campus.links for e in (link.a, link.b)}
    free = [Endpoint(device, str(n)) for n, rate in sorted(ports.items()) if rate >= refused.wanted_bps]
    free = [endpoint for endpoint in free if endpoint not in busy]
    there = {s.source.name for s in refused.streams if s.source.port == refused.port}
    there |= {s.destination.name for s in refused.streams if s.destination.port == refused.port}
    if not free or not there:
        return ""
    return f"move {min(there)} to {free[0]}"
