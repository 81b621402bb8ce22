"""`clearway bench twin`: which twins there are, and what they are held against."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from labs.bench.report import Report, Targets
from labs.bench.twin import hospital, metro

Say = Callable[[str], None]
TARGETS: Final[Targets] = {
    "hospital_s": ("<=", 60),
    "hospital_day_held_pct": (">=", 100),
    "metro_onus_per_s": (">=", 200),
    "metro_rss_gib": ("<=", 4),
}


def run(say: Say, twins: Collection[str], *, sites: Sequence[int] = metro.SIZES, loopback: bool = False) -> Report:
    """The figures of these twins, one after the other. sites: how many a metro has, the largest last. loopback: the
    hospital without packets. Raises LabError."""
    measures: Mapping[str, Callable[[], Mapping[str, float]]] = {
        "hospital": lambda: hospital.measure(say, loopback=loopback),
        "metro": lambda: metro.measure(say, sites),
    }
    figures: dict[str, float] = {}
    for name, measure in measures.items():
        if name in twins:
            figures |= {f"{name}_{figure}": number for figure, number in measure().items()}
    return Report(bench="twin", figures=figures, limits=TARGETS)
