"""A verdict for people: a line an intent, and each object that breaks promises with a packet that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from controller.calendar import Rests
from controller.cli.drift_text import print_drift
from controller.cli.output import assemble, out, styled
from controller.owners import origin
from controller.wording import tagging, wrapped
from intents.model.evidence import Counterexample, Decided, Finding, Hop, IntentVerdict, Verdict, Way

WIDTH: Final = 100  # columns of a terminal
_TELLING: Final = (
    "deliver",
    "latency",
    "guarantee",
    "limit",
    "isolation",
    "quarantine",
    "survival",
    "priority",
    "reachability",
)


def print_verdict(verdict: Verdict, resting: Sequence[Rests] = (), *, full: bool = False) -> None:
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
        out.print(assemble(("rests", "dim"), f"  {resolved.name:<{width}}  holds {resolved.when}"))
    _print_failures(verdict, full=full)
    print_drift(verdict.drift, full=full)
    failing = sum(not i.holds for i in verdict.intents)
    if failing:
        out.print(styled(f"{failing} of {len(verdict.intents)} intents do not hold", "bold red"))
    else:
        out.print(styled("all intents hold", "bold green"))


def print_expected(intent: IntentVerdict) -> None:
    """What would be proven of one intent once devices hold a plan."""
    for finding in intent.findings:
        verb = ("would hold", "green") if finding.holds else ("would FAIL", "bold red")
        out.print(assemble(verb, f"  {finding.property}: {finding.statement}"))


def _essence(intent: IntentVerdict) -> str:
    """The statement worth one line: of the first failure, else of the strongest promise."""
    failing = [f for f in intent.findings if not f.holds]
    if failing:
        return failing[0].statement.removeprefix(f"{intent.intent}: ")
    ranked = sorted(
        intent.findings, key=lambda f: _TELLING.index(f.property) if f.property in _TELLING else len(_TELLING)
    )
    return ranked[0].statement if ranked else ""


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
    """The packet and what it stands for, its way, and what to blame."""
    if c.packet:
        _print_wrapped("packet", ", ".join(f"{k} {v}" for k, v in c.packet.items()))
    if c.alike:
        _print_wrapped("stands for", c.alike)
    print_hops(c.hops, c)
    if c.failing is None or not c.hops:
        _print_owed(c)
    _print_blame(c)


def _print_owed(c: Counterexample) -> None:
    _print_wrapped("expected", c.expected)
    _print_wrapped("actual", c.actual)


def _print_blame(c: Counterexample) -> None:
    """The smallest set of changes that makes the packet as owed; where none is known, what decided."""
    if not c.blames:
        out.print(assemble("  blame       ", (f"{c.blame_object} on {c.blame_device}", "bold")))
        return
    title = "blame"
    for blame in c.blames:
        _print_wrapped(title, f"{blame.device}: {blame.remedy} {blame.name}", "bold")
        if whose := origin(blame):
            _print_wrapped("", whose, "dim")
        title = ""
    alone = "this alone makes" if len(c.blames) == 1 else "any one of these alone makes"
    _print_wrapped("", f"{'only all of these together make' if c.together else alone} the packet as owed")


def print_way(way: Way) -> None:
    """The way of a packet that arrives."""
    out.print(f"  {way.source} to {way.destination}")
    _print_wrapped("packet", ", ".join(f"{k} {v}" for k, v in way.packet.items()))
    print_hops(way.hops)


def print_hops(hops: Sequence[Hop], broken: Counterexample | None = None) -> None:
    """Each hop: where in and out, the tag before and after, queue and meters; below it what decided and whose it is. At
    the hop that is not as owed, what was expected of it."""
    width = max((len(h.device) for h in hops), default=0)
    for number, h in enumerate(hops):
        fails = broken is not None and broken.failing == number
        way = f"{h.in_port} -> {h.out_port or 'nowhere'}"
        line = ", ".join((f"{number + 1:>2}. {h.device:<{width}}  {way}", tagging(h), *h.meters))
        out.print(styled(f"{'>>' if fails else '  '}{line}", "bold red" if fails else "") + _queue(h))
        for said in h.decided:
            _print_decided(said)
        if h.note:
            _print_indented(f"({h.note})", 6, "dim")
        if h.trace:
            out.print(styled(f"      {trace_line(h)}", "dim"))
        if fails and broken is not None:
            _print_owed(broken)


def _print_decided(said: Decided) -> None:
    """What decided and whose it is, beside it where there is room."""
    whose = _whose(said)
    if len(said.text) + len(whose) <= WIDTH - 8:
        out.print(f"      {styled(said.text, '')}" + (styled(f"  {whose}", "dim") if whose else ""))
        return
    _print_indented(said.text, 6, "")
    if whose:
        _print_indented(whose, 8, "dim")


def _queue(hop: Hop) -> str:
    return f", {hop.queue}" if hop.queue else ""


def trace_line(hop: Hop) -> str:
    """The line to paste where the switch runs. A bridge has the switch's name, or the one it was given there."""
    return f"ovs-appctl ofproto/trace {hop.device} '{hop.trace}'"


def _whose(said: Decided) -> str:
    cookie = f"cookie {said.cookie:#x}" if said.cookie is not None else ""
    return ", ".join(part for part in (origin(said), cookie) if part)


def _print_wrapped(title: str, text: str, style: str = "") -> None:
    """A title and a text after it, over as many lines as it needs."""
    for line in wrapped(text, WIDTH - 14):
        out.print(f"  {title:<12}{styled(line, style)}")
        title = ""


def _print_indented(text: str, indent: int, style: str) -> None:
    for number, line in enumerate(wrapped(text, WIDTH - indent - 2)):
        out.print(styled(f"{'':<{indent + 2 * bool(number)}}{line}", style))
