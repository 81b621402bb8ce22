"""Programs that containers are made with, run to the end: docker, containerlab, go, debootstrap."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from labs.runner.errors import LabError


def cache() -> Path:
    """Where this machine keeps what is dear to make again: containerlab, Debian's base, the engine's images."""
    home = os.environ.get("CLEARWAY_LAB_CACHE")
    return Path(home) if home else Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "clearway-lab"


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    text: str | None = None,
    within_s: float | None = None,
) -> str:
    """What a program prints. text: its standard input. Raises LabError with the end of what it said when it fails."""
    what = " ".join(command[:4])
    try:
        done = subprocess.run(
            list(command),
            env={**os.environ, **(environment or {})},
            cwd=folder,
            input=text or "",
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=within_s,
        )
    except FileNotFoundError:
        raise LabError(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"{what} did not end within {within_s:.0f} s") from None
    if done.returncode != 0:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
        raise LabError(f"{what}: {said or f'exit code {done.returncode}'}")
    return done.stdout
