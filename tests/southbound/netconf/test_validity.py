"""What is sent is valid by the genuine modules, by two implementations; and the lab's OLT takes and refuses alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.model import pon
from intents.model.pon import PonObject
from labs.olt.errors import RpcError
from southbound.netconf.standard.config import config_of
from southbound.netconf.standard.names import HOMES
from southbound.netconf.standard.parse import parse
from tests.conftest import examples
from tests.labs.test_olt_yang import accept
from tests.southbound.netconf.genuine import by_wheel, by_yanglint, text_of
from tests.southbound.netconf.plant import whole_plant, with_schedulers


def test_the_plant_has_every_kind_of_object_in_it() -> None:
    assert {o.kind for o in whole_plant()} == set(HOMES)


@pytest.mark.parametrize("onus", [0, 1, 8])
def test_everything_that_is_rendered_is_valid_by_wheel_and_yanglint(shared: Path, tmp_path: Path, onus: int) -> None:
    plants = [whole_plant(onus), with_schedulers(whole_plant(onus))]
    texts = [text_of(config_of(plant)) for plant in plants]
    assert [by_wheel(shared, text) for text in texts] == ["", ""]
    assert by_yanglint(shared, texts, tmp_path) in (None, [True, True])


def test_both_judges_agree_on_what_is_bad_and_on_what_only_a_device_refuses(shared: Path, tmp_path: Path) -> None:
    bad, gap = ([p.read_text() for p in sorted((shared / "yang" / f).glob("*.xml"))] for f in ("bad", "gap"))
    wheel = [by_wheel(shared, text) == "" for text in (*bad, *gap)]
    assert not any(wheel[: len(bad)])
    assert sum(wheel[len(bad) :]) == len(gap) - 2  # an ONU-ID of 1021 and a v-ani of no partition are caught as well
    assert by_yanglint(shared, [*bad, *gap], tmp_path) in (None, wheel)


def test_the_lab_olt_takes_the_whole_plant() -> None:
    accept(text_of(config_of(whole_plant())))


def test_the_lab_olt_has_one_level_of_queues_and_says_so() -> None:
    with pytest.raises(RpcError) as refusal:
        accept(text_of(config_of(with_schedulers(whole_plant()))))
    assert [f.app_tag for f in refusal.value.faults] == ["one-level-of-queues"]


@given(st.data())
@settings(max_examples=examples(60), deadline=None)
def test_a_plant_with_other_numbers_is_valid_too(shared: Path, data: st.DataObject) -> None:
    """The plant's values anew, references kept: valid by the genuine modules, and read back as it was."""
    plant = [_other(data, item) for item in whole_plant(1)]
    config = config_of(plant)
    assert set(parse(config).objects) == set(plant)
    assert by_wheel(shared, text_of(config)) == ""


def _other(data: st.DataObject, item: PonObject) -> PonObject:
    draw = data.draw
    if isinstance(item, pon.TrafficDescriptorProfile):
        fixed, assured, more = (draw(st.integers(0, 10**9)) for _ in range(3))
        some = fixed + assured + more + 1
        sharing = draw(st.sampled_from(["none", "non-assured-sharing", "best-effort-sharing"]))
        most = fixed + assured if sharing == "none" else some
        return replace(
            item,
            fixed_bps=fixed,
            assured_bps=max(assured, 1),
            maximum_bps=max(most, fixed + max(assured, 1)),
            priority=draw(st.integers(1, 8)),
            weight=draw(st.integers(1, 255)),
            eligibility=sharing,
        )
    if isinstance(item, pon.VlanSubInterface):
        vid = draw(st.integers(1, 4094))
        push = pon.PushTag(
            tag_type=draw(st.sampled_from(["c-vlan", "s-vlan"])),
            vid=vid,
            pbit_from=draw(st.sampled_from(["tag", "marking"])),
            pbit_index=draw(st.integers(0, 1)),
            dei_from=draw(st.sampled_from(["0", "1", "tag"])),
        )
        return replace(item, egress=pon.Rewrite(pop=draw(st.integers(0, 2)), push=(push,) * draw(st.integers(0, 2))))
    if isinstance(item, pon.VAni):
        return replace(item, onu_id=draw(st.integers(0, 1020)), upstream_fec=draw(st.booleans()))
    if isinstance(item, pon.ShaperProfile):
        return replace(item, pir_kbps=draw(st.integers(1, 2**32 - 1)), pbs_bytes=draw(st.integers(1, 2**32 - 1)))
    if isinstance(item, pon.HardwareComponent) and item.rel_pos is not None:
        return replace(item, rel_pos=draw(st.integers(0, 2**31 - 1)))
    return item
