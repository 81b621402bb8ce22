"""For people: one intent, its ways, its properties with their bounds, and what carries it."""

from __future__ import annotations

from typing import Final

from controller.cli.bound_text import print_bound
from controller.cli.output import out
from controller.cli.verdict_text import print_failure, print_way
from controller.explain import Explanation

SHOWN_WAYS: Final = 4


def print_explanation(explanation: Explanation) -> None:
    """All of it; of the ways the first few."""
    out.print(f"{explanation.verdict.intent}  ({explanation.verdict.position})", style="bold")
    out.print(f"  {explanation.text}")
    for way in explanation.verdict.paths[:SHOWN_WAYS]:
        out.print()
        print_way(way)
    if len(explanation.verdict.paths) > SHOWN_WAYS:
        out.print(f"\n  and {len(explanation.verdict.paths) - SHOWN_WAYS} more ways: --json", style="dim")
    out.print()
    for finding in explanation.verdict.findings:
        if finding.holds:
            out.print(f"  holds  {finding.property}: {finding.statement}")
        else:
            print_failure(explanation.verdict, finding)
        if finding.bound is not None:
            print_bound(finding.bound)
    if explanation.carriers:
        out.print("\n  carried by")
        for device, text in explanation.carriers:
            out.print(f"    {device:<10} {text}")
