"""An OLT that somebody else configured: what it holds is shown, kept clear of, and left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from lxml import etree

from intents.model import pon
from intents.model.state import Difference
from labs.runner import lab
from labs.runner.workspace import Workspace
from southbound.driver import DeviceRefused
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.family import FAMILIES
from southbound.netconf.session import Access
from southbound.netconf.standard.config import config_of
from tests.endtoend.site import Site, site_in
from tests.southbound.netconf.plant import whole_plant

STANDARD = FAMILIES["standard"]
THEIRS = (b"cw.", b"old."), (b"CWLB", b"OLDX")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lab on loopback whose OLT serves two ONUs of somebody else's on the same PON."""
    with site_in(tmp_path_factory.mktemp("site")) as found:
        lab.up(found.folder, lambda _: None, without_packets=True)
        text = etree.tostring(config_of(whole_plant(2)))
        for ours, their in THEIRS:
            text = text.replace(ours, their)
        found.edit_olt(text.decode())
        yield found


def held(site: Site) -> set[pon.PonObject]:
    """What the OLT holds now."""
    with site.olt() as session:
        return set(STANDARD.parse(session.get(STANDARD.filter())).objects)


def test_what_is_there_becomes_texts_that_load(site: Site) -> None:
    out = site.folder / "found"
    done = site.run("import", "--out", str(out))
    assert done.code == 0, done.err
    checked = site.json_of("check", str(out))
    assert checked["errors"] == []
    assert checked["summary"]["onus"] == 8 + 2
    assert checked["summary"]["intents"] == 1
    text = (out / "campus.yaml").read_text(encoding="utf-8")
    assert "serial: OLDX00000001" in text and "old.onu-2-1:" in text
    assert "also takes tagged 100" in text
    again = site.run("import", "--out", str(out))
    assert again.code == 1 and "is not overwritten" in again.err


def test_machines_get_the_same(site: Site) -> None:
    found = site.json("import")
    assert [o["serial"] for o in found["onus"]] == ["OLDX00000001", "OLDX00000002"]
    assert {20, 100} <= set(found["vlans"])
    assert "tcont old.onu-1.1.tc5" in found["foreign"]["olt-1"]
    assert set(found["files"]) == {"campus.yaml", "intents/adopt.yaml"}


def test_a_plan_beside_it_leaves_all_of_theirs_alone(site: Site) -> None:
    changes = site.json("plan")["changes"]
    assert len(changes) > 300
    assert "old." not in str([c for c in changes if c["op"] == "remove"])
    before = held(site)
    assert {o.name for o in before if o.name.startswith("old.")}


def test_what_the_olt_would_refuse_is_refused_before_a_word_is_sent(site: Site) -> None:
    workspace = Workspace(site.topology).folder
    access = Access(
        host="127.0.0.1",
        port=int(site.environment["CLEARWAY_LAB_NETCONF_PORT"]),
        username="clearway",
        private_key=(workspace / "client_key").read_text(),
        host_key=(workspace / "olt-1.host_key.pub").read_text(),
    )
    driver = NetconfDriver("olt-1", access)
    try:
        seen = driver.observe().state
        theirs = seen.objects["tcont", "old.onu-1.1.tc5"]
        assert isinstance(theirs, pon.TCont)
        clash = replace(theirs, name="cw.clash")
        driver.close()
        with pytest.raises(DeviceRefused) as refusal:
            driver.prepare([Difference(key=clash.key, before=None, after=clash)])
    finally:
        driver.close()
    assert [d.code for d in refusal.value.diagnostics] == ["pon-number"]
    assert "is taken by" in refusal.value.diagnostics[0].message


def test_what_is_served_beside_it_shares_their_pon_and_leaves_it_as_it_is(site: Site) -> None:
    theirs = {o for o in held(site) if o.name.startswith("old.")}
    done = site.run("apply")
    assert done.code == 0, done.err
    now = held(site)
    assert {o for o in now if o.name.startswith("old.")} == theirs
    assert all(o.name.startswith("old.") for o in now if isinstance(o, pon.ChannelTermination))
    assert {o.channel_pair for o in now if isinstance(o, pon.VAni)} == {"old.pon-1.pair"}
    assert site.run("verify").code == 0
    assert site.json("plan")["changes"] == []
