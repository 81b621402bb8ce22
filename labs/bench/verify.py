"""The verifier at size: its engine on public networks and on a made-up campus, and a hospital proven whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from labs.bench.report import Report, Targets
from labs.bench.verify_campus import campus
from labs.bench.verify_hospital import hospital
from labs.bench.verify_updates import at_once, routes, stanford

RUNS: Final = 5
CAMPUS_RUNS: Final = 3
TARGETS: Final[Targets] = {
    "stanford_mean_us": ("<=", 50),
    "stanford_under_250us_pct": (">=", 98),
    "airtel_mean_us": ("<=", 15),
    "i2_mean_us": ("<=", 15),
    "i2_full_s": ("<=", 1),
    "campus_build_s": ("<=", 5),
    "campus_full_s": ("<=", 10),
    "campus_rss_gib": ("<=", 1),
    "campus_update_p95_ms": ("<=", 1),
    "campus_port_update_p95_ms": ("<=", 5),
    "hospital_proven_s": ("<=", 60),
}


def run(say: Callable[[str], None], folder: Path | None) -> Report:
    """All figures; those of public networks only where the folder with their archives is given. Raises LabError."""
    figures: dict[str, float] = {}
    if folder is not None:
        figures |= stanford(say, folder, RUNS)
        figures["airtel_mean_us"] = routes(say, folder, "Airtel1-1", RUNS)
        figures["i2_mean_us"] = routes(say, folder, "i2", RUNS)
        figures |= at_once(say, folder, "i2", RUNS)
    figures |= campus(say, CAMPUS_RUNS)
    figures |= hospital(say)
    return Report(bench="verify", figures=figures, limits=TARGETS)
