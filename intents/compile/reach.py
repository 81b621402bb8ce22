"""Promises that depend on what the campus is made of: `survive`, `latency`, and ONUs that must be there."""

from __future__ import annotations

from collections.abc import Sequence

from intents.compile.context import Context
from intents.model.diagnostic import Diagnostic
from intents.model.intent import ResolvedIntent


def unknown_onus(context: Context) -> list[Diagnostic]:
    """ONUs."""
    return []


def unprovable(context: Context, intents: Sequence[ResolvedIntent]) -> list[Diagnostic]:
    """Survive and latency."""
    return []
