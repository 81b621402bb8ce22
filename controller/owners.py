"""Whose an object is that drifted: what today's texts say of it."""

from __future__ import annotations

from dataclasses import replace

from controller.project import Project
from intents.compile import compile_intended
from intents.model.evidence import Drift, Owner, Verdict
from intents.model.plan import Intended
from intents.model.state import Operational


def with_owners(verdict: Verdict, project: Project, operational: Operational) -> Verdict:
    """The verdict, all that drifted with who asks for it today. Compiles only where something drifted."""
    if not verdict.drift:
        return verdict
    intended = compile_intended(project.checked_campus(), project.intents, operational).intended
    if intended is None:
        return verdict
    return replace(verdict, drift=tuple(owned(drift, intended) for drift in verdict.drift))


def owned(drift: Drift, intended: Intended) -> Drift:
    """What drifted, with who asks for it in this intended state."""
    state = intended.states.get(drift.device)
    thing = state.objects.get(drift.key) if state is not None else None
    if thing is None:
        return replace(drift, owner=Owner.NOBODY)
    askers, _ = intended.who(drift.device, thing)
    return replace(drift, owner=Owner.ASKED if askers else Owner.CAMPUS, askers=askers)
