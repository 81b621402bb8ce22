"""How fast a change goes to devices, as ratios to the plainest tools that do the same, side by side in one run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from labs.bench import push_olt, push_ovs
from labs.bench.report import Report, Targets

TARGETS: Final[Targets] = {
    "ovs_1000_ratio": ("<=", 2),
    "ovs_20000_ratio": ("<=", 2),
    "olt512_ratio": ("<=", 1.5),
    "olt1000_read_ratio": ("<=", 2),
    "one_onu_s": ("<=", 1),
}


def run(say: Callable[[str], None]) -> Report:
    """All figures. Raises LabError."""
    return Report(bench="push", figures=push_ovs.measure(say) | push_olt.measure(say), limits=TARGETS)
