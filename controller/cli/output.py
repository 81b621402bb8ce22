"""Printing: sentences for people on a terminal, one JSON object for machines.

Data goes to stdout, messages and progress to stderr. Colour only on a terminal and never with NO_COLOR
(https://no-color.org).
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable
from typing import Any, Final, Literal, TextIO

import click

from intents.model.diagnostic import Diagnostic, Severity

_ESCAPE: Final = re.compile(r"\x1b\[[0-9;]*m")
_CONTROL: Final = {c: None for c in range(32) if c not in (9, 10)} | {127: None}


def styled(text: str, style: str) -> str:
    """Text in a style: `bold`, `dim`, a colour, or words of both. Control characters in it are dropped, so that no
    name in a document or of a device reaches the terminal as a command."""
    words = style.split()
    colour = next((w for w in words if w not in ("bold", "dim")), None)
    clean = text.translate(_CONTROL)
    return click.style(clean, fg=colour, bold="bold" in words or None, dim="dim" in words or None) if words else clean


def assemble(*parts: str | tuple[str, str]) -> str:
    """One text of parts, each plain or (text, style)."""
    return "".join(styled(part, "") if isinstance(part, str) else styled(*part) for part in parts)


class Printer:
    """Lines on one of the two streams. The stream is looked up when it is written to: a test may stand in for it."""

    def __init__(self, stream: Literal["stdout", "stderr"]) -> None:
        self._name = stream

    def print(self, text: str = "", style: str = "") -> None:
        """One line; styles only where somebody sees them."""
        stream: TextIO = getattr(sys, self._name)
        line = styled(text, style) if style else text
        stream.write((line if _coloured(stream) else _ESCAPE.sub("", line)) + "\n")


def _coloured(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")


out = Printer("stdout")
err = Printer("stderr")


def print_json(value: dict[str, Any]) -> None:
    """One object on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Each with its place, what was expected, and what to do."""
    for d in sorted(diagnostics, key=lambda d: (d.position, d.code)):
        colour = "red" if d.severity is Severity.ERROR else "yellow"
        place = "" if d.position.file == "<none>" else f"{d.position}: "
        err.print(assemble(place, (str(d.severity), colour), f": {d.message} [{d.code}]"))
        for r in d.related:
            err.print(f"    {r.position}: {r.message}", style="dim")
        if d.hint:
            err.print(f"    {styled(d.hint, '')}")


def progress(message: str) -> None:
    """One line of what is going on."""
    err.print(f"  {message} ...", style="dim")
