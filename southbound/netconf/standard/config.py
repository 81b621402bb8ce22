"""Whole configurations and edits: list entries put into their containers, with the operation that each needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, cast

from lxml import etree

from intents.model.pon import PonObject
from intents.model.state import DeviceState, Difference
from southbound.netconf.standard.names import HOMES, IF, NC, NSMAP, VALUE_PREFIXES
from southbound.netconf.standard.render import render
from southbound.netconf.standard.xml import element

_RANK: Final = {kind: rank for rank, kind in enumerate(HOMES)}
_OPERATION: Final = f"{{{NC}}}operation"


def config_of(objects: Iterable[PonObject]) -> etree._Element:
    """<config> with the objects, referred-to things first."""
    config = _config()
    for item in sorted(objects, key=lambda o: (_RANK[o.kind], o.name)):
        _container(config, item.kind).append(render(item))
    return config


def edit_of(differences: Sequence[Difference]) -> etree._Element:
    """<config> for edit-config that makes the differences: create, replace and delete, entry by entry.

    What stays is made first, in the order in which it is referred to; what goes is removed after, users first.
    """
    config = _config()
    written = sorted((d for d in differences if d.after is not None), key=lambda d: _RANK[str(d.key[0])])
    removed = sorted((d for d in differences if d.after is None), key=lambda d: -_RANK[str(d.key[0])])
    for d in written:
        entry = render(cast("PonObject", d.after))
        entry.set(_OPERATION, "merge" if d.before is None else "replace")
        _container(config, str(d.key[0])).append(entry)
    for d in removed:
        home = HOMES[str(d.key[0])]
        entry = element(*home.entry, element(*home.key, text=str(d.key[1])))
        entry.set(_OPERATION, "remove")
        _container(config, str(d.key[0])).append(entry)
    return config


def filter_of() -> etree._Element:
    """Subtree filter for everything that the family reads."""
    chosen = etree.Element(f"{{{NC}}}filter", nsmap=NSMAP)
    chosen.set("type", "subtree")
    tops = {home.containers[0] for home in HOMES.values()} | {(IF, "interfaces-state")}
    chosen.extend(element(*top) for top in sorted(tops))
    return chosen


def render_text(state: DeviceState) -> str:
    """The state as pretty XML, for people."""
    config = config_of(cast("Iterable[PonObject]", state.objects.values()))
    etree.cleanup_namespaces(config, keep_ns_prefixes=list(VALUE_PREFIXES))
    return etree.tostring(config, pretty_print=True, encoding="unicode")


def _config() -> etree._Element:
    return etree.Element(f"{{{NC}}}config", nsmap=NSMAP)


def _container(config: etree._Element, kind: str) -> etree._Element:
    here = config
    for ns, name in HOMES[kind].containers:
        found = here.find(f"{{{ns}}}{name}")
        if found is None:
            found = element(ns, name)
            here.append(found)
        here = found
    return here
