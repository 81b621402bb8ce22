"""Printing: tables and sentences for people on a terminal, one JSON object for machines.

Data goes to stdout, messages and progress to stderr. Colour only on a terminal and never with NO_COLOR.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from intents.model.diagnostic import Diagnostic, Severity
from intents.model.evidence import Counterexample, Finding, Hop, IntentVerdict, Verdict
from intents.model.plan import Change, Plan

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_MARK = {"add": ("+", "green"), "remove": ("-", "red"), "modify": ("~", "yellow")}


def print_json(value: dict[str, Any]) -> None:
    """One object on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Each with its place, what was expected, and what to do."""
    for d in sorted(diagnostics, key=lambda d: (d.position, d.code)):
        colour = "red" if d.severity is Severity.ERROR else "yellow"
        place = "" if d.position.file == "<none>" else f"{d.position}: "
        err.print(Text.assemble(place, (str(d.severity), colour), f": {d.message} [{d.code}]"))
        for r in d.related:
            err.print(Text(f"    {r.position}: {r.message}", "dim"))
        if d.hint:
            err.print(Text(f"    {d.hint}"))


def progress(message: str) -> None:
    """One line of what is going on."""
    err.print(Text(f"  {message} ...", "dim"))


def print_plan(plan: Plan, *, full: bool) -> None:
    """What would change: per device, per asker; every change with `full`."""
    if not plan.changes:
        out.print("nothing to change: the network is as intended")
        return
    for device in plan.devices:
        changes = [c for c in plan.changes if c.device == device]
        out.print(Text.assemble((device, "bold"), f"  {_ops(changes)}{_impact(changes)}"))
        if full:
            for c in changes:
                _print_change(c)
        else:
            _print_by_asker(changes)
    if not full:
        out.print(Text("each change by itself: --full", "dim"))


def _ops(changes: Sequence[Change]) -> str:
    counts = Counter(c.difference.op for c in changes)
    words = {"add": "to add", "modify": "to change", "remove": "to remove"}
    return ", ".join(f"{counts[op]} {word}" for op, word in words.items() if counts[op])


def _impact(changes: Sequence[Change]) -> str:
    hit = sorted({p for c in changes if c.disruptive for p in c.places})
    return f"; interrupts {', '.join(hit)} for a moment" if hit else "; hitless"


def _print_change(c: Change) -> None:
    mark, colour = _MARK[c.difference.op]
    who = f"  {c.askers[0].position}" if c.askers else ""
    reason = f"  disruptive: {c.reason}" if c.disruptive else ""
    out.print(Text.assemble("  ", (mark, colour), f" {c.summary}", (reason, "red"), (who, "dim")))


def _print_by_asker(changes: Sequence[Change]) -> None:
    groups: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for c in changes:
        who = c.askers[0] if c.askers else None
        asker = (who.name, str(who.position)) if who else ("no longer asked for", "")
        groups.setdefault(asker, Counter())[(c.difference.op, str(c.difference.key[0]))] += 1
    for (name, where), counts in sorted(groups.items(), key=lambda g: (g[0][1], g[0][0])):
        line = Text("  ")
        line.append(f"{name:<24} ")
        parts = []
        for (op, kind), count in sorted(counts.items()):
            parts.append(f"{_MARK[op][0]}{count} {kind}")
        line.append(", ".join(parts))
        line.append(f"  {where}", "dim")
        out.print(line)


def print_verdict(verdict: Verdict) -> None:
    """A line an intent, everything that does not hold in full, and the conclusion."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for intent in verdict.intents:
        mark = Text("holds", "green") if intent.holds else Text("FAILS", "bold red")
        table.add_row(mark, intent.intent, _essence(intent))
    out.print(table)
    for intent in verdict.intents:
        for finding in intent.findings:
            if not finding.holds:
                print_failure(intent, finding)
    for finding in verdict.drift:
        out.print(Text.assemble(("drift  ", "yellow"), finding.statement))
    failing = sum(not i.holds for i in verdict.intents)
    if failing:
        out.print(Text(f"{failing} of {len(verdict.intents)} intents do not hold", "bold red"))
    else:
        out.print(Text("all intents hold", "bold green"))


def _essence(intent: IntentVerdict) -> str:
    """The statement worth one line: of the first failure, else of the strongest promise."""
    order = ["deliver", "guarantee", "limit", "isolation", "quarantine", "priority", "reachability"]
    failing = [f for f in intent.findings if not f.holds]
    if failing:
        return failing[0].statement
    ranked = sorted(intent.findings, key=lambda f: order.index(f.property) if f.property in order else len(order))
    return ranked[0].statement if ranked else ""


def print_failure(intent: IntentVerdict, finding: Finding) -> None:
    """What does not hold, the packet that shows it, and the object to blame."""
    verb = "cannot be proved" if finding.cannot_prove else "does not hold"
    out.print()
    out.print(
        Text.assemble((f"{intent.intent}: {finding.property} {verb}", "bold red"), (f"  {intent.position}", "dim"))
    )
    out.print(f"  {finding.statement}")
    if finding.counterexample is not None:
        print_counterexample(finding.counterexample)


def print_counterexample(c: Counterexample) -> None:
    """The packet and its way."""
    out.print("  packet   " + ", ".join(f"{k} {v}" for k, v in c.packet.items()))
    print_hops(c.hops)
    out.print(f"  expected {c.expected}")
    out.print(f"  actual   {c.actual}")
    out.print(Text.assemble("  blame    ", (f"{c.blame_object} on {c.blame_device}", "bold")))


def print_hops(hops: Sequence[Hop]) -> None:
    """A table of hops."""
    if not hops:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("  device", "in", "out", "VLAN", "PCP", "queue", "entry"):
        table.add_column(title, overflow="fold", header_style="dim")
    for h in hops:
        vid = "-" if h.vid is None else str(h.vid)
        pcp = "-" if h.pcp is None else str(h.pcp)
        table.add_row(
            f"  {h.device}", h.in_port, h.out_port, vid, pcp, h.queue, h.entry + (f" ({h.note})" if h.note else "")
        )
    out.print(table)
