"""Run the system's network tools; their refusals become LabError."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from labs.runner.errors import LabError


def run(command: Sequence[str], *, stdin: str | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run and return stdout. Raises LabError with the tool's own words."""
    done = subprocess.run(list(command), input=stdin, capture_output=True, text=True, env=env, check=False, timeout=60)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command[:6])}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def attempt(command: Sequence[str]) -> bool:
    """Run; whether it succeeded."""
    return subprocess.run(list(command), capture_output=True, check=False, timeout=60).returncode == 0
