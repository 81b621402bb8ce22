"""`clearway bench twin`: which twins there are, and what they are held against."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from labs.bench.report import Report, Targets
from labs.bench.twin import hospital, metro

Say = Callable[[str], None]
TWINS: Final[Mapping[str, Callable[[Say], Mapping[str, float]]]] = {
    "hospital": hospital.measure,
    "metro": metro.measure,
}
TARGETS: Final[Targets] = {"hospital_s": ("<=", 60), "metro_onus_per_s": (">=", 200), "metro_rss_gib": ("<=", 4)}


def run(say: Say, twins: Collection[str]) -> Report:
    """The figures of these twins, one after the other. Raises LabError."""
    figures: dict[str, float] = {}
    for name in TWINS:
        if name in twins:
            figures |= {f"{name}_{figure}": number for figure, number in TWINS[name](say).items()}
    return Report(bench="twin", figures=figures, limits=TARGETS)
