"""Switches that are not who they say: refused, and in the audit log. Fault 10, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from controller.access.refusals import RefusalLog
from controller.access.switches import turned_away
from controller.audit import files
from controller.audit.chain import Record
from controller.audit.check import check, records
from controller.audit.log import AuditLog
from controller.openflow_door import Settings
from controller.openflow_listener import OpenFlowController
from southbound.tls import context
from tests.certificates import Authority
from tests.controller.raw_switch import RawSwitch
from tests.endtoend.site import eventually

OF_CONTROLLERS, OF_SWITCHES, STRANGERS = Authority("controllers"), Authority("switches"), Authority("strangers")
KNOWN = {0xA: "core-1"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[AuditLog]:
    log = AuditLog(tmp_path)
    yield log
    assert not files.every(log.folder) or check(files.every(log.folder)).sound


def refused(log: AuditLog) -> list[Record]:
    return [r for r in records(files.every(log.folder)) if r.kind == "refused"]


def test_a_second_switch_with_a_datapath_id_is_refused_and_written_down(log: AuditLog) -> None:
    hear = turned_away(RefusalLog(log))
    with OpenFlowController("127.0.0.1", 0, KNOWN, on_event=hear) as controller:
        with closing(RawSwitch(controller.address)) as first, closing(RawSwitch(controller.address)) as second:
            first.handshake(0xA)
            assert eventually(lambda: 0xA in controller.connected)
            second.handshake(0xA)
            assert second.hung_up()
            assert 0xA in controller.connected
            assert eventually(lambda: len(refused(log)) == 1)
        with closing(RawSwitch(controller.address)) as stranger:
            stranger.handshake(0x666)
            assert stranger.hung_up()
            assert eventually(lambda: len(refused(log)) == 2)
    double, unknown = (r.fields for r in refused(log))
    assert (double["device"], double["datapath"], double["peer"]) == ("core-1", "0xa", "openflow 127.0.0.1")
    assert double["detail"] == "a switch with this datapath id is connected already"
    assert (unknown["datapath"], unknown["detail"]) == ("0x666", "no switch of the campus has this datapath id")


def test_a_switch_of_another_ca_is_refused_and_written_down(log: AuditLog) -> None:
    ours = context(OF_CONTROLLERS.issue("controller", trusts=OF_SWITCHES), server=True)
    theirs = context(STRANGERS.issue("core-1", trusts=OF_CONTROLLERS), server=False)
    hear = turned_away(RefusalLog(log))
    with OpenFlowController("127.0.0.1", 0, KNOWN, on_event=hear, tls=ours) as controller:
        with suppress(OSError), closing(RawSwitch(controller.address, tls=theirs)) as switch:
            assert switch.hung_up()
        assert eventually(lambda: len(refused(log)) == 1)
        assert not controller.connected
    assert refused(log)[0].fields["detail"].startswith("its certificate is not accepted")


@pytest.mark.parametrize(
    ("shown", "datapath", "why"),
    [
        ("core-1", 0xA, ""),
        ("core-1 id:0f6ad4a4-3b2e", 0xA, ""),  # as ovs-pki names them
        ("switch-of-the-basement", 0xB, ""),  # as the campus writes of core-2
        ("core-2", 0xB, "its certificate names core-2, not switch-of-the-basement: give it one of that name, or"),
        ("someone", 0xA, "its certificate names someone, not core-1: give it one of that name, or write the name"),
        ("switch-of-the-basement", 0xA, "its certificate is that of core-2"),
    ],
)
def test_a_switch_with_the_certificate_of_another_is_refused_and_written_down(
    log: AuditLog, shown: str, datapath: int, why: str
) -> None:
    ours = context(OF_CONTROLLERS.issue("controller", trusts=OF_SWITCHES), server=True)
    theirs = context(OF_SWITCHES.issue(shown, trusts=OF_CONTROLLERS), server=False)
    known = {0xA: "core-1", 0xB: "core-2"}
    hear = turned_away(RefusalLog(log))
    named = {"core-2": "switch-of-the-basement"}
    with (
        OpenFlowController("127.0.0.1", 0, known, on_event=hear, tls=ours, certificates=named) as controller,
        closing(RawSwitch(controller.address, tls=theirs)) as switch,
    ):
        switch.handshake(datapath)
        if not why:
            assert eventually(lambda: datapath in controller.connected)
            return
        assert switch.hung_up()
        assert eventually(lambda: len(refused(log)) == 1)
        assert not controller.connected
    assert refused(log)[0].fields["detail"].startswith(why)
    assert refused(log)[0].fields["datapath"] == hex(datapath)


def test_a_flood_is_counted_and_does_not_fill_the_disk(log: AuditLog) -> None:
    refusals = RefusalLog(log)
    for _ in range(2000):
        refusals.refused("switch-refused", "openflow 192.0.2.1", "no")
    assert len(refused(log)) <= 21
    assert log.path.stat().st_size < 20_000


def test_strangers_who_say_nothing_take_no_place_for_long(log: AuditLog) -> None:
    quick = Settings(handshake_s=0.3, most_strangers=4)
    with OpenFlowController("127.0.0.1", 0, KNOWN, on_event=turned_away(RefusalLog(log)), settings=quick) as controller:
        silent = [RawSwitch(controller.address) for _ in range(8)]
        assert all(s.hung_up() for s in silent)
        with closing(RawSwitch(controller.address)) as switch:
            switch.handshake(0xA)
            assert eventually(lambda: 0xA in controller.connected)
        for s in silent:
            s.close()
    assert {r.fields["detail"] for r in refused(log)} == {"it did not finish its handshake in time"}
