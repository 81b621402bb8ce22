"""What a change does about devices that are under break-glass: it leaves alone what was changed there by hand.

What the texts still want as it was applied is left out, and done when the hold ends. What they want otherwise is
refused, with who holds it: neither the emergency's fix nor the intent is decided on silently. The rest of the device,
and all other devices, change as ever; a promise that does not hold because of an object of a held device stops nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from controller.breakglass import Hold
from intents.model.diagnostic import NOWHERE, ClearwayError, Diagnostic, Severity
from intents.model.evidence import Drift, Finding
from intents.model.plan import Change, Plan
from intents.model.state import DeviceState, Operational


def drifted(operational: Operational, applied: Mapping[str, DeviceState], device: str) -> tuple[Drift, ...]:
    """What differs on one device from what was applied to it."""
    from intents.verify.drift import check_drift  # noqa: PLC0415 - most changes need no verifier before they begin

    seen = operational.devices.get(device)
    if seen is None or device not in applied:
        return ()
    return check_drift(Operational(devices={device: seen}), {device: applied[device]})


def without_held(
    plan: Plan, operational: Operational, applied: Mapping[str, DeviceState] | None, holds: Mapping[str, Hold]
) -> Plan:
    """The plan without what would undo a fix made by hand. Raises ClearwayError (`break-glass-held`) where it wants
    something else of an object that was fixed."""
    if not any(device in holds for device in plan.devices):
        return plan
    known = applied or {}
    by_hand = {(d.device, d.key): d for device in holds for d in drifted(operational, known, device)}
    left = tuple(c for c in plan.changes if (c.device, c.difference.key) not in by_hand)
    touching = [c for c in plan.changes if (c.device, c.difference.key) in by_hand]
    other = [c for c in touching if known[c.device].objects.get(c.difference.key) != c.difference.after]
    if other:
        raise ClearwayError(*(_refusal(c, by_hand[c.device, c.difference.key], holds[c.device]) for c in other[:3]))
    return Plan(changes=left)


def is_by_hand(finding: Finding, holds: Mapping[str, Hold]) -> bool:
    """Whether a promise does not hold because of what is on a held device."""
    return finding.counterexample is not None and finding.counterexample.blame_device in holds


def notices(holds: Mapping[str, Hold]) -> tuple[Diagnostic, ...]:
    """A warning for each hold: what is not done meanwhile."""
    return tuple(
        Diagnostic(
            code="break-glass-held",
            severity=Severity.WARNING,
            message=f"{hold.statement}: what was changed there by hand is left alone",
            hint=f"`clearway break-glass {device}` with --revert or --adopt ends it",
        )
        for device, hold in sorted(holds.items())
    )


def _refusal(change: Change, drift: Drift, hold: Hold) -> Diagnostic:
    return Diagnostic(
        code="break-glass-held",
        message=f"{hold.statement}, and {drift.name} there was changed by hand: this change wants it otherwise",
        hint=f"ask {hold.owner}; `clearway break-glass {hold.device}` with --revert or --adopt ends it",
        position=change.askers[0].position if change.askers else NOWHERE,
    )
