"""Whose an object is: the OLT's, or which ONU's. Told by the object alone, so that an edit needs no more."""

from __future__ import annotations

import re
from typing import Final

from intents.model import pon
from intents.model.pon import NAME_PREFIX

_PART: Final = re.compile(r"\.(ani|uni\d+)$")


def onu_of(item: pon.PonObject) -> str | None:
    """The ONU, by the name of its v-ani, that holds the object; None: the OLT does. What others made stays where a
    standard device has it: it is read wherever it is, and never written."""
    if isinstance(item, pon.VlanSubInterface):
        return _named(item.lower) if _PART.search(item.lower) else None
    if isinstance(item, (pon.HardwareComponent, pon.Ani, pon.InterfaceLink)):
        return _named(item.name)
    if isinstance(item, pon.EthernetInterface) and item.usage == "user-port":
        return _named(item.name)
    return None


def _named(name: str) -> str | None:
    return _PART.sub("", name) if name.startswith(NAME_PREFIX) else None
