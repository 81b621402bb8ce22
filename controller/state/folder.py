"""Where a project's state is."""

from __future__ import annotations

import os
from pathlib import Path

from controller.state.store import Store


def state_folder(folder: Path) -> Path:
    """CLEARWAY_STATE, or `.clearway` in the project."""
    root = folder.parent if folder.is_file() else folder
    return Path(os.environ.get("CLEARWAY_STATE", root / ".clearway"))


def store_of(folder: Path) -> Store:
    """The state in that folder."""
    return Store(state_folder(folder))
