"""The headline: a study of 1,000 CT images fetched and stored at peak, with and without intents, on two networks.

Rates and image sizes are both divided by the scale k, so that times are those of the network in its full size. The arms
differ in what is applied by the product's command line and in nothing else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from intents.ingest import load
from intents.model.campus import PON_CAPACITY_BPS
from intents.model.intent import Deliver
from intents.model.wire import completion_us
from labs.bench.ends import FETCHING_ROOM, IMAGES, PACS, STORING_ROOM, LightEnds
from labs.bench.place import Places
from labs.bench.product import clearway
from labs.bench.report import machine
from labs.bench.stage import Arm, Stage
from labs.runner import lab, packets
from labs.runner.errors import LabError

LABS: Final = Path(__file__).resolve().parents[1]
SMALL: Final = LABS / "small"
THREE_TIER: Final = LABS / "three-tier"
WITHOUT: Final = "baseline-intents"  # the same places may reach each other, everything best effort
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Runs an arm: of the quick ones (a second or so), and of the slow ones (20-30 s)."""

    quick: int = 5
    slow: int = 2


QUICK: Final = Repeats(quick=3, slow=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure and the range that it is to be in."""

    figure: str
    least: float | None = None
    most: float | None = None

    def as_json(self) -> list[str | float]:
        """[op, number], twice for a range."""
        least: list[str | float] = [] if self.least is None else [">=", self.least]
        most: list[str | float] = [] if self.most is None else ["<=", self.most]
        return [*least, *most]

    def reached(self, value: float) -> bool:
        """Whether the value is in the range."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


# The study alone on an XGS-PON, with what hosts need.
STUDY: Final = Deliver(images=IMAGES, size_bytes=512 * 1024, within_us=10**6)
ALONE_S: Final = completion_us(STUDY, Fraction(PON_CAPACITY_BPS["xgs-pon"][0]), Fraction(0)) / 10**6

TARGETS: Final = tuple(
    target
    for prefix in ("", "up_")
    for target in (
        Target(figure=f"{prefix}xgs_none_s", least=20, most=30),
        Target(figure=f"{prefix}xgs_intents_s", most=1.05),
        Target(figure=f"{prefix}xgs_speedup", least=20),
        Target(figure=f"{prefix}bound_over_measured", least=1, most=1.5),
        Target(figure=f"{prefix}bound_over_worst", least=1),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was measured. arms: by name, those upwards with the prefix up_."""

    scale: int
    arms: dict[str, Arm]

    @property
    def figures(self) -> dict[str, float]:
        """The figures by name: seconds (medians), ratios, milliseconds."""
        found: dict[str, float] = {}
        for prefix in ("", "up_"):
            for arm in ("idle", "ge_none", "ge_intents", "xgs_none", "xgs_intents"):
                if prefix + arm in self.arms:
                    found[f"{prefix}{arm}_s"] = round(self.arms[prefix + arm].median_s, 3)
            none, intents = (found.get(f"{prefix}xgs_{arm}_s") for arm in ("none", "intents"))
            if none and intents:
                found[f"{prefix}xgs_speedup"] = round(none / intents, 1)
            proven = self.arms.get(prefix + "xgs_intents")
            if proven is not None and proven.bound_s is not None:
                found[f"{prefix}bound_s"] = round(proven.bound_s, 3)
                found[f"{prefix}bound_over_measured"] = round(proven.bound_s / proven.median_s, 2)
                slack = self.slack_s(prefix)
                found[f"{prefix}slack_s"] = round(slack, 3)
                found[f"{prefix}bound_over_worst"] = round(proven.bound_s / (max(proven.seconds) - slack), 2)
        first = self.arms["xgs_intents"].first_image_ms if "xgs_intents" in self.arms else None
        if first is not None:
            found["first_image_ms"] = first
        return found

    def slack_s(self, prefix: str) -> float:
        """The tolerance of this lab on this machine: what it takes beyond the network's share where nothing else is
        sent. A bound is one of the network; whatever slows an idle transfer down is not the network's, and slows a
        loaded one down as well."""
        idle = self.arms.get(prefix + "idle")
        return max(idle.median_s - ALONE_S, 0.0) if idle is not None else 0.0

    @property
    def faults(self) -> dict[str, list[str]]:
        """Arms whose figures mean nothing, and why."""
        return {name: list(arm.faults) for name, arm in self.arms.items() if arm.faults}

    def targets(self) -> list[tuple[Target, float, bool]]:
        """Each target whose figure was measured: its value, and whether it is reached."""
        figures = self.figures
        return [(t, figures[t.figure], t.reached(figures[t.figure])) for t in TARGETS if t.figure in figures]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "schemaVersion": 1,
            "bench": "ct",
            "ok": not self.faults and all(reached for _, _, reached in self.targets()),
            "scale": self.scale,
            "figures": self.figures,
            "targets": {t.figure: t.as_json() for t, _, _ in self.targets()},
            "arms": {
                name: {
                    "seconds": list(arm.seconds),
                    "worst_s": max(arm.seconds),
                    "bound_s": arm.bound_s,
                    "first_image_ms": arm.first_image_ms,
                    "load_mbps": arm.load_mbps,
                    "telemetry": arm.telemetry,
                    "processor_percent": arm.processor_percent,
                    "round_trip_ms": arm.round_trip_ms,
                    "faults": list(arm.faults),
                }
                for name, arm in self.arms.items()
            },
            "machine": machine(),
        }


def run(say: Say, *, scale: int, repeats: Repeats, keep: bool = False) -> Report:
    """All arms, one after the other. keep: the small lab stays up, its intents applied. Raises LabError."""
    reason = packets.why_not()
    if reason is not None:
        raise LabError(f"the bench needs packets: {reason}", "run it as root, with openvswitch-switch and iproute2")
    arms: dict[str, Arm] = {}
    with lab_of(THREE_TIER, say, scale) as places, Stage(places, LightEnds(places)) as stage:
        baseline(THREE_TIER, say)
        both(stage, say, arms, "ge_none", loaded=True, runs=repeats.slow)
        _with(stage, THREE_TIER, "ge", say, repeats, arms)
    with lab_of(SMALL, say, scale, keep=keep) as places, Stage(places, LightEnds(places)) as stage:
        baseline(SMALL, say)
        both(stage, say, arms, "xgs_none", loaded=True, runs=repeats.slow)
        _with(stage, SMALL, "xgs", say, repeats, arms)
        both(stage, say, arms, "idle", loaded=False, runs=repeats.quick)
    return Report(scale=scale, arms=arms)


@contextmanager
def lab_of(folder: Path, say: Say, scale: int, *, keep: bool = False) -> Iterator[Places]:
    """The lab of a folder, brought up for this bench, and taken down unless it is to be kept."""
    say(f"{folder.name}: bringing the lab up")
    workspace = lab.up(folder, say, scale=scale)
    try:
        topology = workspace.topology
        campus = load({str(topology): topology.read_text(encoding="utf-8")}, dict(os.environ)).campus
        if campus is None:
            raise LabError(f"{topology} is no campus", f"clearway check {folder}")
        yield Places(workspace=workspace, campus=campus, scale=scale)
    except BaseException:
        lab.down(folder)
        raise
    if not keep:
        lab.down(folder)


def baseline(folder: Path, say: Say) -> None:
    """Apply what lets the same places talk, and promises nothing. Raises LabError."""
    say(f"{folder.name}: applying the baseline: the same places may talk, everything best effort")
    clearway("apply", str(folder), "--intents", str(folder / WITHOUT), "--allow-mass-delete")


def with_intents(folder: Path, say: Say) -> dict[tuple[str, str], float]:
    """Apply the intents; the bounds that are proven then (`bounds`). Raises LabError."""
    say(f"{folder.name}: applying the intents")
    clearway("apply", str(folder), "--allow-mass-delete")  # the baseline lets far more through
    return bounds(clearway("verify", str(folder))["intents"])


def _with(stage: Stage, folder: Path, network: str, say: Say, repeats: Repeats, arms: dict[str, Arm]) -> None:
    proven = with_intents(folder, say)
    name = f"{network}_intents"
    both(stage, say, arms, name, loaded=True, runs=repeats.quick)
    arms[name] = replace(arms[name], bound_s=proven.get((PACS, FETCHING_ROOM)))
    arms[f"up_{name}"] = replace(arms[f"up_{name}"], bound_s=proven.get((STORING_ROOM, PACS)))


def bounds(intents: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """The longest that each delivery takes at worst, in seconds, by sender and receiver: out of what `clearway verify
    --json` says. Of several on one way the longest."""
    found: dict[tuple[str, str], float] = {}
    for bound in (f["bound"] for i in intents for f in i["evidence"] if "bound" in f):
        if bound["completionUs"] is not None:
            way = (bound["from"], bound["to"])
            found[way] = max(found.get(way, 0.0), bound["completionUs"] / 10**6)
    return found


def both(stage: Stage, say: Say, arms: dict[str, Arm], name: str, *, loaded: bool, runs: int) -> None:
    """Fetch and store."""
    for upwards in (False, True):
        arms[("up_" if upwards else "") + name] = told(stage, say, name, upwards=upwards, loaded=loaded, runs=runs)


def told(stage: Stage, say: Say, name: str, *, upwards: bool, loaded: bool, runs: int) -> Arm:
    """One arm, measured and told."""
    arm = stage.measure(name, upwards=upwards, loaded=loaded, repeats=runs)
    verb = "store" if upwards else "fetch"
    when = "80 greedy flows beside it" if loaded else "idle"
    say(f"  {verb} 1,000 images, {when}: {', '.join(f'{s:.2f} s' for s in arm.seconds)}")
    return arm


def write(report: Report, folder: Path) -> Path:
    """Write ct.json into a folder; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ct.json"
    path.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    return path
