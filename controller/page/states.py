"""How each intent and each thing on the map is, in one of five words and a sentence.

| state | of an intent | of a device, ONU, place |
|---|---|---|
| broken | a packet shows that it does not hold | to blame for it, dark, or an end of that packet |
| unknown | a device that carries it cannot be read, or it rests | cannot be read, or never was |
| drifted | holds, and something of it is not as it was applied | something on it is not as it was applied |
| at_risk | holds, and would not if what happened got worse | something behind it is dark, or little light arrives |
| holds | holds | nothing is wrong |

The first that is true is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from controller.page.seen import Seen
from controller.status import onus_of
from intents.model.campus import Campus, Endpoint
from intents.model.evidence import Counterexample, Drift, Finding, IntentVerdict, Verdict
from intents.trouble import Trouble


class State(StrEnum):
    """The worst first."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    DRIFTED = "drifted"
    AT_RISK = "at_risk"
    HOLDS = "holds"


class Told(NamedTuple):
    """state, and why: a sentence, "" where there is nothing to say."""

    state: State
    why: str = ""


FINE: Final = Told(State.HOLDS)
_WORST: Final = {state: rank for rank, state in enumerate(State)}
_NOT_YET: Final = "not judged yet"


def place_id(name: str) -> str:
    """A place's node: it may be called like a device."""
    return f"place:{name}"


def splitter_id(pon: str) -> str:
    """The splitter of a PON."""
    return f"{pon}/splitter"


def intent_states(seen: Seen, found: Iterable[Trouble]) -> dict[str, Told]:
    """By name, those that rest included."""
    judged = {} if seen.verdict is None else {v.intent: v for v in seen.verdict.intents}
    drift = _drift_by_asker(seen.verdict)
    risks = {name: trouble.what for trouble in found for name in trouble.risked}
    states = {r.name: Told(State.UNKNOWN, f"rests: it holds {r.intent.when}") for r in seen.project.resting}
    for resolved in seen.project.intents:
        name = resolved.name
        if name in judged and seen.verdict is not None:
            states[name] = _intent_state(judged[name], drift.get(name, []), risks.get(name, ""))
        else:
            states[name] = Told(State.UNKNOWN, seen.faults[0].message if seen.faults else _NOT_YET)
    return dict(sorted(states.items()))


def broken_by(verdict: IntentVerdict) -> Finding | None:
    """The first finding that shows it broken, one with a packet before others."""
    failing = [f for f in verdict.findings if not f.holds and not f.cannot_prove]
    return next((f for f in failing if f.counterexample is not None), failing[0] if failing else None)


def _intent_state(verdict: IntentVerdict, drift: list[Drift], risk: str) -> Told:
    broken = broken_by(verdict)
    if broken is not None:
        return Told(State.BROKEN, broken.statement)
    unproven = next((f for f in verdict.findings if not f.holds), None)
    if unproven is not None:
        return Told(State.UNKNOWN, unproven.statement)
    if drift:
        return Told(State.DRIFTED, _several(drift))
    return Told(State.AT_RISK, risk) if risk else FINE


def _drift_by_asker(verdict: Verdict | None) -> dict[str, list[Drift]]:
    found: dict[str, list[Drift]] = {}
    for drift in verdict.drift if verdict is not None else ():
        for asker in drift.askers:
            found.setdefault(asker.name, []).append(drift)
    return found


def _several(drift: list[Drift]) -> str:
    more = f", and {len(drift) - 1} more" if len(drift) > 1 else ""
    return f"{drift[0].statement}{more}"


def node_states(seen: Seen, found: Iterable[Trouble]) -> dict[str, Told]:
    """By node, each node of the campus."""
    campus = seen.project.checked_campus()
    claims = sorted(_claims(seen, campus, tuple(found)), key=lambda claim: _WORST[claim[1].state], reverse=True)
    states = dict.fromkeys(_nodes(campus), FINE)
    states |= {node: told for node, told in claims if node in states}  # the worst comes last and stays
    return states


