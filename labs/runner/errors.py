"""Faults of running a lab, for people: what and what to do."""

from __future__ import annotations


class LabError(Exception):
    """A lab cannot be run as asked."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
