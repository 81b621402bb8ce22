"""The verdict: every property of every intent, from the intents, the campus and the operational state alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from intents.model.campus import Campus
from intents.model.evidence import Finding, Hop, IntentVerdict, Property, Verdict
from intents.model.intent import Permission, ResolvedIntent
from intents.model.state import DeviceState, Operational
from intents.verify import isolation, reach
from intents.verify.atoms import TooManyAtoms
from intents.verify.claims import quarantined
from intents.verify.network import Network


def verify(
    campus: Campus,
    intents: Sequence[ResolvedIntent],
    operational: Operational,
    applied: Mapping[str, DeviceState] | None = None,  # noqa: ARG001
) -> Verdict:
    """Whether the network, as read back, keeps every intent; drift too where the applied states are given.

    For all packets of an intent. What the model cannot represent makes a finding with `cannot_prove`, which does not
    hold. Intents come out sorted by name.
    """
    ordered = sorted(intents, key=lambda r: r.name)
    try:
        network = Network(campus, operational)
    except TooManyAtoms as problem:
        return Verdict(intents=tuple(_unproven(resolved, str(problem)) for resolved in ordered))
    suspended = quarantined(ordered)
    return Verdict(intents=tuple(_assess(network, resolved, suspended) for resolved in ordered))


def _assess(network: Network, resolved: ResolvedIntent, suspended: frozenset[str]) -> IntentVerdict:
    findings: list[Finding] = []
    paths: tuple[tuple[Hop, ...], ...] = ()
    match resolved.intent.permission:
        case Permission.DENY:
            findings.append(isolation.check_deny(network, resolved))
        case Permission.QUARANTINE:
            findings.append(isolation.check_quarantine(network, resolved))
        case Permission.ALLOW:
            finding, paths = reach.check(network, resolved, suspended)
            findings.append(finding)
    return IntentVerdict(intent=resolved.name, position=resolved.intent.position, findings=tuple(findings), paths=paths)


def _unproven(resolved: ResolvedIntent, why: str) -> IntentVerdict:
    finding = Finding(
        property=Property.REACHABILITY, holds=False, cannot_prove=True, statement=f"cannot be proven: {why}"
    )
    return IntentVerdict(intent=resolved.name, position=resolved.intent.position, findings=(finding,))
