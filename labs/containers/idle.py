"""What a node is that has nothing more to do itself: the least that keeps a container."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOREVER: Final = ("sleep", "infinity")
RUN: Final = Path("/run/clearway-lab/node")
READY: Final = Path("/run/clearway-lab-ready")


def is_ready() -> None:
    """Say that the node is what it is to be: the file READY."""
    READY.touch()
