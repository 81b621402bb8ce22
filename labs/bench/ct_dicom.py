"""The study by each of DICOM's own ways, between real ends: how long it takes, and what limits it.

Rates and image sizes are divided by k, but an image stays an image: what each costs its ends, and each wait of one end
for the other, is that of full size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from labs.bench.ct import ALONE_S, SMALL, Repeats, Say, baseline, both, lab_of, told, with_intents
from labs.bench.dicom_ends import DicomEnds, why_not
from labs.bench.report import machine
from labs.bench.stage import Arm, Stage
from labs.dicom import Via
from labs.runner import packets
from labs.runner.errors import LabError

_OF_LIMITS: Final = {
    "line": "the line: the images' bits",
    "turns": "round trips: each image is answered before the next is sent",
    "ends": "the processors of both ends",
}


def parts_s(arm: Arm) -> dict[str, float]:
    """What an arm's time is made of, in seconds: `line` the bits alone on the PON, `turns` the round trips, one after
    the other, `ends` the processor time of both; `waits` is the rest: queues of the network, timers of the ends."""
    known = {"line": ALONE_S, "turns": arm.turns * arm.round_trip_ms / 1000, "ends": arm.ends_s or 0.0}
    waits = max(arm.median_s - sum(known.values()), 0.0)
    return {name: round(value, 3) for name, value in {**known, "waits": waits}.items()}


def limit(arm: Arm) -> str:
    """What most of the time goes into, in words."""
    parts = parts_s(arm)
    largest = max(parts, key=lambda name: parts[name])
    if largest in _OF_LIMITS:
        return _OF_LIMITS[largest]
    each = 1000 * parts["waits"] / max(arm.turns, 1)
    return f"waiting: {each:.0f} ms at each of {arm.turns:,} answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomReport:
    """What was measured by one way. arms: by name, those upwards with the prefix up_."""

    via: Via
    scale: int
    arms: dict[str, Arm]

    @property
    def figures(self) -> dict[str, float]:
        """Seconds by arm (medians)."""
        return {f"{name}_s": round(arm.median_s, 3) for name, arm in self.arms.items()}

    @property
    def faults(self) -> dict[str, list[str]]:
        """Arms whose figures mean nothing, and why."""
        return {name: list(arm.faults) for name, arm in self.arms.items() if arm.faults}

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "schemaVersion": 1,
            "bench": "ct",
            "via": self.via,
            "ok": not self.faults,
            "scale": self.scale,
            "figures": self.figures,
            "targets": {},
            "arms": {
                name: {
                    "seconds": list(arm.seconds),
                    "round_trip_ms": arm.round_trip_ms,
                    "parts_s": parts_s(arm),
                    "limit": limit(arm),
                    "telemetry": arm.telemetry,
                    "faults": list(arm.faults),
                }
                for name, arm in self.arms.items()
            },
            "machine": machine(),
        }

    def table(self) -> str:
        """For people."""
        lines = [f"{'1,000 CT images':<34}{'time':>9}  most of it"]
        for name, arm in self.arms.items():
            lines.append(f"  {_titled(name, self.via):<32}{arm.median_s:>7.2f} s  {limit(arm)}")
        for name, why in self.faults.items():
            lines.append(f"{name}: this figure means nothing: {'; '.join(why)}")
        return "\n".join(lines)


def _titled(name: str, via: Via) -> str:
    upwards = name.startswith("up_")
    store, fetch = ("STOW-RS", "WADO-RS") if via == "wado" else ("C-STORE", {"cget": "C-GET", "cmove": "C-MOVE"}[via])
    when = name.removeprefix("up_")
    said = {"none": "at peak, without intents", "intents": "at peak, with intents", "nagle": "idle, Nagle on"}
    return f"{store if upwards else fetch} {said.get(when, when)}"


def run(say: Say, *, via: Via, scale: int, repeats: Repeats) -> DicomReport:
    """All arms on the small lab. Raises LabError."""
    reason = packets.why_not() or why_not()
    if reason is not None:
        raise LabError(f"the bench needs packets and DICOM's ends: {reason}", "make setup, as root")
    arms: dict[str, Arm] = {}
    with lab_of(SMALL, say, scale) as places:
        baseline(SMALL, say)
        with Stage(places, DicomEnds(places, via)) as stage:
            both(stage, say, arms, "none", loaded=True, runs=repeats.slow)
            with_intents(SMALL, say)
            both(stage, say, arms, "intents", loaded=True, runs=repeats.quick)
            both(stage, say, arms, "idle", loaded=False, runs=repeats.quick)
        if via != "wado":
            say("  once more with Nagle's algorithm on, as DCMTK has it by itself")
            with Stage(places, DicomEnds(places, via, nagle=True)) as stage:
                arms["nagle"] = told(stage, say, "nagle", upwards=False, loaded=False, runs=1)
    return DicomReport(via=via, scale=scale, arms=arms)
