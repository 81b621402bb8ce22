"""Printing: sentences for people on a terminal, one JSON object for machines.

Data goes to stdout, messages and progress to stderr. Colour only on a terminal and never with NO_COLOR.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text

from intents.model.diagnostic import Diagnostic, Severity

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: dict[str, Any]) -> None:
    """One object on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Each with its place, what was expected, and what to do."""
    for d in sorted(diagnostics, key=lambda d: (d.position, d.code)):
        colour = "red" if d.severity is Severity.ERROR else "yellow"
        place = "" if d.position.file == "<none>" else f"{d.position}: "
        err.print(Text.assemble(place, (str(d.severity), colour), f": {d.message} [{d.code}]"))
        for r in d.related:
            err.print(Text(f"    {r.position}: {r.message}", "dim"))
        if d.hint:
            err.print(Text(f"    {d.hint}"))


def progress(message: str) -> None:
    """One line of what is going on."""
    err.print(Text(f"  {message} ...", "dim"))
