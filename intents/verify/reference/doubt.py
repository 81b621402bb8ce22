"""What cannot be told."""

from __future__ import annotations


class Doubt(Exception):
    """What a device does cannot be told: the standard leaves it undefined, or the model lacks it. Says where."""
