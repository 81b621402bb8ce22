"""A get with a filter: what is left out beforehand is nothing that the filter would have found."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from labs.olt import xmlio
from labs.olt.canonical import canonical
from labs.olt.device import YANG_FOLDER
from labs.olt.light import Broken, shine
from labs.olt.parse import parse
from labs.olt.plant import read
from labs.olt.schema import Schema
from labs.olt.state import Times, everything, filtered, with_state
from labs.olt.subtree import select
from tests.labs.olt_lab import PLANT
from tests.labs.olt_payload import payload

SCHEMA = Schema(YANG_FOLDER)
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
IF = 'xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces" xmlns:t="urn:bbf:yang:bbf-xpon-if-type"'
GEM = 'xmlns="urn:bbf:yang:bbf-xpongemtcont"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"<interfaces {IF}/><interfaces-state {IF}/>",
        f"<interfaces {IF}><interface><name>cw.onu-1</name></interface></interfaces>",
        f"<interfaces {IF}><interface><name>cw.onu-1</name></interface><interface><name/></interface></interfaces>",
        f"<interfaces {IF}><interface><name>nobody</name></interface></interfaces>",
        f"<interfaces {IF}><interface><oper-status>down</oper-status><name/></interface></interfaces>",
        f"<interfaces-state {IF}><interface><type>t:v-ani</type><name/><oper-status/></interface></interfaces-state>",
        f"<interfaces-state {IF}><interface><oper-status>up</oper-status></interface></interfaces-state>",
        f"<interfaces-state {IF}/><interfaces-state {IF}><interface><name>pair</name></interface></interfaces-state>",
        "<interfaces-state><interface><name>termination</name></interface></interfaces-state>",
        f"<xpongemtcont {GEM}><gemports><gemport><name>cw.onu-2.1.tc5</name></gemport></gemports></xpongemtcont>",
        f"<xpongemtcont {GEM}><tconts><tcont><alloc-id>1026</alloc-id><name/></tcont></tconts></xpongemtcont>",
        '<hardware xmlns="urn:ietf:params:xml:ns:yang:ietf-hardware"/>',
        '<hardware xmlns="urn:ietf:params:xml:ns:yang:ietf-hardware"><component><class/></component></hardware>',
        '<forwarding xmlns="urn:bbf:yang:bbf-l2-forwarding"/><nothing/>',
    ],
)
def test_a_part_answers_as_the_whole_does(text: str) -> None:
    source = xmlio.parse(f'<config xmlns="{NC}">{payload(3)}</config>'.encode())
    running = canonical(source, SCHEMA, operations=False)
    config, plant = parse(running), read(json.dumps(PLANT))
    light = shine(plant, (Broken("power-loss", "CWLB00000001"),), config)
    times = Times(start="2026-01-01T00:00:00Z", onus={})
    filter_ = xmlio.parse(f'<filter xmlns="{NC}">{text}</filter>'.encode())
    if text.startswith("<interfaces-state><"):
        filter_ = xmlio.parse(f"<filter>{text}</filter>".encode())
    whole = select(with_state(everything(running), config, light, times), filter_, SCHEMA)
    part = select(with_state(filtered(running, filter_, SCHEMA), config, light, times), filter_, SCHEMA)
    assert etree.tostring(part, method="c14n") == etree.tostring(whole, method="c14n")
