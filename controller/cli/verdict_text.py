"""A verdict for people: a line an intent, and each object that breaks promises with a packet that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from controller.cli.output import assemble, out, styled
from intents.model.evidence import Counterexample, Finding, Hop, IntentVerdict, Verdict
from intents.model.intent import ResolvedIntent

_TELLING: Final = ("deliver", "guarantee", "limit", "isolation", "quarantine", "survival", "priority", "reachability")


MOST_DRIFT: Final = 5  # lines a device


def print_verdict(verdict: Verdict, resting: Sequence[ResolvedIntent] = (), *, full: bool = False) -> None:
    """A line an intent, everything that does not hold with its cause, and the conclusion. full: each property of each
    intent, each failure with its own packet, and all drift."""
    width = max((len(name) for name in [*(i.intent for i in verdict.intents), *(r.name for r in resting)]), default=0)
    for intent in verdict.intents:
        mark = ("holds", "green") if intent.holds else ("FAILS", "bold red")
        out.print(assemble(mark, f"  {intent.intent:<{width}}  {_essence(intent)}"))
        if full:
            for finding in intent.findings:
                if finding.holds:
                    out.print(styled(f"       {'':<{width}}  {finding.property}: {finding.statement}", "dim"))
    for resolved in resting:
        out.print(assemble(("rests", "dim"), f"  {resolved.name:<{width}}  holds {resolved.intent.when}"))
    _print_failures(verdict, full=full)
    _print_drift(verdict.drift, full=full)
    failing = sum(not i.holds for i in verdict.intents)
    if failing:
        out.print(styled(f"{failing} of {len(verdict.intents)} intents do not hold", "bold red"))
    else:
        out.print(styled("all intents hold", "bold green"))


def _essence(intent: IntentVerdict) -> str:
    """The statement worth one line: of the first failure, else of the strongest promise."""
    failing = [f for f in intent.findings if not f.holds]
    if failing:
        return failing[0].statement.removeprefix(f"{intent.intent}: ")
    ranked = sorted(
        intent.findings, key=lambda f: _TELLING.index(f.property) if f.property in _TELLING else len(_TELLING)
    )
    return ranked[0].statement if ranked else ""


def _print_drift(drift: Sequence[Finding], *, full: bool) -> None:
    """What is not as it was applied: of each device the first few, and how many more."""
    by_device: dict[str, list[Finding]] = {}
    for finding in drift:
        c = finding.counterexample
        by_device.setdefault(c.blame_device if c is not None else "", []).append(finding)
    for device, found in sorted(by_device.items()):
        shown = found if full else found[:MOST_DRIFT]
        for finding in shown:
            out.print(assemble(("drift  ", "yellow"), finding.statement))
        if len(found) > len(shown):
            more = f"{len(found) - len(shown)} more objects on {device} are not as they were applied"
            out.print(assemble(("drift  ", "yellow"), f"{more}: clearway verify --full"))


def _print_failures(verdict: Verdict, *, full: bool) -> None:
    """Failures by the object to blame: the first in full, the others by name."""
    groups: dict[tuple[str, str], list[tuple[IntentVerdict, Finding]]] = {}
    for intent in verdict.intents:
        for finding in intent.findings:
            if not finding.holds:
                c = finding.counterexample
                blame = (c.blame_device, c.blame_object) if c is not None else (intent.intent, finding.property)
                groups.setdefault(blame, []).append((intent, finding))
    for found in groups.values():
        for intent, finding in found if full else found[:1]:
            print_failure(intent, finding)
        if full:
            continue
        others = sorted({f"{i.intent} ({f.property})" for i, f in found[1:]})
        if others:
            out.print(f"  the same object breaks {', '.join(others)}")
    if groups:
        out.print()


def print_failure(intent: IntentVerdict, finding: Finding) -> None:
    """What does not hold, the packet that shows it, and the object to blame."""
    verb = "cannot be proved" if finding.cannot_prove else "does not hold"
    out.print()
    out.print(assemble((f"{intent.intent}: {finding.property} {verb}", "bold red"), (f"  {intent.position}", "dim")))
    out.print(f"  {finding.statement.removeprefix(f'{intent.intent}: ')}")
    if finding.counterexample is not None:
        print_counterexample(finding.counterexample)


def print_counterexample(c: Counterexample) -> None:
    """The packet and its way."""
    if c.packet:
        out.print("  packet    " + ", ".join(f"{k} {v}" for k, v in c.packet.items()))
    print_hops(c.hops)
    out.print(f"  expected  {c.expected}")
    out.print(f"  actual    {c.actual}")
    out.print(assemble("  blame     ", (f"{c.blame_object} on {c.blame_device}", "bold")))


def print_hops(hops: Sequence[Hop]) -> None:
    """Each hop: where in and out, the tag afterwards, the queue; below it the entries that decided."""
    width = max((len(h.device) for h in hops), default=0)
    for number, h in enumerate(hops, start=1):
        tag = "untagged" if h.vid is None else f"VLAN {h.vid} PCP {h.pcp}"
        way = f"{h.in_port} -> {h.out_port or 'nowhere'}"
        out.print(f"  {number:>2}. {h.device:<{width}}  {way}, {tag}" + (f", {h.queue}" if h.queue else ""))
        for entry in h.entry.split(" | "):
            out.print(styled(f"      {entry}", "dim"))
        if h.note:
            out.print(styled(f"      ({h.note})", "dim"))
