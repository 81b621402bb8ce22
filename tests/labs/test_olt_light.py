"""What breaks on the fibres, and what the OLT says of it: presence, defects, light, notifications."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree
from ncclient import manager

from labs.olt.config import ChannelTermination, OltConfig, VAni
from labs.olt.light import Broken, Light, broken_of, shine
from labs.olt.plant import Onu, Plant, PlantError
from tests.labs.olt_lab import IF, PLANT, Olt, config, notified
from tests.labs.olt_payload import payload

FIRST, SECOND = "CWLB00000001", "CWLB00000002"
HW = "urn:ietf:params:xml:ns:yang:ietf-hardware"


def v_ani(serial: str) -> VAni:
    return VAni(
        name=f"v.{serial}",
        onu_id=None,
        serial=serial,
        channel_partition="partition",
        channel_pair="pair",
        termination="t1",
        technology="xgs-pon",
        enabled=True,
    )


def port(pon: str, pair: str) -> ChannelTermination:
    return ChannelTermination(
        name=f"t-{pon}", pon=pon, technology="xgs-pon", channel_pair=pair, channel_partition="partition", enabled=True
    )


PROTECTED = Plant(
    pons=(("pon-1", "xgs-pon"), ("pon-2", "xgs-pon")),
    onus=(Onu(serial=FIRST, pon="pon-1"), Onu(serial=SECOND, pon="pon-1")),
    protected=(("pon-1", "pon-2"),),
)
TYPE_B = OltConfig(terminations=(port("pon-1", "pair"), port("pon-2", "pair")), v_anis=(v_ani(FIRST), v_ani(SECOND)))


def seen(light: Light) -> dict[str, str]:
    """Serial number to the port by which an ONU comes."""
    return {onu.serial: onu.pon for onu in light.plant.onus if onu.present}


def test_a_plant_that_is_whole_has_nothing_to_tell() -> None:
    light = shine(PROTECTED, (), TYPE_B)
    assert (seen(light), light.ports, light.onus) == ({FIRST: "pon-1", SECOND: "pon-1"}, {}, {})
    assert all(-22 <= dbm <= -17 for dbm in light.received_dbm.values())


def test_a_fibre_takes_one_onu_along() -> None:
    light = shine(PROTECTED, [Broken("fibre-cut", FIRST)], TYPE_B)
    assert (seen(light), light.ports, light.onus) == ({SECOND: "pon-1"}, {}, {FIRST: ("lobi",)})


def test_power_goes_with_a_last_gasp() -> None:
    assert shine(PROTECTED, [Broken("power-loss", FIRST)], TYPE_B).onus == {FIRST: ("dgi", "lobi")}


def test_a_feeder_takes_all_along_unless_another_port_stands_by() -> None:
    broken = [Broken("feeder-cut", "pon-1")]
    light = shine(PROTECTED, broken, TYPE_B)
    assert (seen(light), light.ports) == ({FIRST: "pon-2", SECOND: "pon-2"}, {"pon-1": ("los",)})
    alone = OltConfig(terminations=(port("pon-1", "pair"), port("pon-2", "other")), v_anis=TYPE_B.v_anis)
    light = shine(PROTECTED, broken, alone)
    assert (seen(light), light.onus) == ({}, {FIRST: ("lobi",), SECOND: ("lobi",)})
    both = [*broken, Broken("feeder-cut", "pon-2")]
    assert shine(PROTECTED, both, TYPE_B).ports == {"pon-1": ("los",), "pon-2": ("los",)}


def test_a_rogue_disturbs_all_until_it_is_unplugged() -> None:
    rogue = Broken("rogue-onu", FIRST)
    light = shine(PROTECTED, [rogue], TYPE_B)
    assert (seen(light), light.ports) == ({}, {"pon-1": ("tia",)})
    assert light.onus == {FIRST: ("lobi", "tiwi"), SECOND: ("lobi",)}
    unplugged = shine(PROTECTED, [rogue, Broken("fibre-cut", FIRST)], TYPE_B)
    assert (seen(unplugged), unplugged.ports) == ({SECOND: "pon-1"}, {})


def test_little_light_is_still_light() -> None:
    light = shine(PROTECTED, [Broken("low-power", FIRST)], TYPE_B)
    assert (set(seen(light)), light.onus) == ({FIRST, SECOND}, {FIRST: ("sdi",)})
    assert light.received_dbm[FIRST] < -27 < light.received_dbm[SECOND]


@pytest.mark.parametrize(("kind", "at"), [("storm", FIRST), ("fibre-cut", "XXXX00000000"), ("feeder-cut", FIRST)])
def test_a_fault_of_what_is_not_there_is_refused(kind: str, at: str) -> None:
    with pytest.raises(PlantError):
        broken_of(kind, at, PROTECTED)


@pytest.fixture(scope="module")
def olt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Olt]:
    olt = Olt(tmp_path_factory.mktemp("olt"))
    olt.start()
    yield olt
    olt.stop()


@pytest.fixture
def m(olt: Olt) -> Iterator[manager.Manager]:
    olt.plant(PLANT)
    olt.control(cmd="plant")
    olt.control(cmd="mend")
    with olt.session() as m:
        m.edit_config(config(payload(1)), target="candidate", default_operation="replace")
        m.commit()
        yield m


def state(m: manager.Manager, name: str) -> Any:
    filter_ = f'<interfaces-state xmlns="{IF}"><interface><name>{name}</name></interface></interfaces-state>'
    return m.get(filter=("subtree", filter_)).data_ele.find(f".//{{{IF}}}interface")


def test_defects_are_told_as_the_models_have_them_and_onus_that_fall_silent_are_notified(
    olt: Olt, m: manager.Manager
) -> None:
    m.create_subscription()
    assert olt.control(cmd="break", fault="power-loss", at=FIRST) == {"ok": True}
    assert notified(m, "onu-presence-state-change").findtext(".//{*}detected-serial-number") == FIRST
    found = state(m, "cw.onu-1")
    assert [e.text.rpartition(":")[2] for e in found.iter("{*}active-defects")] == ["dgi", "lobi"]
    assert found.findtext("{*}oper-status") == "down"
    assert olt.control(cmd="status")["broken"] == [f"power-loss {FIRST}"]
    olt.control(cmd="mend")
    assert (
        notified(m, "onu-presence-state-change")
        .findtext(".//{*}onu-presence-state", default="")
        .endswith("onu-present-and-on-intended-channel-termination")
    )
    assert not list(state(m, "cw.onu-1").iter("{*}active-defects"))


def test_light_is_a_sensor_below_the_onus_hardware(olt: Olt, m: manager.Manager) -> None:
    olt.control(cmd="break", fault="low-power", at=FIRST)
    data = m.get(filter=("subtree", f'<hardware xmlns="{HW}"/>')).data_ele
    (sensor,) = data.iter(f"{{{HW}}}sensor-data")
    told = {etree.QName(leaf).localname: leaf.text for leaf in sensor}
    assert (told["value"], told["value-type"], told["value-scale"]) == ("1738", "watts", "nano")
    assert state(m, "cw.onu-1").findtext("{*}oper-status") == "up"
    assert olt.control(cmd="break", fault="low-power", at="XXXX00000000")["ok"] is False
