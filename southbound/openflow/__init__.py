"""OpenFlow: the neutral state of a switch to messages and back, and the driver that changes a switch by bundles."""

from southbound.openflow.text import render_text

__all__ = ["render_text"]
