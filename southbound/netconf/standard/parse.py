"""XML of a device's configuration to neutral PON objects: the inverse of render, also for what is not ours.

An entry that cannot be represented is left out of the objects and named in `unmodelled`, never dropped silently.
"""

from __future__ import annotations

from dataclasses import dataclass

from intents.model.pon import PonObject
from southbound.netconf.standard.codec import Entry, NotRepresentable
from southbound.netconf.standard.condition import SENSOR
from southbound.netconf.standard.kinds import CODECS, OF_TYPE
from southbound.netconf.standard.names import HOMES, HW, IF
from southbound.netconf.standard.xml import identity, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """Objects, and the names of entries that are not representable."""

    objects: tuple[PonObject, ...]
    unmodelled: tuple[str, ...]


def parse(data: Entry) -> Parsed:
    """All objects under a <data> or <config> element."""
    objects: list[PonObject] = []
    unmodelled: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for kind, home in HOMES.items():
        path = (*(f"{{{ns}}}{name}" for ns, name in home.containers), f"{{{home.entry[0]}}}{home.entry[1]}")
        if path in seen:
            continue  # interfaces are one list of many kinds
        seen.add(path)
        of_interfaces = home.entry == (IF, "interface")
        for entry in data.iterfind("/".join(path)):
            if kind == "hardware" and identity(text(entry, HW, "class")) == SENSOR:
                continue  # state alone: it measures, and nobody configures it
            codec = OF_TYPE.get(identity(text(entry, IF, "type"))) if of_interfaces else CODECS[kind]
            try:
                item = None if codec is None else codec.parse(entry)
            except (NotRepresentable, KeyError, ValueError, TypeError):
                item = None
            if item is None:
                name = text(entry, home.key[0], home.key[1]) or "?"
                unmodelled.append(f"{home.entry[1]} {name}")
            else:
                objects.append(item)
    return Parsed(objects=tuple(objects), unmodelled=tuple(unmodelled))
