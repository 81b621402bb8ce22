"""Which Clearway runs."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from controller.telemetry.meters import Meters


def measure_build(meters: Meters) -> None:
    """Add clearway_build_info."""
    words = {"version": _version(), "python": platform.python_version()}
    meters.info("clearway_build_info", "The Clearway that runs.", lambda: words)


def _version() -> str:
    try:
        return version("clearway")
    except PackageNotFoundError:
        return "unknown"
