"""An edit of differences makes the new configuration of the old, and touches nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from lxml import etree

from intents.model import pon
from intents.model.pon import PonObject
from intents.model.state import DeviceState, diff
from labs.olt import xmlio
from labs.olt.canonical import canonical
from labs.olt.device import YANG_FOLDER
from labs.olt.edit import apply_edit
from labs.olt.schema import Schema
from southbound.netconf.standard.config import config_of, edit_of
from southbound.netconf.standard.parse import parse
from tests.conftest import examples
from tests.southbound.netconf.plant import onu, whole_plant
from tests.southbound.netconf.strategies import states


@cache
def schema() -> Schema:
    return Schema(YANG_FOLDER)


def edited(datastore: etree._Element, edit: etree._Element) -> None:
    """As a NETCONF server does it: the lab's OLT, which shares no code with the driver."""
    apply_edit(datastore, canonical(xmlio.parse(etree.tostring(edit)), schema(), operations=True), schema(), "merge")


def edit_between(before: tuple[PonObject, ...], after: tuple[PonObject, ...]) -> etree._Element:
    return edit_of(diff(DeviceState.of("olt-1", before), DeviceState.of("olt-1", after)))


def known_tags(items: tuple[PonObject, ...]) -> tuple[PonObject, ...]:
    """The lab's OLT does not match any tag type: C-VLANs instead."""

    def known(o: PonObject) -> PonObject:
        if not isinstance(o, pon.VlanSubInterface):
            return o
        rules = (
            replace(r, match=replace(r.match, tag_type="c-vlan"))
            if r.match.tagging == "tagged" and r.match.tag_type is None
            else r
            for r in o.rules
        )
        return replace(o, rules=tuple(rules))

    return tuple(map(known, items))


@given(states, states)
@settings(max_examples=examples(150), deadline=None)
def test_the_edit_of_the_differences_makes_the_new_state_of_the_old(
    before: tuple[PonObject, ...], after: tuple[PonObject, ...]
) -> None:
    before, after = known_tags(before), known_tags(after)
    datastore = schema().empty()
    edited(datastore, config_of(before))
    edited(datastore, edit_between(before, after))
    assert set(parse(datastore).objects) == set(after)


@given(states)
@settings(deadline=None)
def test_no_difference_is_an_empty_edit(items: tuple[PonObject, ...]) -> None:
    assert len(edit_between(items, items)) == 0


def keys(edit: etree._Element) -> set[str]:
    """Every name that the edit speaks of, of list entries and of what they refer to."""
    return {e.text or "" for e in edit.iter() if isinstance(e.tag, str) and re.match(r"cw\\.|onu-|CWLB", e.text or "")}


def test_a_change_of_one_onu_renders_that_onu_alone() -> None:
    before = whole_plant(64)
    name = "cw.onu-7"
    after = tuple(
        replace(o, serial="CWLB0000BEEF") if isinstance(o, pon.VAni) and o.name == name else o for o in before
    )
    edit = edit_between(before, after)
    assert [e.text for e in edit.iterfind(".//{*}interface/{*}name")] == [name]
    assert len(list(edit.iter())) < 15


def test_an_onu_that_comes_or_goes_names_no_other_onu() -> None:
    small, large = whole_plant(63), whole_plant(64)
    names = {o.name for o in onu(64)}
    for edit in (edit_between(small, large), edit_between(large, small)):
        others = {found for found in keys(edit) if re.match(r"(cw\\.)?onu-", found) and found not in names}
        assert others == {"onu-64"}  # its ports of the two forwarders
        assert len(etree.tostring(edit)) < 20_000
