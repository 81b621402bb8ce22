"""Which Clearway runs."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from controller.telemetry.meters import Meters


def measure_build(meters: Meters) -> None:
    """Add clearway_build_info."""
    words = {"version": version_of_clearway(), "python": platform.python_version()}
    meters.info("clearway_build_info", "The Clearway that runs.", lambda: words)


def version_of_clearway() -> str:
    """As it was installed."""
    try:
        return version("clearway")
    except PackageNotFoundError:
        return "unknown"
