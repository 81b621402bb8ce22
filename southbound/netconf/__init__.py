"""NETCONF (RFC 6241) over SSH to OLTs: sessions, the driver, and a folder a device family."""

from southbound.netconf.family import render_text

__all__ = ["render_text"]
