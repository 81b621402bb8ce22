"""Whose an object is that drifted, decided at a hop or is to blame: what today's texts say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeVar

from controller.project import Project
from intents.compile import compile_intended, is_ours
from intents.model.evidence import Blame, Counterexample, Decided, Drift, Finding, Hop, IntentVerdict, Owner, Verdict
from intents.model.plan import Asker, Intended
from intents.model.state import ObjectKey, Operational

MOST_ASKERS: Final = 2
_Said = TypeVar("_Said", Decided, Blame)


def with_owners(verdict: Verdict, project: Project, operational: Operational) -> Verdict:
    """The verdict, with who asks today for all that drifted, and for what its counterexamples show. Compiles only where
    there is something to say."""
    shown = verdict.drift or any(f.counterexample for i in verdict.intents for f in i.findings)
    if not shown:
        return verdict
    intended = compile_intended(project.checked_campus(), project.intents, operational).intended
    if intended is None:
        return verdict
    register = Register(intended=intended, operational=operational)
    return replace(
        verdict,
        intents=tuple(register.judged(i) for i in verdict.intents),
        drift=tuple(owned(drift, intended) for drift in verdict.drift),
    )


def owned(drift: Drift, intended: Intended) -> Drift:
    """What drifted, with who asks for it in this intended state."""
    owner, askers = _who(intended, drift.device, drift.key)
    return replace(drift, owner=owner, askers=askers)


def _who(intended: Intended, device: str, key: ObjectKey) -> tuple[Owner, tuple[Asker, ...]]:
    state = intended.states.get(device)
    thing = state.objects.get(key) if state is not None else None
    if thing is None:
        return Owner.NOBODY, ()
    askers, _ = intended.who(device, thing)
    return (Owner.ASKED if askers else Owner.CAMPUS), askers


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Who asks for which object, and which bear Clearway's mark."""

    intended: Intended
    operational: Operational

    def judged(self, verdict: IntentVerdict, *, ways: bool = False) -> IntentVerdict:
        """A verdict with the owners of what its counterexamples show, and of its ways."""
        found = tuple(self._finding(f) for f in verdict.findings)
        if not ways:
            return replace(verdict, findings=found)
        paths = tuple(replace(way, hops=tuple(map(self._hop, way.hops))) for way in verdict.paths)
        return replace(verdict, findings=found, paths=paths)

    def _finding(self, finding: Finding) -> Finding:
        c = finding.counterexample
        return finding if c is None else replace(finding, counterexample=self._example(c))

    def _example(self, c: Counterexample) -> Counterexample:
        return replace(c, hops=tuple(map(self._hop, c.hops)), blames=tuple(map(self._owned, c.blames)))

    def _hop(self, hop: Hop) -> Hop:
        return replace(hop, decided=tuple(map(self._owned, hop.decided)))

    def _owned(self, said: _Said) -> _Said:
        if said.key is None:
            return said
        owner, askers = _who(self.intended, said.device, said.key)
        seen = self.operational.devices.get(said.device)
        thing = seen.state.objects.get(said.key) if seen is not None else None
        ours = owner is not Owner.NOBODY if thing is None else is_ours(thing)
        return replace(said, owner=owner, askers=askers, ours=ours)


def origin(said: Decided | Blame) -> str:
    """Where an object comes from, in words: an intent or place and where it is written, the base, or nobody of ours."""
    if said.key is None:
        return ""
    if not said.ours:
        return "not ours"
    match said.owner:
        case Owner.ASKED:
            named = [f"{a.name} ({a.position.file}:{a.position.line})" for a in said.askers[:MOST_ASKERS]]
            more = len(said.askers) - len(named)
            return "for " + ", ".join(named) + (f" and {more} more" if more else "")
        case Owner.CAMPUS:
            return "base configuration"
        case Owner.NOBODY:
            return "ours, asked for by nobody today"
        case Owner.UNKNOWN:
            return ""
