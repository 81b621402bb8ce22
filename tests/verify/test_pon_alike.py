"""Interfaces with the same rules are classified once: each hears what it would have heard alone, of its own objects."""

from __future__ import annotations

from random import Random

from intents.verify.packets.packet import anything
from intents.verify.pon.rules import classified, ingress
from tests.verify.random_pons import Maker
from tests.verify.test_reference_pon import as_set, case_of


def test_what_is_found_for_one_is_found_for_its_like() -> None:
    shared = 0
    for number in range(25):
        maker = Maker(Random(f"alike {number}"))  # noqa: S311 - not for secrets
        case = case_of(maker.objects(), maker.facts())
        atoms, (model,) = case.network.atoms, case.network.pons.values()
        sent = [*anything(atoms).opened(atoms), *(as_set(atoms, maker.packet()) for _ in range(4))]
        interfaces = [*model.config.ethernet, *model.config.venets]
        for header in sent:
            for interface in interfaces:
                asked = (model.config, atoms, interface, model.name, header)
                assert list(ingress(*asked)) == list(classified(*asked))
                if len(model.config.on(interface)) == 1:
                    (subif,) = model.config.on(interface)
                    assert {f.subif for f in ingress(*asked)} <= {subif, None}
        kinds = [model.config.alike(interface) for interface in interfaces]
        shared += len(kinds) - len(set(kinds))
    assert shared > 100
