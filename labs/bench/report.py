"""Figures of a bench, and the targets that they are held against."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Targets = Mapping[str, tuple[str, float]]  # name to operator and number: ("<=", 2), (">=", 98)


def _reached(op: str, figure: float, limit: float) -> bool:
    return figure >= limit if op == ">=" else figure <= limit


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {"processors": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was measured, by name. limits: the most, or the least, that some figures may be."""

    bench: str
    figures: Mapping[str, float]
    limits: Targets

    def targets(self) -> list[tuple[str, str, float, bool]]:
        """Each target whose figure was measured: name, operator, number, whether it is reached."""
        measured = [(name, op, limit) for name, (op, limit) in self.limits.items() if name in self.figures]
        return [(name, op, limit, _reached(op, self.figures[name], limit)) for name, op, limit in measured]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "schemaVersion": 1,
            "bench": self.bench,
            "ok": all(reached for _, _, _, reached in self.targets()),
            "figures": dict(self.figures),
            "targets": {n: [op, most] for n, op, most, _ in self.targets()},
            "machine": machine(),
        }

    def table(self) -> str:
        """For people."""
        reached = {n: f"{op} {most:g}: {'reached' if ok else 'MISSED'}" for n, op, most, ok in self.targets()}
        return "\n".join(f"{n:<28}{value:>12g}   {reached.get(n, '')}".rstrip() for n, value in self.figures.items())
