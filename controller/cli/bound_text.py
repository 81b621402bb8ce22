"""The worst case of an intent for people: what is left, how long it takes, and hop by hop where that comes from."""

from __future__ import annotations

from controller.cli.output import out, styled
from intents.model.evidence import Bound
from intents.model.units import format_duration, format_rate, format_size


def print_bound(bound: Bound) -> None:
    """The whole way, then a line a hop, then on whom it rests."""
    said = f"{bound.source} to {bound.destination}: {format_rate(bound.rate_bps)} is left ({bound.slowest})"
    if bound.completion_us is not None:
        said += f", all of it takes at most {format_duration(bound.completion_us)}"
    elif bound.delay_us is not None:
        said += f", a packet takes at most {format_duration(bound.delay_us)}, most of it at {bound.longest}"
    if bound.backlog_bits is not None and bound.completion_us is None:
        said += f"; at most {format_size(-(-bound.backlog_bits // 8))} of it wait on the way"
    out.print(styled(f"         at worst {said}", "dim"))
    width = max((len(h.where) for h in bound.hops), default=0)
    for hop in bound.hops:
        served = f"{format_rate(hop.rate_bps)} after {format_duration(hop.latency_us)}"
        out.print(styled(f"           {hop.where:<{width}}  {served}", "dim"))
    if bound.relies:
        out.print(styled(f"           rests on {', '.join(bound.relies)}, whom no device holds to it", "dim"))
