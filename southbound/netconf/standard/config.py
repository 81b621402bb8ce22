"""Whole configurations and edits: list entries put into their containers, with the operation that each needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, cast

from lxml import etree

from intents.model.pon import PonObject
from intents.model.state import Difference
from southbound.netconf.standard.codec import OPERATION
from southbound.netconf.standard.kinds import CODECS
from southbound.netconf.standard.names import HOMES, IF, NC, NSMAP
from southbound.netconf.standard.render import render
from southbound.netconf.standard.xml import element

_RANK: Final = {kind: rank for rank, kind in enumerate(HOMES)}


def config_of(objects: Iterable[PonObject]) -> etree._Element:
    """<config> with the objects, referred-to things first."""
    config = _config()
    for item in sorted(objects, key=lambda o: (_RANK[o.kind], o.name)):
        _container(config, item.kind).append(render(item))
    return config


def edit_of(differences: Sequence[Difference]) -> etree._Element:
    """<config> for edit-config that makes the differences: merge, replace and remove, entry by entry.

    What stays is made first, in the order in which it is referred to; what goes is removed after, users first. A list
    that grows with the users of a service (forwarder ports, static addresses) is changed item by item.
    """
    config = _config()
    written = sorted((d for d in differences if d.after is not None), key=lambda d: _RANK[str(d.key[0])])
    removed = sorted((d for d in differences if d.after is None), key=lambda d: -_RANK[str(d.key[0])])
    gone = {_place(d) for d in removed}
    kept = {_place(d) for d in written}
    for d in written:
        _container(config, str(d.key[0])).append(_written(d, again=_place(d) in gone))
    for d in removed:
        if _place(d) in kept:
            continue  # an interface of another type has its name now, and replaced it
        home = HOMES[str(d.key[0])]
        entry = element(*home.entry, element(*home.key, text=str(d.key[1])))
        entry.set(OPERATION, "remove")
        _container(config, str(d.key[0])).append(entry)
    return config


def _place(difference: Difference) -> tuple[tuple[str, str], str]:
    """The list entry that a difference is about: interfaces of all types share one list."""
    return HOMES[str(difference.key[0])].entry, str(difference.key[1])


def _written(difference: Difference, *, again: bool) -> etree._Element:
    change = CODECS[str(difference.key[0])].change
    if difference.before is not None and change is not None:
        smaller = change(difference.before, difference.after)
        if smaller is not None:
            return smaller  # merge is the default
    entry = render(cast("PonObject", difference.after))
    entry.set(OPERATION, "merge" if difference.before is None and not again else "replace")
    return entry


def filter_of() -> etree._Element:
    """Subtree filter for everything that the family reads."""
    chosen = etree.Element(f"{{{NC}}}filter", nsmap=NSMAP)
    chosen.set("type", "subtree")
    tops = {home.containers[0] for home in HOMES.values()} | {(IF, "interfaces-state")}
    chosen.extend(element(*top) for top in sorted(tops))
    return chosen


def part_of(places: Iterable[tuple[tuple[str, str], str]]) -> etree._Element:
    """Subtree filter for entries, by list and key, and for what is operational: the state of all v-anis and channel
    terminations."""
    chosen = etree.Element(f"{{{NC}}}filter", nsmap=NSMAP)
    chosen.set("type", "subtree")
    kinds = {home.entry: kind for kind, home in HOMES.items()}
    for entry, key in sorted(places):
        home = HOMES[kinds[entry]]
        _container(chosen, kinds[entry]).append(element(*home.entry, element(*home.key, text=key)))
    leaves = [(IF, "name"), (IF, "oper-status")]
    v_anis = element(
        IF, "interface", element(IF, "type", text="bbf-xponift:v-ani"), *(element(*leaf) for leaf in leaves)
    )
    terminations = element(IF, "interface", element(IF, "type", text="bbf-xponift:channel-termination"))
    chosen.append(element(IF, "interfaces-state", v_anis, terminations))
    return chosen


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
