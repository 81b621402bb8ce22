"""The product as its users have it: the command line, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from labs.runner.devices import root
from labs.runner.errors import LabError


def clearway(*words: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run `clearway WORDS --json` and return what it says. Raises LabError with its errors where it is not ok."""
    command = [sys.executable, "-m", "controller", *words, "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=root(), env={**os.environ, **(environment or {})}
    )
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise LabError(f"clearway {' '.join(words)}: {(done.stderr or done.stdout).strip()}") from None
    if not said.get("ok"):
        faults = [str(e["message"]) for e in said.get("errors", [])]
        failing = [f"{i['name']} does not hold" for i in said.get("intents", []) if not i["holds"]]
        raise LabError("\n".join(faults + failing) or f"clearway {' '.join(words)} failed")
    return said
