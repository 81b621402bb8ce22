"""What can be said of the network while a device cannot be read: everything that it does not carry.

The device is taken for what it was when it was read last, so that the others can be judged; each intent that has
anything on it, as applied, or a place behind it, is then not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from intents.model.campus import Campus
from intents.model.diagnostic import Diagnostic
from intents.model.evidence import Finding, IntentVerdict, Property, Verdict
from intents.model.intent import ResolvedIntent
from intents.model.plan import Intended
from intents.model.pon import OltFacts
from intents.model.state import DeviceState, Observation
from intents.model.switch import SwitchFacts


def stand_in(campus: Campus, device: str, applied: Mapping[str, DeviceState]) -> Observation:
    """For a device that was never read: as applied, as far as that is known."""
    state = applied.get(device) or DeviceState.of(device, ())
    return Observation(state=state, facts=SwitchFacts() if device in campus.switches else OltFacts())


def unknown_for(
    campus: Campus, intents: tuple[ResolvedIntent, ...], intended: Intended | None, away: Mapping[str, object]
) -> frozenset[str]:
    """Intents that cannot be judged without these devices; all, where the texts do not compile."""
    names = {resolved.name for resolved in intents}
    if intended is None:
        return frozenset(names)
    found: set[str] = set()
    for device in away:
        state = intended.states.get(device)
        for thing in state.objects.values() if state is not None else ():
            found |= {asker.name for asker in intended.who(device, thing)[0]}
    behind = _places_behind(campus, away)
    for resolved in intents:
        if any(place.name in behind for place in (*resolved.sources, *resolved.destinations)):
            found.add(resolved.name)
    return frozenset(found & names)


def without(verdict: Verdict, unknown: frozenset[str], away: Mapping[str, tuple[Diagnostic, ...]]) -> Verdict:
    """The verdict where nothing is said of what is unknown."""
    why = "; ".join(f"{device}: {faults[0].message}" for device, faults in sorted(away.items()))
    return replace(verdict, intents=tuple(_unknown(i, why) if i.intent in unknown else i for i in verdict.intents))


def _unknown(verdict: IntentVerdict, why: str) -> IntentVerdict:
    finding = Finding(
        property=Property.REACHABILITY,
        holds=False,
        cannot_prove=True,
        statement=f"{verdict.intent}: not known, a device that carries it cannot be read ({why})",
    )
    return replace(verdict, findings=(finding,), paths=())


def _places_behind(campus: Campus, away: Mapping[str, object]) -> frozenset[str]:
    onus = {onu.name for onu in campus.onus.values() if onu.pon.olt in away}
    return frozenset(p.name for p in campus.places.values() if p.port.device in away or p.port.device in onus)
