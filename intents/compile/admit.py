"""Admission (stub)."""

from __future__ import annotations

from intents.compile.context import Context
from intents.model.diagnostic import Diagnostic


def admit(context: Context) -> list[Diagnostic]:
    """Admit."""
    return []
