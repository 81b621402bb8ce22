"""What an OLT would refuse is refused by our side, before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from intents.model import pon
from intents.model.state import DeviceState, diff
from southbound.netconf.preflight import faults, new_faults
from southbound.netconf.standard.parse import parse
from tests.southbound.netconf.plant import whole_plant, with_schedulers

GAP = [
    ("01-alloc-id-out-of-xgs-range", "pon-number"),
    ("02-gemport-id-out-of-range", "pon-number"),
    ("03-onu-id-1022-on-xgs", "pon-number"),
    ("04-assured-over-line-rate", "pon-over-rate"),
    ("05-dup-alloc-id", "pon-number"),
    ("06-dup-gemport-id", "pon-number"),
    ("07-gem-on-uplink", "pon-reference"),
    ("08-tc-maps-to-absent-queue", "pon-no-queue"),
    ("09-vsi-on-missing-uni-no-forwarder", "pon-reference"),
    ("10-tcont-without-tdp", "pon-reference"),
    ("11-cir-gt-pir", "pon-over-rate"),
    ("12-vsi-lower-layer-on-vani", "pon-reference"),
    ("13-no-vani-partition", "pon-reference"),
    ("14-dup-serial-and-onu-id", "pon-number"),
    ("15-shaper-below-assured", "pon-over-rate"),
]


def state_of(path: Path) -> DeviceState:
    return DeviceState.of("olt-1", parse(etree.fromstring(f"<data>{path.read_text()}</data>")).objects)


@pytest.mark.parametrize(("name", "code"), GAP, ids=[name for name, _ in GAP])
def test_what_yang_lets_through_and_an_olt_does_not_is_found_before_it_is_sent(
    shared: Path, name: str, code: str
) -> None:
    found = faults(state_of(shared / "yang" / "gap" / f"{name}.xml"))
    assert code in {fault.diagnostic.code for fault in found}
    assert all(fault.name and fault.diagnostic.hint for fault in found)


def test_every_file_of_gap_has_its_claim_here(shared: Path) -> None:
    assert [path.stem for path in sorted((shared / "yang" / "gap").glob("*.xml"))] == [name for name, _ in GAP]


def test_nothing_is_found_in_what_is_right(shared: Path) -> None:
    assert faults(state_of(shared / "yang" / "minimal.xml")) == ()
    assert faults(DeviceState.of("olt-1", whole_plant(8))) == ()
    assert faults(DeviceState.of("olt-1", with_schedulers(whole_plant(2)))) == ()


def test_what_the_device_holds_already_is_not_ours_to_judge() -> None:
    crowded, more = (DeviceState.of("olt-1", whole_plant(n)) for n in (420, 421))
    assert [f.diagnostic.code for f in faults(crowded)] == ["pon-over-rate"]
    assert new_faults(crowded, diff(crowded, more)) == ()
    odd = pon.PolicingProfile(name="theirs", cir_bps=2, cbs_bytes=1, pir_bps=1, pbs_bytes=1)
    before = DeviceState.of("olt-1", (*whole_plant(2), odd))
    after = DeviceState.of("olt-1", (*whole_plant(3), odd))
    assert new_faults(before, diff(before, after)) == ()
    clash = tuple(
        replace(o, alloc_id=1037) if o.kind == "tcont" and "onu-2.1.tc1" in o.name else o
        for o in before.objects.values()
    )
    worse = DeviceState.of("olt-1", clash)
    assert [f.diagnostic.code for f in new_faults(before, diff(before, worse))] == ["pon-number"]
