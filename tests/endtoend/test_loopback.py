"""From a folder of YAML to devices and back, on loopback: every door of the command line, and what may go wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.state.store import Store
from intents.model.state import DeviceState
from intents.model.switch import Meter
from labs.runner import lab
from tests.commandline import clearway
from tests.endtoend.site import Site, site_in


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lab that is up on loopback, nothing applied."""
    with site_in(tmp_path_factory.mktemp("site")) as site:
        lab.up(site.folder, lambda _: None, without_packets=True)
        yield site


@pytest.fixture
def site(up: Site) -> Site:
    """The lab with its own intents applied."""
    up.restore()
    up.settle()
    return up


def test_the_whole_way(up: Site) -> None:
    up.restore()
    applied = up.json("apply")
    assert len(applied["changes"]) > 300
    assert {i["holds"] for i in applied["intents"]} == {True}
    assert up.run("plan").out.strip() == "nothing to change: the network is as intended"
    verified = up.json("verify")
    assert len(verified["intents"]) == 17
    assert all(e["statement"] for i in verified["intents"] for e in i["evidence"])
    status = up.run("status")
    assert status.code == 0
    assert "onu-ct" in status.out and "all intents hold" in status.out


def test_an_intent_is_explained_by_its_sentence_its_way_and_what_carries_it(site: Site) -> None:
    told = site.run("explain", "ct-study").out
    assert "ct-room to pacs gets imaging priority, delivers 1,000 images of 512 KiB within 1 s" in told
    assert "T-CONT cw.onu-ct.1.tc3" in told
    assert "1,000 images take at most 994.6" in told
    assert "while diagnosis-room and er-view keep to what intents say of them" in told


def test_a_device_is_rendered_in_its_own_words(site: Site) -> None:
    assert ">cw.onu-ct.1.tc3<" in site.run("render", "--device", "olt-1").out
    assert "set_queue" in site.run("render", "--device", "core-1").out


def test_emptying_the_folder_is_refused(site: Site) -> None:
    for path in (site.folder / "intents").iterdir():
        path.unlink()
    said = site.json("apply")
    assert (said["code"], said["errors"][0]["code"]) == (1, "mass-delete")
    assert site.run("verify").code == 0


def test_an_intent_that_is_deleted_takes_only_its_own_along(site: Site) -> None:
    site.edit("intents/clinical.yaml", "metadata: {name: pump-limit}", "metadata: {name: pump-limit, labels: {a: b}}")
    assert site.run("plan").out.strip() == "nothing to change: the network is as intended"
    text = (site.folder / "intents/building.yaml").read_text()
    site.write("intents/building.yaml", text[: text.rindex("---")])
    planned = site.json("plan")
    assert "remove" in {c["op"] for c in planned["changes"]}
    assert all("pacs" not in c["places"] for c in planned["changes"])
    assert site.json("apply")["ok"]
    assert not site.json("plan")["changes"]


def test_a_device_that_left_the_campus_is_named_until_somebody_says_that_it_is_gone(site: Site) -> None:
    store = Store(site.folder / ".clearway")
    meter = Meter(meter_id=50_000, rate_kbps=1)
    store.save_applied({**(store.load_applied() or {}), "core-9": DeviceState.of("core-9", [meter])})
    assert [e["code"] for e in site.json("apply")["warnings"]] == ["device-left"]
    assert site.json("status")["left"] == ["core-9"]  # still
    for name, hint in (("core-1", "take it out of the campus first"), ("core-8", "did you mean 'core-9'?")):
        refused = clearway("forget", name, "--dir", str(site.folder))
        assert (refused.code, hint in refused.err) == (1, True)
    assert clearway("forget", "core-9", "--dir", str(site.folder)).code == 0
    assert "core-9" not in (store.load_applied() or {})
    shown = clearway("audit", "show", str(site.folder), "--device", "core-9").out
    assert "device-forgotten: by " in shown
