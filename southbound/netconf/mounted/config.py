"""Configurations and edits with the ONUs' parts under their mount points, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar, cast

from lxml import etree

from intents.model.pon import Ani, PonObject
from intents.model.state import Difference
from southbound.netconf.mounted.owner import onu_of
from southbound.netconf.standard import config as standard
from southbound.netconf.standard.codec import OPERATION
from southbound.netconf.standard.names import LINK
from southbound.netconf.standard.parse import Parsed
from southbound.netconf.standard.parse import parse as parse_standard
from southbound.netconf.standard.xml import child, children, element

# The list of mounted ONUs; the BBF leaves the mount point to the vendor.
MOUNT: Final = "urn:clearway:yang:onu-mount"
_LINKS: Final = f"{{{LINK}}}link-table"
T = TypeVar("T")


def config_of(objects: Iterable[PonObject]) -> etree._Element:
    """<config> with the objects, each ONU's under its mount point."""
    return _mounted(_split(objects, onu_of), standard.config_of)


def edit_of(differences: Sequence[Difference]) -> etree._Element:
    """<config> for edit-config; see standard.config.edit_of. An ONU that loses its ani is gone, mount point and all."""
    parts = _split(differences, _owner_of)
    gone = sorted(onu for onu, mine in parts.items() if onu is not None and _is_gone(mine))
    config = _mounted({onu: mine for onu, mine in parts.items() if onu not in gone}, standard.edit_of)
    for name in gone:
        entry = element(MOUNT, "onu", element(MOUNT, "name", text=name))
        entry.set(OPERATION, "remove")
        onus = child(config, MOUNT, "onus")
        if onus is None:
            onus = element(MOUNT, "onus")
            config.append(onus)
        onus.append(entry)
    return config


def _is_gone(differences: Sequence[Difference]) -> bool:
    return any(isinstance(d.before, Ani) for d in differences) and all(d.after is None for d in differences)


def filter_of() -> etree._Element:
    """Subtree filter for everything that the family reads."""
    chosen = standard.filter_of()
    chosen.append(element(MOUNT, "onus"))
    return chosen


def parse(data: etree._Element) -> Parsed:
    """All objects, wherever they are."""
    parts = [parse_standard(data)]
    for onu in children(child(data, MOUNT, "onus"), MOUNT, "onu"):
        root = child(onu, MOUNT, "root")
        if root is not None:
            parts.append(parse_standard(root))
        parts.append(parse_standard(onu))  # its links
    return Parsed(
        objects=tuple(o for part in parts for o in part.objects),
        unmodelled=tuple(name for part in parts for name in part.unmodelled),
    )


def _owner_of(difference: Difference) -> str | None:
    return onu_of(cast("PonObject", difference.after or difference.before))


def _split(items: Iterable[T], owner: Callable[[T], str | None]) -> Mapping[str | None, list[T]]:
    parts: dict[str | None, list[T]] = defaultdict(list)
    for item in items:
        parts[owner(item)].append(item)
    return parts


def _mounted(parts: Mapping[str | None, list[T]], write: Callable[[list[T]], etree._Element]) -> etree._Element:
    config = write(parts.get(None, []))
    names = sorted(name for name in parts if name is not None)
    if names:
        config.append(element(MOUNT, "onus", *(_onu(name, write(parts[name])) for name in names)))
    return config


def _onu(name: str, config: etree._Element) -> etree._Element:
    links = config.find(_LINKS)
    own = [part for part in config if part is not links]
    root = element(MOUNT, "root", *own) if own else None
    return element(MOUNT, "onu", element(MOUNT, "name", text=name), root, links)
