"""Proof from what the devices say they run: intents, campus and operational state in, a verdict out. Pure."""

from intents.verify.assess import verify

__all__ = ["verify"]
