"""Metrics of the network: intents with their bounds and margins, devices, drift, ONUs, and when it was last judged.

Nothing is shown that is not known: of an intent that could not be judged there is no 0 and no 1, and it counts as
unknown.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from controller.events import Event
from controller.status import onus_of
from controller.telemetry.meters import Labels, Meters, Reading
from controller.telemetry.observer import Judged, Looked, Observer, State, state_of
from intents.model.campus import Campus
from intents.model.evidence import Bound, Property, Verdict
from intents.model.intent import Intent

SECONDS_PER_US: Final = 1e-6
BITS_PER_BYTE: Final = 8
Of = Callable[[Intent, Property, Bound], float | None]
UNHEARD: Final = frozenset({"olt-down", "olt-silent", "switch-down", "switch-silent", "ovsdb-down"})
ONU_STATES: Final = ("up", "seen", "absent", "unknown")


class NetworkMeters(Observer):
    """Keeps the newest judgement and shows it when asked."""

    def __init__(self, meters: Meters) -> None:
        self._now: Judged | None = None
        self._proven: float | None = None
        self._up: dict[str, bool] = {}
        self._onus: Count[Labels] = Count()
        self._took = meters.histogram(
            "clearway_verify_duration_seconds", "Reading all devices and judging all intents, once."
        )
        meters.gauge(
            "clearway_last_verify_timestamp_seconds", "When the network was last judged.", lambda: self._proven
        )
        meters.gauge("clearway_intents", "Intents by state.", self._states, ("state",))
        meters.gauge("clearway_intent_holds", "1 where the intent holds, 0 where not.", self._holds, ("intent",))
        self._bounds(meters)
        meters.gauge("clearway_device_up", "1 where the device answers, 0 where not.", self._devices, ("device",))
        meters.gauge("clearway_drift_objects", "Objects not as they were applied.", self._drift, ("device", "kind"))
        meters.gauge("clearway_onus", "ONUs of the campus by state.", lambda: self._onus, ("olt", "state"))

    def _bounds(self, meters: Meters) -> None:
        kinds: tuple[tuple[str, str, Of], ...] = (
            ("delay_seconds", "The longest that a packet of a bounded delay takes at worst.", _delay),
            ("completion_seconds", "The longest that a delivery takes at worst.", _completion),
            ("rate_bytes_per_second", "What is left of a rate at worst.", _rate),
            ("margin_ratio", "How much of a promise is in hand at worst: 0.2 is a fifth; below 0: broken.", _margin),
        )
        for name, text, of in kinds:
            meters.gauge(f"clearway_intent_bound_{name}", text, partial(self._each, of), ("intent",))

    def heard(self, event: Event) -> None:
        """A device that is through with its part answers."""
        if event.device:
            self._up[event.device] = True

    def judged(self, judged: Judged) -> None:
        """Keep it."""
        campus = judged.project.checked_campus()
        self._now = judged
        if judged.verdict is not None:
            self._proven = judged.at.timestamp()
            self._up = dict.fromkeys(_devices_of(campus), True)
        else:
            self._up = {n: up for n, up in self._up.items() if n in _devices_of(campus)}
            self._up |= dict.fromkeys(_unheard(campus, judged), False)
        if judged.seconds is not None:
            self._took.observe(judged.seconds)
        if judged.operational is not None:
            states = Count(
                (onu.pon.partition("/")[0], onu.state) for onu in onus_of(judged.project, judged.operational)
            )
            olts = sorted(campus.olts)
            self._onus = Count({(olt, state): states[olt, state] for olt in olts for state in ONU_STATES})

    def looked(self, looked: Looked) -> None:
        """Keep who answers; what is as it was judged needs no new judgement."""
        self._up = dict(looked.answers)
        if looked.same and self._verdict() is not None:
            self._proven = looked.at.timestamp()

    def _states(self) -> Reading:
        if self._now is None:
            return None
        project, verdict = self._now.project, self._now.verdict
        if verdict is None:
            found = Count({State.UNKNOWN: len(project.intents)})
        else:
            found = Count(state_of(i) for i in verdict.intents)
        return {**{(str(state),): found[state] for state in State}, ("resting",): len(project.resting)}

    def _holds(self) -> Reading:
        verdict = self._verdict()
        if verdict is None:
            return None
        found = {i.intent: state_of(i) for i in verdict.intents}
        return {(name,): float(state is State.HOLDS) for name, state in found.items() if state is not State.UNKNOWN}

    def _each(self, of: Of) -> Reading:
        verdict = self._verdict()
        if verdict is None or self._now is None:
            return None
        wanted = {r.name: r.intent for r in self._now.project.intents}
        found: dict[Labels, float] = {}
        for judged in verdict.intents:
            if judged.intent not in wanted:
                continue
            figures = (of(wanted[judged.intent], f.property, f.bound) for f in judged.findings if f.bound is not None)
            known = [f for f in figures if f is not None]
            if known:
                found[judged.intent,] = min(known) if of in (_margin, _rate) else max(known)
        return found

    def _devices(self) -> Reading:
        return {(name,): float(up) for name, up in self._up.items()}

    def _drift(self) -> Reading:
        verdict = self._verdict()
        if verdict is None:
            return None
        return dict(Count((d.device, str(d.kind)) for d in verdict.drift))

    def _verdict(self) -> Verdict | None:
        return self._now.verdict if self._now is not None else None


def _devices_of(campus: Campus) -> tuple[str, ...]:
    return (*sorted(campus.switches), *sorted(campus.olts))


def _unheard(campus: Campus, judged: Judged) -> list[str]:
    """Devices that a fault names as not answering."""
    places = {d.position for d in judged.faults if d.code in UNHEARD}
    devices: Mapping[str, object] = {**campus.switches, **campus.olts}
    return [name for name, device in devices.items() if getattr(device, "position", None) in places]


def _delay(_: Intent, what: Property, bound: Bound) -> float | None:
    if what is not Property.LATENCY or bound.delay_us is None:
        return None
    return bound.delay_us * SECONDS_PER_US


def _completion(_: Intent, what: Property, bound: Bound) -> float | None:
    if what is not Property.DELIVER or bound.completion_us is None:
        return None
    return bound.completion_us * SECONDS_PER_US


def _rate(_: Intent, what: Property, bound: Bound) -> float | None:
    return bound.rate_bps / BITS_PER_BYTE if what in (Property.GUARANTEE, Property.DELIVER) else None


def _margin(intent: Intent, what: Property, bound: Bound) -> float | None:
    """How much of what is promised is in hand at worst, as a part of the promise."""
    match what:
        case Property.DELIVER if intent.deliver is not None and bound.completion_us is not None:
            return 1 - bound.completion_us / intent.deliver.within_us
        case Property.LATENCY if intent.latency_us and bound.delay_us is not None:
            return 1 - bound.delay_us / intent.latency_us
        case Property.GUARANTEE if intent.guarantee_bps:
            return bound.rate_bps / intent.guarantee_bps - 1
    return None
