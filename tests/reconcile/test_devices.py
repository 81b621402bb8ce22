"""Devices that go away and come back, ONUs that appear, are replaced, or are somewhere else than written."""

from __future__ import annotations

import json

from controller.operations import Permit
from controller.state.sqlite import SqliteDatabase
from controller.state.store import Store
from intents.model.pon import VAni
from tests.endtoend.site import Site
from tests.reconcile.network import Watched, folder_of

OLT = "olt-1.state/control"
CT = "CWLB00000001"
SERVERS = """apiVersion: clearway.dev/v1
kind: Intent
metadata: {name: archive-copies}
spec: {say: Archive may reach backup with ssh}
"""


def serials(network: Watched) -> dict[str, str | None]:
    return {o.name: o.serial for o in network.applied("olt-1") if isinstance(o, VAni)}


def test_a_switch_that_restarts_empty_is_filled_again_once(site: Site, network: Watched) -> None:
    before, changes = network.last, _changes(site)
    site.restart("core-1")
    mended = network.wait_for(lambda e: e.cause == "repaired" and e.holds, before)
    assert not mended.verdict.drift  # type: ignore[union-attr]
    assert any("holds nothing of Clearway's any more" in line for e in network.events for line in e.details)
    assert _changes(site) == changes + 1
    assert Store(site.folder / ".clearway").journal.unfinished() == ()


def test_while_an_olt_is_away_the_rest_is_judged_and_what_it_carries_is_not_known(site: Site, network: Watched) -> None:
    site.write("intents/servers.yaml", SERVERS)
    network.engine.apply(network.engine.current(), by="a test", cause="api")
    before = network.last
    site.kill("olt-1")
    away = network.wait_for(lambda e: e.cause == "degraded" and e.verdict is not None, before)
    assert not away.holds
    unknown = {i.intent for i in away.verdict.intents if not i.holds}  # type: ignore[union-attr]
    known = {i.intent for i in away.verdict.intents if i.holds}  # type: ignore[union-attr]
    assert "ct-study" in unknown
    assert known == {"archive-copies"}  # which the switch alone carries
    assert all(f.cannot_prove for i in away.verdict.intents if not i.holds for f in i.findings)  # type: ignore[union-attr]
    site.restart("olt-1")
    network.wait_for(lambda e: e.holds and not e.verdict.drift, away.revision)  # type: ignore[union-attr]


def test_an_onu_that_is_lost_and_comes_back_is_told_and_needs_nobody(network: Watched) -> None:
    before = network.last
    network.order(OLT, cmd="onu-lose", serial=CT)
    lost = network.wait_for(lambda e: e.cause == "onu", before)
    assert any("onu-ct (CWLB00000001) is not seen on olt-1/pon-1" in line for line in lost.details)
    assert not lost.holds
    network.order(OLT, cmd="onu-appear", serial=CT)
    network.wait_for(lambda e: e.cause == "onu" and e.holds, lost.revision)


def test_replacing_an_onu_is_changing_its_serial_number(site: Site, network: Watched) -> None:
    """A new one stands on the PON, the old one is gone: it is told what to write, and nothing but that is changed."""
    old, before = serials(network), network.last
    _plant(network, CT, "CWLB000000A1")
    stranger = network.wait_for(lambda e: e.cause == "onu" and any("A1" in line for line in e.details), before)
    said = next(line for line in stranger.details if "A1" in line)
    assert "olt-1/pon-1 sees an ONU with the serial number CWLB000000A1, which nobody wrote" in said
    assert "onu-ct (CWLB00000001) is not seen" in said
    assert "write serial: CWLB000000A1 at " in said
    assert "small.clab.yml:" in said

    site.edit("small.clab.yml", CT, "CWLB000000A1")
    done = network.engine.apply(network.engine.current(), by="a test", cause="api")
    assert {c.difference.key for c in done.plan.changes} == {("v-ani", "cw.onu-ct")}
    after = network.wait_for(lambda e: e.holds, stranger.revision)
    assert after.verdict is not None
    assert serials(network) == old | {"cw.onu-ct": "CWLB000000A1"}


def test_an_onu_configured_in_advance_comes_into_service_by_itself(site: Site, network: Watched) -> None:
    network.engine.permit = Permit(absent_onus=True)
    before = network.last
    _plant(network, "CWLB000000A1", "CWLB000000A1", present=False)
    site.edit("small.clab.yml", "CWLB000000A1", "CWLB000000B1")
    done = network.engine.apply(network.engine.current(), by="a test", cause="api")
    failing = {i.intent for i in done.verdict.intents if not i.holds}
    assert "ct-study" in failing
    _plant(network, "CWLB000000A1", "CWLB000000B1")
    network.wait_for(lambda e: e.cause == "onu" and e.holds, before)
    assert serials(network)["cw.onu-ct"] == "CWLB000000B1"


def _plant(network: Watched, old: str, new: str, *, present: bool = True) -> None:
    """Another ONU on the fibre of one that is there, or nothing on it."""
    file = folder_of(network.site) / "olt-1.plant.json"
    plant = json.loads(file.read_text())
    for pon in plant["pons"].values():
        for onu in pon["onus"]:
            if onu["serial"] == old:
                onu |= {"serial": new, "present": present}
    file.write_text(json.dumps(plant))
    network.order(OLT, cmd="plant")


def _changes(site: Site) -> int:
    """How many changes the journal knows."""
    with SqliteDatabase(site.folder / ".clearway").reading() as transaction:
        return 0 if transaction is None else len(transaction.run("SELECT token FROM change"))