def _nodes(campus: Campus) -> Iterator[str]:
    yield from campus.switches
    for olt in campus.olts.values():
        yield olt.name
        yield from (f"{olt.name}/{pon}" for pon in olt.pons)
    yield from {splitter_id(str(onu.pon)) for onu in campus.onus.values()}
    yield from campus.onus
    yield from map(place_id, campus.places)


def _claims(seen: Seen, campus: Campus, found: tuple[Trouble, ...]) -> Iterator[tuple[str, Told]]:
    """Everything that is to be said of a node."""
    yield from _unread(seen, campus)
    yield from _drifted(seen.verdict)
    yield from _dark(seen, campus)
    for trouble in found:
        yield from _troubled(trouble)
    for verdict in seen.verdict.intents if seen.verdict is not None else ():
        broken = broken_by(verdict)
        if broken is not None and broken.counterexample is not None:
            yield from _blamed(broken, broken.counterexample, campus)


def _unread(seen: Seen, campus: Campus) -> Iterator[tuple[str, Told]]:
    devices = (*campus.switches, *campus.olts)
    never = {d for d in devices if seen.operational is None or d not in seen.operational.devices}
    away = {d for d, answers in seen.answers.items() if not answers}
    for device in never | away:
        yield device, Told(State.UNKNOWN, "it cannot be read" if device in away else _NOT_YET)
        for pon in campus.olts[device].pons if device in campus.olts else ():
            yield f"{device}/{pon}", Told(State.UNKNOWN, f"{device} cannot be read" if device in away else _NOT_YET)
    for onu in campus.onus.values():
        if onu.pon.olt in never | away:
            why = f"{onu.pon.olt} cannot be read" if onu.pon.olt in away else _NOT_YET
            yield onu.name, Told(State.UNKNOWN, why)
            yield splitter_id(str(onu.pon)), Told(State.UNKNOWN, why)


def _drifted(verdict: Verdict | None) -> Iterator[tuple[str, Told]]:
    by_device: dict[str, list[Drift]] = {}
    for drift in verdict.drift if verdict is not None else ():
        by_device.setdefault(drift.device, []).append(drift)
    for device, drifts in by_device.items():
        yield device, Told(State.DRIFTED, _several(drifts))
    for name, drifts in _drift_by_asker(verdict).items():
        yield name, Told(State.DRIFTED, _several(drifts))  # an ONU; intents have no node
        yield place_id(name), Told(State.DRIFTED, _several(drifts))


def _dark(seen: Seen, campus: Campus) -> Iterator[tuple[str, Told]]:
    """ONUs that are not up, and what hangs on them."""
    if seen.operational is None:
        return
    for onu in onus_of(seen.project, seen.operational):
        if onu.state not in {"seen", "absent"} or not seen.answers.get(campus.onus[onu.name].pon.olt, True):
            continue
        why = "it is there and not configured" if onu.state == "seen" else "it is not there"
        yield onu.name, Told(State.BROKEN, why)
        for node in (onu.pon, splitter_id(onu.pon)):
            yield node, Told(State.AT_RISK, f"{onu.name}: {why}")
        for place in onu.places:
            yield place_id(place), Told(State.BROKEN, f"its ONU {onu.name}: {why}")


def _troubled(trouble: Trouble) -> Iterator[tuple[str, Told]]:
    worse = State.BROKEN if trouble.dark else State.AT_RISK
    why = f"{trouble.what}; look at {trouble.look}"
    yield trouble.at, Told(worse, why)
    yield splitter_id(trouble.at), Told(worse, why)
    for onu in trouble.onus:
        yield onu, Told(worse, why)
    for place in trouble.places:
        yield place_id(place), Told(worse, why)


def _blamed(finding: Finding, example: Counterexample, campus: Campus) -> Iterator[tuple[str, Told]]:
    told = Told(State.BROKEN, finding.statement)
    yield example.blame_device, told
    for blame in example.blames:
        yield blame.device, told
    addresses = set(example.packet.values())
    ends = {Endpoint(h.device, h.in_port) for h in example.hops[:1]}
    for place in campus.places.values():
        if place.port in ends or (place.address is not None and str(place.address) in addresses):
            yield place_id(place.name), told
