"""ONUs that come and go, and what the OLT says of them."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest
from ncclient import manager

from labs.olt.plant import PlantError, rate_bps, read
from tests.labs.olt_lab import IF, PLANT, Olt, config, notified, until
from tests.labs.olt_payload import payload

STATE = f'<interfaces-state xmlns="{IF}"/>'


@pytest.fixture(scope="module")
def olt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Olt]:
    olt = Olt(tmp_path_factory.mktemp("olt"))
    olt.start()
    yield olt
    olt.stop()


@pytest.fixture
def m(olt: Olt) -> Iterator[manager.Manager]:
    olt.plant(PLANT)
    assert olt.control(cmd="plant") == {"ok": True}
    with olt.session() as m:
        m.edit_config(config(payload(2)), target="candidate", default_operation="replace")
        m.commit()
        yield m


def status(m: manager.Manager) -> dict[str, str]:
    data = m.get(filter=("subtree", STATE)).data_ele
    entries = data.iterfind(f"{{{IF}}}interfaces-state/{{{IF}}}interface")
    return {e.findtext(f"{{{IF}}}name", default=""): e.findtext(f"{{{IF}}}oper-status", default="") for e in entries}


def seen(m: manager.Manager) -> dict[str, tuple[str, str | None]]:
    """Serial number to (presence state, v-ani)."""
    data = m.get(filter=("subtree", STATE)).data_ele
    return {
        onu.findtext("{*}detected-serial-number", default=""): (
            onu.findtext("{*}onu-presence-state", default="").rpartition(":")[2],
            onu.findtext("{*}v-ani-ref"),
        )
        for onu in data.iterfind(".//{*}onus-present-on-local-channel-termination/{*}onu")
    }


def test_a_v_ani_is_up_where_its_onu_is_there(m: manager.Manager) -> None:
    found = status(m)
    assert found["cw.onu-1"] == found["cw.onu-1.1"] == found["cw.onu-1.uni1.v100"] == "up"
    assert found["cw.onu-2"] == "down" and found["cw.onu-2.1"] == "lower-layer-down"
    assert found["cw.onu-2.uni1"] == "not-present" and found["cw.onu-2.1.v100"] == "lower-layer-down"
    assert found["up-1"] == found["termination"] == "up"


def test_an_onu_that_nobody_configured_is_seen(m: manager.Manager) -> None:
    assert seen(m) == {
        "CWLB00000001": ("onu-present-and-on-intended-channel-termination", "cw.onu-1"),
        "CWLB000000FF": ("onu-present-and-no-v-ani-known-and-unclaimed", None),
    }


def test_subscribers_hear_of_onus_that_come_and_go(olt: Olt, m: manager.Manager) -> None:
    m.create_subscription()
    assert olt.control(cmd="onu-appear", serial="CWLB00000002") == {"ok": True}
    note = notified(m, "onu-presence-state-change")
    assert note.findtext(".//{*}interface/{*}name") == "termination"
    assert note.findtext(".//{*}detected-serial-number") == "CWLB00000002"
    assert note.findtext(".//{*}v-ani-ref") == "cw.onu-2"
    assert status(m)["cw.onu-2"] == "up"
    olt.control(cmd="onu-lose", serial="CWLB00000002")
    note = notified(m, "onu-presence-state-change")
    assert note.findtext(".//{*}onu-presence-state", default="").endswith("onu-not-present-with-v-ani")
    assert status(m)["cw.onu-2"] == "down"


def test_a_filter_keeps_other_notifications_away(olt: Olt, m: manager.Manager) -> None:
    m.create_subscription(filter=("subtree", f'<interfaces-state xmlns="{IF}"/>'))
    m.edit_config(config(payload(1)), target="candidate")
    m.commit()
    olt.control(cmd="onu-appear", serial="CWLB00000002")
    first = m.take_notification(timeout=10)
    assert "onu-presence-state-change" in first.notification_xml


def test_the_plant_is_read_again_at_sighup(olt: Olt, m: manager.Manager) -> None:
    olt.plant({"pons": {"pon-1": {"onus": [{"serial": "CWLB00000002"}]}}, "uplinks": {"up-1": 10_000_000_000}})
    assert olt.process is not None
    olt.process.send_signal(signal.SIGHUP)
    until(lambda: status(m)["cw.onu-2"] == "up" and status(m)["cw.onu-1"] == "down")


def test_a_plant_that_is_wrong_changes_nothing(olt: Olt, m: manager.Manager) -> None:
    (olt.folder / "plant.json").write_text("{")
    assert olt.control(cmd="plant")["ok"] is False
    assert olt.control(cmd="onu-lose", serial="XXXX00000000")["ok"] is False
    assert olt.control(cmd="what")["ok"] is False
    assert status(m)["cw.onu-1"] == "up"


def test_without_a_channel_termination_no_onu_is_seen(m: manager.Manager) -> None:
    m.edit_config(config(""), target="candidate", default_operation="replace")
    m.commit()
    assert seen(m) == {} and status(m) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"pons": []}',
        '{"pons": {"p": {"onus": {}}}}',
        '{"pons": {"p": {"onus": [{"serial": "x"}]}}}',
        '{"uplinks": {"u": "fast"}}',
    ],
)
def test_a_plant_is_read_strictly(text: str) -> None:
    with pytest.raises(PlantError):
        read(text)


def test_rates_have_units_or_are_in_bits_per_second() -> None:
    assert rate_bps("2.5 Gbit/s", "x") == rate_bps(2_500_000_000, "x") == 2_500_000_000
    assert read(json.dumps(PLANT)).uplinks == (("up-1", 10_000_000_000),)
