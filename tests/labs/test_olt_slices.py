"""A small change is judged by a part of the configuration: the same verdict as by the whole, whatever the change."""

from __future__ import annotations

import copy
import random

import pytest
from lxml import etree

from labs.olt import xmlio
from labs.olt.datastore import Datastores
from labs.olt.deviating import Limits
from labs.olt.device import YANG_FOLDER
from labs.olt.difference import changes, changes_of
from labs.olt.edit import prune
from labs.olt.errors import RpcError
from labs.olt.names import OPERATION
from labs.olt.parse import parse
from labs.olt.references import References
from labs.olt.schema import Schema
from labs.olt.slices import Slicer
from labs.olt.validate import Validator
from labs.olt.xpath import looks
from tests.labs.olt_payload import payload

SCHEMA = Schema(YANG_FOLDER)
VALIDATOR = Validator(SCHEMA)
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"


def stores() -> Datastores:
    """An OLT's datastores, three ONUs in effect."""
    made = Datastores(SCHEMA, VALIDATOR, Limits(SCHEMA, {}))
    running = made.whole(xmlio.parse(f'<config xmlns="{NC}">{payload(3)}</config>'.encode()))
    made.validated(running)
    made.set_running(running)
    return made


def verdict(data: Datastores, config: etree._Element) -> list[str]:
    """What is wrong with a configuration."""
    try:
        data.validated(config)
    except RpcError as error:
        return [fault.message for fault in error.faults]
    return []


class Mutator:
    """Random edits of a configuration, good and bad."""

    def __init__(self, seed: int, config: etree._Element) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a seed makes a failure come again
        self._entries = [e for e in config.iter() if isinstance(e.tag, str) and self._is_entry(e)]
        self._texts = sorted({e.text for e in config.iter() if not len(e) and e.text})

    @staticmethod
    def _is_entry(element: etree._Element) -> bool:
        node, lists = SCHEMA.root, 0
        for item in [element, *element.iterancestors()][-2::-1]:
            node = node.find(str(item.tag)) or node
            lists += node.kind == "list"
        return node.kind == "list" and lists == 1

    def edit(self) -> etree._Element:
        """An edit-config of one to three entries."""
        config = SCHEMA.empty()
        for entry in self._random.sample(self._entries, self._random.randint(1, 3)):
            here = config
            for ancestor in list(entry.iterancestors())[-2::-1]:
                found = here.find(str(ancestor.tag))
                here = etree.SubElement(here, ancestor.tag) if found is None else found
            here.append(self._changed(entry))
        return config

    def _changed(self, entry: etree._Element) -> etree._Element:
        made = copy.deepcopy(entry)
        how = self._random.choice(["leaf", "leaf", "leaf", "less", "delete", "another", "same"])
        below = [e for e in made.iterdescendants() if e is not made[0]]
        leaves = [e for e in below if not len(e)]
        if how == "leaf" and leaves:
            leaf = self._random.choice(leaves)
            alike = sorted({e.text for e in entry.getroottree().iter(str(leaf.tag)) if e.text})
            leaf.text = self._random.choice(alike if alike and self._random.random() < 0.7 else self._texts)
        elif how == "less" and below:
            gone = self._random.choice(below)
            parent = gone.getparent()
            assert parent is not None
            parent.remove(gone)
        elif how == "another":
            made[0].text = f"{made[0].text}.2"
        made.set(OPERATION, "delete" if how == "delete" else "replace")
        return made


def test_every_expression_of_the_modules_is_understood() -> None:
    assert References(SCHEMA).closed


@pytest.mark.parametrize(
    ("expression", "absolute", "upward"),
    [
        ("../a = 'x/y' or ../../b", (), 2),
        (". >= sum(../a | ../b)", (), 1),
        ("a/b[c = 0]", (), 0),
        ("f(/p:l/p:e[p:name = current()]/p:t, 'q:z') and /l/e[name=current()]/ u = ../v", (("t",), ("u",)), 1),
    ],
)
def test_an_expression_says_what_it_looks_at(
    expression: str, absolute: tuple[tuple[str, ...], ...], upward: int
) -> None:
    found = looks(expression)
    assert found is not None
    assert tuple(path.rest for path in found.absolute) == absolute and found.upward == upward
    assert all(path.steps == ("l", "e") and path.predicate.endswith("name=current()]") for path in found.absolute)


@pytest.mark.parametrize(
    "expression",
    ["count(//a) > 1", "/l/*", "deref(.)/../a", "following-sibling::a", "/l/e[a=1]/b[c=2]", "a[../../b]", "a[1]"],
)
def test_an_expression_that_looks_about_is_not_taken_for_a_plain_one(expression: str) -> None:
    assert looks(expression) is None


@pytest.mark.parametrize("seed", range(150))
def test_a_part_and_the_whole_give_the_same_verdict(seed: int) -> None:
    data = stores()
    mutator = Mutator(seed, data.running)
    try:
        for _ in range(1 + seed % 2):
            data.set_candidate(data.edited(mutator.edit(), "merge"), 1)
    except RpcError:
        return  # not even an edit
    after = data.candidate
    step = data.step(data.running, after)
    assert step is not None
    by_hand = copy.deepcopy(after)
    prune(by_hand, SCHEMA.root)
    assert etree.tostring(by_hand) == etree.tostring(after)
    found = verdict(data, after)
    assert found == verdict(stores(), after)
    assert changes_of(step, SCHEMA) == changes(data.running, after, SCHEMA)
    if not found:
        assert data.validated(after) == parse(after)
    part = Slicer(SCHEMA).cut(step)
    assert part is not None
    assert VALIDATOR.accepts(part) == VALIDATOR.accepts(after)
