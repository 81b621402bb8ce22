"""Neutral PON objects to the XML of their list entries; each kind's own way is in its room (see kinds)."""

from __future__ import annotations

from lxml import etree

from intents.model.pon import PonObject
from southbound.netconf.standard.kinds import CODECS


def render(item: PonObject) -> etree._Element:
    """The list entry of an object."""
    return CODECS[item.kind].render(item)
