"""A configuration as token buckets: what is promised, what is shared, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from labs.net.htb import LEAST_BPS, ROOT, HtbClass, HtbTree
from labs.olt import config as c
from labs.olt.dataplane.labels import Registry
from labs.olt.dataplane.services import resolve
from labs.olt.dataplane.shaping import CAPACITY_BPS, Minors, trees
from labs.olt.dataplane.wiring import Wiring
from labs.olt.hook import DataplaneError
from tests.labs.lab_pon import Service, config, queue, tm, wiring

CT = Service(onu=1, uni=1, vid=100, marks=3, takes=(1, 3), assured_bps=4_700_000_000, priority=4)
WARD = Service(onu=2, uni=1, vid=100)
UNIS = [(1, 1), (2, 1)]
WIRED: Wiring = wiring(Path("/nowhere"), "ovs", "stretch", UNIS)


def shaped(found: c.OltConfig) -> tuple[dict[str, HtbClass], dict[str, HtbClass], tuple[HtbTree, HtbTree]]:
    """Classes by name, down and up."""
    registry, services = Registry(), resolve(found, WIRED)
    numbers: dict[str, Mapping[str, int]] = {}

    def minors(way: str) -> Minors:
        def of(names: Sequence[str]) -> Mapping[str, int]:
            numbers[way] = registry.classes(way, names)
            return numbers[way]

        return of

    down, up = trees(services, registry.labels(services), WIRED, "pon-1", minors)
    named = [
        {name: k for name, number in numbers[way].items() for k in tree.classes if k.minor == number}
        for way, tree in (("down", down), ("up", up))
    ]
    return named[0], named[1], (down, up)


def test_a_pon_carries_its_payload_rate_divided_by_the_scale() -> None:
    _, _, both = shaped(config([CT, WARD]))
    assert [t.capacity_bps for t in both] == [8_667_648_000 // 20] * 2
    gpon = config([CT, WARD])
    gpon = replace(gpon, terminations=(replace(gpon.terminations[0], technology="gpon"),))
    assert [t.capacity_bps for t in shaped(gpon)[2]] == [b // 20 for b in CAPACITY_BPS["gpon"]]


def test_a_tcont_is_promised_fixed_and_assured_and_may_go_to_its_maximum() -> None:
    _, up, _ = shaped(config([CT, WARD]))
    ct, ward = up["onu1.1.tc3\n3"], up["onu2.1.tc1\n1"]
    assert (ct.rate_bps, ct.ceil_bps) == (235_000_000, 433_350_000)
    assert ward.rate_bps == LEAST_BPS
    assert ct.parent == ward.parent == ROOT


def test_what_is_left_over_goes_to_the_higher_priority_first() -> None:
    _, up, _ = shaped(config([CT, WARD]))
    assert up["onu1.1.tc3\n3"].priority < up["onu2.1.tc1\n1"].priority


def test_a_tcont_that_shares_nothing_stays_at_what_it_is_promised() -> None:
    plain = config([CT])
    (tcont,) = plain.tconts
    assert tcont.descriptor is not None
    none = replace(tcont, descriptor=replace(tcont.descriptor, eligibility="none", fixed_bps=100_000_000))
    _, up, _ = shaped(replace(plain, tconts=(none,)))
    assert up["onu1.1.tc3\n3"].rate_bps == up["onu1.1.tc3\n3"].ceil_bps == 240_000_000


def test_queues_down_are_strict_over_the_whole_pon_and_share_their_ports_shaper() -> None:
    plain = config([CT, WARD])
    enets = tuple(
        replace(e, tm=replace(tm(s.takes), pir_kbps=1_000_000))
        for e, s in zip(plain.olt_v_enets, (CT, WARD), strict=True)
    )
    down, _, _ = shaped(replace(plain, olt_v_enets=enets))
    assert down["onu1.1"].ceil_bps == 50_000_000
    assert {down["onu1.1\n1"].parent, down["onu1.1\n3"].parent} == {down["onu1.1"].minor}
    assert down["onu1.1\n3"].priority == 4
    assert down["onu1.1\n1"].priority == down["onu2.1\n1"].priority == 6


def test_weights_count_among_equals_only() -> None:
    plain = config([CT, WARD])
    heavy = replace(tm((1, 3)), queues=(queue(1, priority=1), queue(3, priority=3, weight=94)))
    enets = (replace(plain.olt_v_enets[0], tm=heavy), plain.olt_v_enets[1])
    down, _, _ = shaped(replace(plain, olt_v_enets=enets))
    assert down["onu1.1\n3"].quantum_bytes == down["onu1.1\n1"].quantum_bytes == WIRED.frame_bytes
    light = replace(tm((1,)), queues=(queue(1, priority=3, weight=2),))
    down, _, _ = shaped(replace(plain, olt_v_enets=(enets[0], replace(plain.olt_v_enets[1], tm=light))))
    assert down["onu1.1\n3"].quantum_bytes == 47 * WIRED.frame_bytes


def test_several_queues_of_a_tcont_share_its_promise() -> None:
    plain = config([CT])
    (tcont,) = plain.tconts
    gems = (
        *plain.gemports,
        c.GemPort(name="second", gemport_id=3000, interface="onu1.1", traffic_class=5, tcont=tcont.name),
    )
    _, up, (_, tree) = shaped(replace(plain, tconts=(replace(tcont, tm=tm((3, 5))),), gemports=gems))
    inner = up["onu1.1.tc3"]
    assert (inner.rate_bps, inner.limit_bytes) == (235_000_000, None)
    assert up["onu1.1.tc3\n3"].parent == up["onu1.1.tc3\n5"].parent == inner.minor
    assert up["onu1.1.tc3\n5"].priority < up["onu1.1.tc3\n3"].priority
    assert len(tree.rules) == 2


def test_each_gem_port_leads_to_the_queue_of_its_class() -> None:
    down, up, (tree, _) = shaped(config([CT, WARD]))
    assert sorted(minor for _, minor in tree.rules) == sorted(k.minor for name, k in down.items() if "\n" in name)
    assert len(up) == 2


def test_a_traffic_class_without_a_queue_is_carried_nowhere() -> None:
    plain = config([CT])
    enets = (replace(plain.olt_v_enets[0], tm=tm((1,))),)
    _, _, (down, _) = shaped(replace(plain, olt_v_enets=enets))
    assert len(down.rules) == 1


def test_parents_come_before_their_children() -> None:
    _, _, both = shaped(config([CT, WARD]))
    for tree in both:
        seen = {ROOT}
        for k in tree.classes:
            assert k.parent in seen
            seen.add(k.minor)


def test_numbers_stay_when_a_neighbour_comes_or_goes() -> None:
    registry = Registry()
    before = registry.labels(resolve(config([CT, WARD]), WIRED)).gems["pon-1"]
    registry.labels(resolve(config([WARD]), WIRED))
    after = registry.labels(resolve(config([CT, WARD]), WIRED)).gems["pon-1"]
    assert before["onu2.1.tc1"] == after["onu2.1.tc1"]


def test_an_unknown_technology_is_refused() -> None:
    plain = config([CT])
    with pytest.raises(DataplaneError, match="technology"):
        shaped(replace(plain, terminations=(replace(plain.terminations[0], technology="unknown"),)))
